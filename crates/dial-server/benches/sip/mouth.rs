//! What callers send: sound all the time, and keys.

use std::io::IoSlice;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use dial_sip::rtp::Header;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, sendmmsg};

use crate::socket::now;

/// Packets that are sent at once.
const BATCH: usize = 64;
/// Parts of 20 ms.
const PHASES: usize = 20;
/// The payload type of keys.
const KEYS: u8 = 101;
/// Silence in A-law.
const SILENCE: u8 = 0xd5;

/// A key is pressed: three packets of it, and three of its end. `place` numbers the keys of a call.
pub(crate) fn press(from: &UdpSocket, port: u16, key: u8, place: u16) {
    for n in 0..6_u16 {
        let header = Header {
            marker: n == 0,
            payload_type: KEYS,
            sequence: place * 100 + n,
            timestamp: u32::from(place) * 16_000,
            ssrc: u32::from(port),
        };
        let [high, low] = (160 * (n + 1).min(4)).to_be_bytes();
        let end = if n >= 3 { 0x80 } else { 0 };
        let packet = [&header.to_bytes()[..], &[key, end + 10, high, low]].concat();
        let _ = from.send_to(&packet, (Ipv4Addr::LOCALHOST, port));
    }
}

/// All of these speak 50 times a second each, in twenty phases, until told to stop. How often in all.
pub(crate) fn speak(from: &UdpSocket, ports: &[u16], stop: &AtomicBool) -> u64 {
    let address = |port: &u16| Some(SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, *port)));
    let phases: Vec<Vec<_>> =
        (0..PHASES).map(|phase| ports.iter().skip(phase).step_by(PHASES).map(address).collect()).collect();
    let mut headers = MultiHeaders::preallocate(BATCH, None);
    let (begun, mut sent, mut sequence) = (now(), 0, 0_u16);
    for tick in 0.. {
        let wait = begun + tick * 1_000_000 - now();
        std::thread::sleep(Duration::from_nanos(wait.max(0) as u64));
        if stop.load(Relaxed) {
            break;
        }
        let phase = tick as usize % PHASES;
        sequence = if phase == 0 { sequence.wrapping_add(1) } else { sequence };
        let timestamp = u32::from(sequence) * 160;
        // Each call has a way of its own, so all may have the same name.
        let header = Header { marker: false, payload_type: 8, sequence, timestamp, ssrc: 7 }.to_bytes();
        let packet = [IoSlice::new(&header), IoSlice::new(&[SILENCE; 160])];
        for some in phases[phase].chunks(BATCH) {
            let packets = std::iter::repeat_n(&packet, some.len());
            if sendmmsg(from.as_raw_fd(), &mut headers, packets, some, [], MsgFlags::empty()).is_ok() {
                sent += some.len() as u64;
            }
        }
    }
    sent
}
