//! What the kernel takes for a packet when nothing else is done.

use std::io::IoSlice;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd as _;

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, sendmmsg};

use crate::callers::sinks;
use crate::machine::thread_cpu_ns;

const PACKETS: usize = 300_000;
const BATCH: usize = 64;
/// About as many as the search ends at, so that both have them as far from the processor.
const SOCKETS: usize = 3_000;

/// One socket, many packets at once, each of a header and its sound.
pub(crate) fn batched() -> f64 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let sinks = sinks();
    let (header, sound) = ([0_u8; 12], [0_u8; 160]);
    let packets: Vec<[IoSlice<'_>; 2]> =
        (0..BATCH).map(|_| [IoSlice::new(&header), IoSlice::new(&sound)]).collect();
    let address = |place: usize| SockaddrStorage::from(sinks[place % sinks.len()].local_addr().unwrap());
    let addresses: Vec<_> = (0..BATCH).map(|place| Some(address(place))).collect();
    let mut headers = MultiHeaders::preallocate(BATCH, None);
    let before = thread_cpu_ns();
    for _ in 0..PACKETS / BATCH {
        sendmmsg(socket.as_raw_fd(), &mut headers, &packets, &addresses, [], MsgFlags::empty()).unwrap();
    }
    (thread_cpu_ns() - before) as f64 / PACKETS as f64
}

/// A socket for each call, one packet at a time.
pub(crate) fn single() -> f64 {
    let sockets: Vec<_> = (0..SOCKETS).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    let sinks = sinks();
    let addresses: Vec<SocketAddr> = sinks.iter().map(|sink| sink.local_addr().unwrap()).collect();
    let packet = [0; 172];
    let before = thread_cpu_ns();
    for place in 0..PACKETS {
        sockets[place % SOCKETS].send_to(&packet, addresses[place % addresses.len()]).unwrap();
    }
    (thread_cpu_ns() - before) as f64 / PACKETS as f64
}
