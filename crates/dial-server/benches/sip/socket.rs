//! Sockets that are read many packets at once, each with the kernel's own time of its arrival.

use std::io::IoSliceMut;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd as _;

use nix::cmsg_space;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, setsockopt, sockopt,
};
use nix::sys::time::TimeSpec;
use rustix::time::{ClockId, clock_gettime};

/// Packets that are read at once.
const BATCH: usize = 256;
/// The longest that is read.
const LONGEST: usize = 2_048;
/// What waits while nobody reads; the lesser where the greater is not allowed.
const ROOM: [usize; 2] = [128 << 20, 4 << 20];

/// Nanoseconds by the clock with which the kernel notes arrivals.
pub(crate) fn now() -> i64 {
    let time = clock_gettime(ClockId::Realtime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// A socket at an address of this machine, with much room.
pub(crate) fn open(address: Ipv4Addr) -> UdpSocket {
    let socket = UdpSocket::bind((address, 0)).unwrap();
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true).unwrap();
    if setsockopt(&socket, sockopt::RcvBufForce, &ROOM[0]).is_err() {
        setsockopt(&socket, sockopt::RcvBuf, &ROOM[1]).unwrap();
    }
    socket.set_nonblocking(true).unwrap();
    socket
}

/// Packets for which a socket of ours had no room, ever.
pub(crate) fn dropped(socket: &UdpSocket) -> u64 {
    let port = format!(":{:04X}", socket.local_addr().unwrap().port());
    let rows = std::fs::read_to_string("/proc/net/udp").unwrap();
    let row =
        rows.lines().find(|row| row.split_whitespace().nth(1).is_some_and(|local| local.ends_with(&port)));
    row.and_then(|row| row.split_whitespace().last()?.parse().ok()).unwrap_or(0)
}

/// Room for what is read at once.
pub(crate) struct Batch {
    headers: MultiHeaders<SockaddrIn>,
    buffers: Vec<[u8; LONGEST]>,
}

impl Batch {
    pub(crate) fn new() -> Self {
        let headers = MultiHeaders::preallocate(BATCH, Some(cmsg_space!(TimeSpec)));
        Self { headers, buffers: vec![[0; LONGEST]; BATCH] }
    }

    /// Reads what there is, up to a batch; tells whether there may be more.
    pub(crate) fn read(
        &mut self,
        socket: &UdpSocket,
        mut take: impl FnMut(&[u8], SocketAddrV4, i64),
    ) -> bool {
        let mut slices: Vec<_> = self.buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
        let flags = MsgFlags::MSG_DONTWAIT;
        let Ok(all) = recvmmsg(socket.as_raw_fd(), &mut self.headers, slices.iter_mut(), flags, None) else {
            return false;
        };
        let mut count = 0;
        for packet in all {
            count += 1;
            let at = packet.cmsgs().unwrap().find_map(|message| match message {
                ControlMessageOwned::ScmTimestampns(time) => {
                    Some(time.tv_sec() * 1_000_000_000 + time.tv_nsec())
                }
                _ => None,
            });
            let from = packet.address.map(|from| SocketAddrV4::new(from.ip(), from.port()));
            if let (Some(bytes), Some(from), Some(at)) = (packet.iovs().next(), from, at) {
                take(bytes, from, at);
            }
        }
        count == BATCH
    }
}
