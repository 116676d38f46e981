//! The other side: sockets that nobody reads, some callers whose packets are timed, and callers who speak.

use std::collections::HashMap;
use std::io::IoSliceMut;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use dial_sip::rtp::Packet;
use nix::cmsg_space;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use rustix::thread::clock_nanosleep_absolute;
use rustix::time::{ClockId, Timespec, clock_gettime};

const SINKS: usize = 64;
/// How often the timed packets are read: the kernel has noted when they came.
const PAUSE: Duration = Duration::from_millis(40);

/// What is not sampled ends here: the kernel drops what nobody reads.
pub(crate) fn sinks() -> Vec<UdpSocket> {
    (0..SINKS).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect()
}

/// Timestamp of the packet, and when it came, in nanoseconds.
pub(crate) type Arrivals = HashMap<u32, Vec<(u32, i64)>>;

/// All timed callers share a socket, and are told apart by the number of their source.
pub(crate) fn timed() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true).unwrap();
    // Without the right to it, less is kept, and a tardy reader is seen as loss.
    if setsockopt(&socket, sockopt::RcvBufForce, &(32 << 20)).is_err() {
        setsockopt(&socket, sockopt::RcvBuf, &(4 << 20)).unwrap();
    }
    socket.set_nonblocking(true).unwrap();
    socket
}

/// Reads until it is told to stop.
pub(crate) fn read(socket: &UdpSocket, stop: &AtomicBool) -> Arrivals {
    let mut arrivals = Arrivals::new();
    let mut control = cmsg_space!(TimeSpec);
    let mut buffer = [0; 1_500];
    loop {
        let is_last = stop.load(Relaxed);
        loop {
            let mut parts = [IoSliceMut::new(&mut buffer)];
            let received = recvmsg::<SockaddrStorage>(
                socket.as_raw_fd(),
                &mut parts,
                Some(&mut control),
                MsgFlags::empty(),
            );
            let Ok(received) = received else { break };
            let (len, mut came) = (received.bytes, 0);
            for message in received.cmsgs().unwrap() {
                if let ControlMessageOwned::ScmTimestampns(time) = message {
                    came = time.tv_sec() * 1_000_000_000 + time.tv_nsec();
                }
            }
            if let Some(packet) = Packet::parse(&buffer[..len]) {
                arrivals.entry(packet.header.ssrc).or_default().push((packet.header.timestamp, came));
            }
        }
        if is_last {
            return arrivals;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Callers speak 50 times a second each, in twenty phases, from the sockets at which they hear.
pub(crate) fn speak(from: &[(Arc<Vec<UdpSocket>>, usize, SocketAddr)], stop: &AtomicBool) -> u64 {
    let mut next = clock_gettime(ClockId::Monotonic);
    let (mut sent, mut sequence) = (0, 0_u16);
    while !stop.load(Relaxed) {
        sequence = sequence.wrapping_add(1);
        for phase in 0..20 {
            next = later(next, 1_000_000);
            let _ = clock_nanosleep_absolute(ClockId::Monotonic, &next);
            for (number, (sockets, place, to)) in from.iter().enumerate().skip(phase).step_by(20) {
                let header = dial_sip::rtp::Header {
                    marker: false,
                    payload_type: 0,
                    sequence,
                    timestamp: u32::from(sequence) * 160,
                    ssrc: number as u32,
                };
                let mut packet = [0xff; 172];
                packet[..12].copy_from_slice(&header.to_bytes());
                sent += u64::from(sockets[*place].send_to(&packet, to).is_ok());
            }
        }
    }
    sent
}

fn later(time: Timespec, ns: i64) -> Timespec {
    let sum = time.tv_nsec + ns;
    Timespec { tv_sec: time.tv_sec + sum / 1_000_000_000, tv_nsec: sum % 1_000_000_000 }
}
