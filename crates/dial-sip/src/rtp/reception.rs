//! What was heard of one source: lost packets and jitter (RFC 3550 appendices A.1, A.3 and A.8).

use super::Header;
use super::rtcp::ReportBlock;

/// A jump of the sequence that is taken for loss.
const MAX_DROPOUT: u16 = 3_000;
/// A packet so late is still one of the same sequence.
const MAX_MISORDER: u16 = 100;
/// So many packets in sequence make a source.
const MIN_SEQUENTIAL: u8 = 2;

/// The quality of what was heard, for the record of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quality {
    /// Packets that came, each time that one came.
    pub received: u64,
    /// Packets that did not come; less than none if some came twice.
    pub lost: i64,
    /// How uneven they came, in timestamp units.
    pub jitter: u32,
}

/// One source.
#[derive(Debug, Clone)]
pub struct Reception {
    ssrc: u32,
    base: u32,
    highest: u16,
    cycles: u32,
    /// Where the sequence would go on if the source had begun anew.
    restart: Option<u16>,
    probation: u8,
    received: u32,
    expected_before: u32,
    received_before: u32,
    transit: Option<u32>,
    /// Sixteen times the jitter, so that no fraction is lost.
    jitter16: u32,
    /// The middle of the last sender report's time, and when it came, in units of 1/65,536 s.
    last_report: Option<(u32, u32)>,
}

impl Reception {
    /// Begins with the first packet of a source.
    pub fn new(first: &Header) -> Self {
        let mut new = Self {
            ssrc: first.ssrc,
            base: 0,
            highest: 0,
            cycles: 0,
            restart: None,
            probation: MIN_SEQUENTIAL,
            received: 0,
            expected_before: 0,
            received_before: 0,
            transit: None,
            jitter16: 0,
            last_report: None,
        };
        new.begin(first.sequence);
        new.highest = first.sequence.wrapping_sub(1);
        new
    }

    /// The source.
    pub const fn ssrc(&self) -> u32 {
        self.ssrc
    }

    fn begin(&mut self, sequence: u16) {
        self.base = u32::from(sequence);
        self.highest = sequence;
        (self.cycles, self.restart) = (0, None);
        (self.received, self.received_before, self.expected_before) = (0, 0, 0);
    }

    /// A packet came, `arrival` in timestamp units of our own clock. Whether it belongs to the source.
    pub fn receive(&mut self, header: &Header, arrival: u32) -> bool {
        let valid = header.ssrc == self.ssrc && self.is_in_sequence(header.sequence);
        if valid {
            self.note_jitter(header.timestamp, arrival);
        }
        valid
    }

    fn is_in_sequence(&mut self, sequence: u16) -> bool {
        let ahead = sequence.wrapping_sub(self.highest);
        if self.probation > 0 {
            let follows = ahead == 1;
            self.probation = if follows { self.probation - 1 } else { MIN_SEQUENTIAL - 1 };
            self.highest = sequence;
            if self.probation > 0 {
                return false;
            }
            self.begin(sequence);
        } else if ahead < MAX_DROPOUT {
            if sequence < self.highest {
                self.cycles = self.cycles.wrapping_add(1 << 16);
            }
            self.highest = sequence;
        } else if u32::from(ahead) <= (1 << 16) - u32::from(MAX_MISORDER) {
            if self.restart != Some(sequence) {
                self.restart = Some(sequence.wrapping_add(1));
                return false;
            }
            self.begin(sequence);
        }
        self.received = self.received.wrapping_add(1);
        true
    }

    fn note_jitter(&mut self, timestamp: u32, arrival: u32) {
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let change = (transit.wrapping_sub(before) as i32).unsigned_abs();
            // A jump of more than a minute is a new clock, not jitter.
            if change < 60 * 8_000 {
                self.jitter16 = self.jitter16.saturating_add(change).saturating_sub((self.jitter16 + 8) >> 4);
            }
        }
    }

    /// A sender report came: `ntp` as it tells, `now` in units of 1/65,536 s.
    pub fn reported(&mut self, ntp: u64, now: u32) {
        self.last_report = Some(((ntp >> 16) as u32, now));
    }

    fn extended(&self) -> u32 {
        self.cycles.wrapping_add(u32::from(self.highest))
    }

    fn expected(&self) -> u32 {
        if self.received == 0 { 0 } else { self.extended().wrapping_sub(self.base).wrapping_add(1) }
    }

    /// The quality so far.
    pub fn quality(&self) -> Quality {
        Quality {
            received: u64::from(self.received),
            lost: i64::from(self.expected()) - i64::from(self.received),
            jitter: self.jitter16 >> 4,
        }
    }

    /// A block of the next report; the fraction that was lost is since the last one. `now` is in units of
    /// 1/65,536 s.
    pub fn report(&mut self, now: u32) -> ReportBlock {
        let expected = self.expected();
        let expected_now = expected.wrapping_sub(self.expected_before);
        let received_now = self.received.wrapping_sub(self.received_before);
        (self.expected_before, self.received_before) = (expected, self.received);
        let lost_now = i64::from(expected_now) - i64::from(received_now);
        let fraction = if lost_now > 0 { (lost_now << 8) / i64::from(expected_now) } else { 0 };
        let (last_report, delay) =
            self.last_report.map_or((0, 0), |(report, came)| (report, now.wrapping_sub(came)));
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: fraction.min(255) as u8,
            lost: self.quality().lost.clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest: self.extended(),
            jitter: self.jitter16 >> 4,
            last_report,
            delay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header { marker: false, payload_type: 0, sequence, timestamp, ssrc: 1 }
    }

    fn heard(sequences: impl IntoIterator<Item = u16>) -> Reception {
        let mut sequences = sequences.into_iter();
        let mut reception = Reception::new(&header(sequences.next().unwrap(), 0));
        let first = header(reception.highest.wrapping_add(1), 0);
        reception.receive(&first, 0);
        for sequence in sequences {
            reception.receive(&header(sequence, 0), 0);
        }
        reception
    }

    #[test]
    fn loss_is_counted_over_the_end_of_the_numbers() {
        let mut reception = heard((65_500..=65_535).chain(0..100).filter(|number| number % 10 != 3));
        let quality = reception.quality();
        assert_eq!(
            (quality.received, quality.lost),
            (121, 14),
            "the first of the two of probation is not counted"
        );
        let report = reception.report(0);
        assert_eq!((report.highest, report.fraction_lost), (65_536 + 99, 26));
        assert_eq!(reception.report(0).fraction_lost, 0, "nothing was lost since");
    }

    #[test]
    fn packets_out_of_order_are_not_lost() {
        assert_eq!(heard([1, 2, 4, 3, 5, 7, 6, 8]).quality().lost, 0);
    }

    #[test]
    fn a_source_that_begins_anew_is_followed_after_two_packets() {
        let mut reception = heard([1, 2, 3, 4]);
        assert!(!reception.receive(&header(30_000, 0), 0));
        assert!(reception.receive(&header(30_001, 0), 0));
        assert!(reception.receive(&header(30_002, 0), 0));
        assert_eq!(reception.quality().lost, 0);
        assert!(!reception.receive(&Header { ssrc: 2, ..header(30_003, 0) }, 0));
    }

    #[test]
    fn jitter_is_how_uneven_packets_come() {
        let mut even = heard([0, 1]);
        let mut uneven = even.clone();
        for number in 2..200u16 {
            let timestamp = u32::from(number) * 160;
            even.receive(&header(number, timestamp), timestamp + 5_000);
            uneven.receive(&header(number, timestamp), timestamp + 5_000 + u32::from(number % 2) * 80);
        }
        assert!(even.quality().jitter < 5, "{:?}", even.quality());
        assert!((70..=85).contains(&uneven.quality().jitter), "{:?}", uneven.quality());
    }
}
