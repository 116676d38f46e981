//! Throws most of the caller's sound away inside the kernel: only keys and signs of life are of use to us.
//!
//! Callers send sound all the time, and to take a packet costs more than to send one.

use std::io;

use mio::net::UdpSocket;

/// One packet in so many is taken as a sign of life, by chance.
const SAMPLE: u32 = 64;

/// Instructions of the classic packet filter of BSD, as Linux has it.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod code {
    /// Loads a byte of the packet, which begins with the header of UDP.
    pub(super) const LOAD_BYTE: u16 = 0x30;
    /// Loads a word; of the kernel's own if beyond [`ANCILLARY`].
    pub(super) const LOAD_WORD: u16 = 0x20;
    pub(super) const AND: u16 = 0x54;
    /// Jumps if equal.
    pub(super) const EQUAL: u16 = 0x15;
    /// Jumps if not less.
    pub(super) const AT_LEAST: u16 = 0x35;
    /// Takes so many bytes of the packet.
    pub(super) const RETURN: u16 = 0x06;
    /// Where the kernel's own words begin, and which of them is chance.
    pub(super) const ANCILLARY: u32 = 0xffff_f000;
    pub(super) const RANDOM: u32 = ANCILLARY + 56;
    /// The byte with marker and payload type: behind the 8 bytes of UDP, the second of RTP.
    pub(super) const TYPE: u32 = 9;
    pub(super) const ALL: u32 = 0xffff_ffff;
}

/// From now on, only packets of keys, reports that share the port, and a sample are heard.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn attach(socket: &UdpSocket, key_payload_type: u8) -> io::Result<()> {
    use code::{ALL, AND, AT_LEAST, EQUAL, LOAD_BYTE, LOAD_WORD, RANDOM, RETURN, TYPE};
    use socket2::SockFilter;
    let program = [
        SockFilter::new(LOAD_BYTE, 0, 0, TYPE),
        // RFC 5761, section 4: 192 to 223 are reports, in all eight bits.
        SockFilter::new(AT_LEAST, 0, 1, 192),
        SockFilter::new(AT_LEAST, 0, 5, 224),
        SockFilter::new(AND, 0, 0, 0x7f),
        SockFilter::new(EQUAL, 3, 0, key_payload_type.into()),
        SockFilter::new(LOAD_WORD, 0, 0, RANDOM),
        SockFilter::new(AND, 0, 0, SAMPLE - 1),
        SockFilter::new(EQUAL, 0, 1, 0),
        SockFilter::new(RETURN, 0, 0, ALL),
        SockFilter::new(RETURN, 0, 0, 0),
    ];
    socket2::SockRef::from(socket).attach_filter(&program)
}

/// Everything is heard again.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn detach(socket: &UdpSocket) -> io::Result<()> {
    socket2::SockRef::from(socket).detach_filter()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn attach(_: &UdpSocket, _: u8) -> io::Result<()> {
    let _ = SAMPLE;
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn detach(_: &UdpSocket) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    /// How many of 2,000 packets of a payload type come through, by halves with and without the marker.
    fn through(types: [u8; 2]) -> usize {
        let socket = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let to = socket.local_addr().unwrap();
        attach(&socket, 101).unwrap();
        let from = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut heard = 0;
        for n in 0..2_000 {
            from.send_to(&[0x80, types[n % 2], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], to).unwrap();
            heard += usize::from(socket.recv_from(&mut [0; 64]).is_ok());
        }
        heard
    }

    #[test]
    fn keys_and_reports_come_through_and_of_the_rest_a_sample() {
        assert_eq!(through([101, 229]), 2_000);
        assert_eq!(through([200, 205]), 2_000);
        for sound in [[0, 0x80], [8, 0x88], [96, 224]] {
            let heard = through(sound);
            assert!((5..120).contains(&heard), "{heard} of 2000 of {sound:?}");
        }
        let socket = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        attach(&socket, 101).unwrap();
        detach(&socket).unwrap();
    }
}
