//! What the kernel takes for a packet that somebody reads, when nothing else is done.

use std::io::IoSlice;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd as _;

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, sendmmsg};

use crate::machine::thread_cpu_ns;

const PACKETS: usize = 300_000;
const BATCH: usize = 64;

/// Calls of 50 packets a second that fill a core.
pub(crate) fn calls(ns_a_packet: f64) -> f64 {
    1e9 / ns_a_packet / 50.0
}

/// Nanoseconds of the sender for a packet of a header and its sound: one socket, many packets at once, all of
/// them to the port at which callers hear.
pub(crate) fn bare(port: u16) -> f64 {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (header, sound) = ([0_u8; 12], [0_u8; 160]);
    let packet = [IoSlice::new(&header), IoSlice::new(&sound)];
    let addresses = [Some(SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))); BATCH];
    let mut headers = MultiHeaders::preallocate(BATCH, None);
    let before = thread_cpu_ns();
    for _ in 0..PACKETS / BATCH {
        let packets = std::iter::repeat_n(&packet, BATCH);
        sendmmsg(socket.as_raw_fd(), &mut headers, packets, addresses, [], MsgFlags::empty()).unwrap();
    }
    (thread_cpu_ns() - before) as f64 / PACKETS as f64
}
