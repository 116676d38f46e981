//! Sound in packets (RTP, RFC 3550): the header, what was lost, reports, and whose packets are heard.
//!
//! It knows no socket and no codec. Paths without an allocation: [`Packet::parse`], [`Header::to_bytes`],
//! [`Reception::receive`], [`Latch::judge`].

mod latch;
mod reception;
pub mod rtcp;

pub use latch::{Heard, Latch, Learn};
pub use reception::{Quality, Reception};

/// The length of a header without contributing sources and extensions, in bytes.
pub const HEADER_LEN: usize = 12;

/// The header of a packet that we send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Set on the first packet after silence.
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    /// One more for each packet.
    pub sequence: u16,
    /// In samples: 8,000 a second.
    pub timestamp: u32,
    /// Who sends, by a random number.
    pub ssrc: u32,
}

impl Header {
    /// The bytes before the sound.
    pub fn to_bytes(self) -> [u8; HEADER_LEN] {
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [r0, r1, r2, r3] = self.ssrc.to_be_bytes();
        [0x80, u8::from(self.marker) << 7 | self.payload_type & 0x7f, s0, s1, t0, t1, t2, t3, r0, r1, r2, r3]
    }
}

/// A packet that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Its header.
    pub header: Header,
    /// The sound, or a key, without padding.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a packet; none if it is no RTP of version 2, or one of its lengths is not true.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&[first, second, s0, s1, t0, t1, t2, t3, r0, r1, r2, r3], rest) = bytes.split_first_chunk()?;
        if first >> 6 != 2 || is_rtcp(bytes) {
            return None;
        }
        let rest = rest.get(usize::from(first & 0x0f) * 4..)?;
        let rest = match first & 0x10 {
            0 => rest,
            _ => {
                let (&[_, _, high, low], rest) = rest.split_first_chunk()?;
                rest.get(usize::from(u16::from_be_bytes([high, low])) * 4..)?
            }
        };
        let payload = match first & 0x20 {
            0 => rest,
            _ => {
                let padding = usize::from(*rest.last()?);
                rest.get(..rest.len().checked_sub(padding).filter(|_| padding > 0)?)?
            }
        };
        let header = Header {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([r0, r1, r2, r3]),
        };
        Some(Self { header, payload })
    }
}

/// Whether a packet at a port that sound and reports share is a report (RFC 5761 section 4).
pub fn is_rtcp(bytes: &[u8]) -> bool {
    matches!(bytes.get(1), Some(192..=223))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header {
        marker: true,
        payload_type: 101,
        sequence: 65_535,
        timestamp: 0xdead_beef,
        ssrc: 0x0102_0304,
    };

    #[test]
    fn a_packet_is_read_as_it_was_written() {
        let bytes = [&HEADER.to_bytes()[..], b"sound"].concat();
        assert_eq!(Packet::parse(&bytes), Some(Packet { header: HEADER, payload: b"sound" }));
    }

    #[test]
    fn sources_extensions_and_padding_are_left_aside() {
        let mut bytes =
            [&HEADER.to_bytes()[..], &[9; 8], &[0xbe, 0xde, 0, 1], &[9; 4], b"sound", &[0, 0, 3]].concat();
        bytes[0] = 0xb2;
        assert_eq!(Packet::parse(&bytes).unwrap().payload, b"sound");
    }

    #[test]
    fn lengths_that_are_not_true_are_refused() {
        let plain = HEADER.to_bytes();
        for (first, rest) in [
            (0x40, &[][..]),
            (0x81, &[1, 2]),
            (0x90, &[0, 0, 0]),
            (0x90, &[0, 0, 255, 255, 1]),
            (0xa0, &[]),
            (0xa0, &[0]),
            (0xa0, &[1, 9]),
        ] {
            let mut bytes = [&plain[..], rest].concat();
            bytes[0] = first;
            assert_eq!(Packet::parse(&bytes), None, "{first:x} {rest:?}");
        }
        assert_eq!(Packet::parse(&plain[..11]), None);
    }
}
