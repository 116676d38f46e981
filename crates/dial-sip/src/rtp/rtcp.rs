//! Reports about sound (RTCP, RFC 3550 section 6): read, checked as a whole, and written.

use std::time::Duration;

/// The most packets that are read of one datagram.
const MAX_PACKETS: usize = 32;
/// The longest reason that a goodbye gives, in bytes.
const MAX_REASON: usize = 64;

/// What one side heard of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportBlock {
    /// The source.
    pub ssrc: u32,
    /// Packets lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// Packets lost in all, 24 bits with a sign.
    pub lost: i32,
    /// The highest sequence number, with its cycles above.
    pub highest: u32,
    /// In timestamp units.
    pub jitter: u32,
    /// The middle 32 bits of the time in the last sender report; 0 if there was none.
    pub last_report: u32,
    /// How long ago that came, in units of 1/65,536 s.
    pub delay: u32,
}

/// What a sender says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SenderInfo {
    /// Time of day, as NTP tells it: seconds since 1900 in the upper half.
    pub ntp: u64,
    /// The same moment in timestamp units.
    pub timestamp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Bytes of payload sent.
    pub octets: u32,
}

/// One packet of those that a datagram holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// From one who sends.
    SenderReport {
        /// Who.
        ssrc: u32,
        /// What it sent.
        info: SenderInfo,
        /// What it heard.
        blocks: Vec<ReportBlock>,
    },
    /// From one who only hears.
    ReceiverReport {
        /// Who.
        ssrc: u32,
        /// What it heard.
        blocks: Vec<ReportBlock>,
    },
    /// These leave.
    Goodbye {
        /// Who.
        sources: Vec<u32>,
    },
    /// Names, and what else there is.
    Other(
        /// The packet type.
        u8,
    ),
}

fn word(bytes: &[u8], place: usize) -> Option<u32> {
    bytes.get(place * 4..)?.first_chunk().map(|word| u32::from_be_bytes(*word))
}

/// Reads a datagram; none if any of it is odd: the lengths of its packets add up to its own, the first is a
/// report, only the last is padded (RFC 3550 appendix A.2).
pub fn parse(mut bytes: &[u8]) -> Option<Vec<Packet>> {
    let mut packets = Vec::new();
    while let Some((&[first, kind, high, low], _)) = bytes.split_first_chunk() {
        let len = (usize::from(u16::from_be_bytes([high, low])) + 1) * 4;
        let (whole, rest) = bytes.split_at_checked(len)?;
        let is_report = matches!(kind, 200 | 201);
        let is_padded = first & 0x20 != 0;
        if first >> 6 != 2
            || packets.len() == MAX_PACKETS
            || (packets.is_empty() && (!is_report || is_padded))
        {
            return None;
        }
        let padding = if is_padded { usize::from(*whole.last()?) } else { 0 };
        if is_padded && (!rest.is_empty() || padding == 0 || !padding.is_multiple_of(4)) {
            return None;
        }
        let body = whole.get(4..len.checked_sub(padding)?)?;
        packets.push(packet(kind, usize::from(first & 0x1f), body)?);
        bytes = rest;
    }
    (bytes.is_empty() && !packets.is_empty()).then_some(packets)
}

fn packet(kind: u8, count: usize, body: &[u8]) -> Option<Packet> {
    Some(match kind {
        200 => Packet::SenderReport {
            ssrc: word(body, 0)?,
            info: SenderInfo {
                ntp: u64::from(word(body, 1)?) << 32 | u64::from(word(body, 2)?),
                timestamp: word(body, 3)?,
                packets: word(body, 4)?,
                octets: word(body, 5)?,
            },
            blocks: blocks(body.get(24..)?, count)?,
        },
        201 => Packet::ReceiverReport { ssrc: word(body, 0)?, blocks: blocks(body.get(4..)?, count)? },
        203 => Packet::Goodbye { sources: (0..count).map(|place| word(body, place)).collect::<Option<_>>()? },
        other => Packet::Other(other),
    })
}

fn blocks(body: &[u8], count: usize) -> Option<Vec<ReportBlock>> {
    let block = |block: &[u8]| {
        let lost = word(block, 1)?;
        Some(ReportBlock {
            ssrc: word(block, 0)?,
            fraction_lost: (lost >> 24) as u8,
            lost: (lost << 8) as i32 >> 8,
            highest: word(block, 2)?,
            jitter: word(block, 3)?,
            last_report: word(block, 4)?,
            delay: word(block, 5)?,
        })
    };
    (0..count).map(|place| block(body.get(place * 24..)?)).collect()
}

/// Writes a report with our name, and a goodbye with its reason if we leave.
///
/// `cname` is a random name of the call, no address of ours; at most 31 blocks are written.
pub fn write(
    ssrc: u32,
    sender: Option<SenderInfo>,
    blocks: &[ReportBlock],
    cname: &str,
    goodbye: Option<&str>,
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(96);
    let blocks = blocks.get(..31).unwrap_or(blocks);
    let kind = if sender.is_some() { 200 } else { 201 };
    begin(&mut bytes, blocks.len() as u8, kind, 1 + blocks.len() * 6 + if sender.is_some() { 5 } else { 0 });
    bytes.extend(ssrc.to_be_bytes());
    if let Some(info) = sender {
        bytes.extend(info.ntp.to_be_bytes());
        for word in [info.timestamp, info.packets, info.octets] {
            bytes.extend(word.to_be_bytes());
        }
    }
    for block in blocks {
        let lost = u32::from(block.fraction_lost) << 24 | block.lost as u32 & 0xff_ffff;
        for word in [block.ssrc, lost, block.highest, block.jitter, block.last_report, block.delay] {
            bytes.extend(word.to_be_bytes());
        }
    }
    name(&mut bytes, ssrc, cname);
    if let Some(reason) = goodbye {
        let reason = reason.as_bytes().get(..MAX_REASON).unwrap_or(reason.as_bytes());
        let text = padded(1 + reason.len());
        begin(&mut bytes, 1, 203, 1 + text / 4);
        bytes.extend(ssrc.to_be_bytes());
        bytes.push(reason.len() as u8);
        bytes.extend(reason);
        bytes.resize(bytes.len() + text - 1 - reason.len(), 0);
    }
    bytes
}

/// The name that stays when the source's number changes (RFC 3550 section 6.5.1).
fn name(bytes: &mut Vec<u8>, ssrc: u32, cname: &str) {
    let cname = cname.as_bytes().get(..255).unwrap_or(cname.as_bytes());
    // Type, length, text, and at least one zero that ends the list.
    let item = padded(2 + cname.len() + 1);
    begin(bytes, 1, 202, 1 + item / 4);
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend([1, cname.len() as u8]);
    bytes.extend(cname);
    bytes.resize(bytes.len() + item - 2 - cname.len(), 0);
}

const fn padded(len: usize) -> usize {
    len.next_multiple_of(4)
}

/// `words` is the length of what follows, in words of four bytes.
fn begin(bytes: &mut Vec<u8>, count: u8, kind: u8, words: usize) {
    bytes.extend([0x80 | count & 0x1f, kind]);
    bytes.extend((words as u16).to_be_bytes());
}

/// How long a packet takes to go and come back, from a block about us (RFC 3550 section 6.4.1). `now` is the
/// middle of our NTP time, in units of 1/65,536 s.
pub fn round_trip(block: &ReportBlock, now: u32) -> Option<Duration> {
    let units = now.wrapping_sub(block.last_report).wrapping_sub(block.delay);
    let plausible = block.last_report != 0 && units < 60 << 16;
    plausible.then(|| Duration::from_nanos((u64::from(units) * 1_000_000_000) >> 16))
}

/// When the next report is due, for a call of two (RFC 3550 section 6.3.1): `share` is chance from 0 to 1.
pub fn interval(share: f64) -> Duration {
    Duration::from_secs(5).mul_f64((0.5 + share.clamp(0.0, 1.0)) / 1.218_28)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: ReportBlock = ReportBlock {
        ssrc: 7,
        fraction_lost: 9,
        lost: -3,
        highest: 70_000,
        jitter: 12,
        last_report: 5,
        delay: 6,
    };
    const INFO: SenderInfo = SenderInfo { ntp: 0x0102_0304_0506_0708, timestamp: 1, packets: 2, octets: 3 };

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let bytes = write(42, Some(INFO), &[BLOCK], "abcde", Some("the end"));
        assert_eq!(bytes.len() % 4, 0);
        let expected = [
            Packet::SenderReport { ssrc: 42, info: INFO, blocks: vec![BLOCK] },
            Packet::Other(202),
            Packet::Goodbye { sources: vec![42] },
        ];
        assert_eq!(parse(&bytes).unwrap(), expected);
        for len in 0..12 {
            let name = "n".repeat(len);
            let bytes = write(1, None, &[], &name, Some(&name));
            assert_eq!(parse(&bytes).unwrap().len(), 3, "{len}");
        }
    }

    #[test]
    fn short_and_odd_reports_are_dropped() {
        let good = write(42, None, &[BLOCK], "x", None);
        for len in 0..good.len() {
            assert!(parse(&good[..len]).is_none() || len == 32, "{len}");
        }
        let changed = |place: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[place] = byte;
            parse(&bytes)
        };
        assert_eq!(changed(0, 0x41), None, "version");
        assert_eq!(changed(0, 0x82), None, "more blocks than there are");
        assert_eq!(changed(1, 203), None, "a goodbye first");
        assert_eq!(changed(0, 0xa1), None, "padding in the middle");
        assert_eq!(changed(3, 200), None, "longer than the datagram");
    }

    #[test]
    fn any_bytes_are_read_without_a_panic() {
        let good = write(42, Some(INFO), &[BLOCK, BLOCK], "abc", Some("bye"));
        let mut chance = fastrand::Rng::with_seed(3);
        for _ in 0..20_000 {
            let mut bytes = good.clone();
            for _ in 0..chance.usize(1..5) {
                let place = chance.usize(..bytes.len());
                bytes[place] = chance.u8(..);
            }
            bytes.truncate(chance.usize(..=bytes.len()));
            let _ = (parse(&bytes), super::super::Packet::parse(&bytes));
        }
    }

    #[test]
    fn the_way_there_and_back_is_what_no_one_waited() {
        let block = ReportBlock { last_report: 1 << 16, delay: 1 << 15, ..BLOCK };
        assert_eq!(round_trip(&block, 2 << 16), Some(Duration::from_millis(500)));
        assert_eq!(round_trip(&block, 0), None);
        assert!(interval(0.0) > Duration::from_secs(2) && interval(1.0) < Duration::from_secs(7));
    }
}
