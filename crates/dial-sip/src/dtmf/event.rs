//! Keys as events in RTP (RFC 4733). A key counts when it is first heard of, and once, however often its
//! packets are repeated, lost or late.

use std::time::Duration;

use super::Digit;
use crate::rtp::Header;
use crate::time::Moment;

/// A packet of the same key after so long a pause is another press, whatever it says.
const PAUSE: Duration = Duration::from_secs(1);
/// The repetitions of an end come within this; no finger is so quick.
const REPEAT: Duration = Duration::from_millis(50);
/// A packet that is older by more than so many ticks is not late: the source set its clock anew.
const LATE: i32 = -160_000;

/// The key that is or was pressed last.
#[derive(Debug, Clone, Copy)]
struct Press {
    digit: Digit,
    timestamp: u32,
    duration: u16,
    has_ended: bool,
    heard: Moment,
}

/// Hears the keys of one source.
#[derive(Debug, Clone, Default)]
pub struct Events {
    last: Option<Press>,
}

impl Events {
    /// A packet of events came; the key, if one was pressed anew. Of several events in one payload
    /// (RFC 4733 section 2.5.1.5), which nobody sends for keys, only the first is heard.
    pub fn hear(&mut self, header: &Header, payload: &[u8], now: Moment) -> Option<Digit> {
        let (&[code, flags, high, low], _) = payload.split_first_chunk()?;
        let digit = Digit::of_event(code)?;
        let press = Press {
            digit,
            timestamp: header.timestamp,
            duration: u16::from_be_bytes([high, low]),
            has_ended: flags & 0x80 != 0,
            heard: now,
        };
        let is_new = self.last.is_none_or(|last| is_new(&last, &press, header.marker));
        match &mut self.last {
            Some(last) if !is_new && is_later(last, &press) => {
                let has_ended = press.has_ended || (last.has_ended && last.timestamp == press.timestamp);
                *last = Press { has_ended, ..press };
            }
            Some(_) if !is_new => {}
            last => *last = Some(press),
        }
        is_new.then_some(digit)
    }
}

/// Whether a packet tells of another press than the last one.
fn is_new(last: &Press, press: &Press, marker: bool) -> bool {
    let ahead = press.timestamp.wrapping_sub(last.timestamp) as i32;
    let pause = press.heard.since(last.heard);
    if ahead == 0 {
        // RFC 4733 section 2.3.5: all packets of an event bear the time at which it began.
        return press.digit != last.digit;
    }
    if (LATE..0).contains(&ahead) && pause < PAUSE {
        return false;
    }
    if press.digit != last.digit || marker || pause >= PAUSE {
        return true;
    }
    if last.has_ended {
        // The end comes three times; from a gateway that moves the time, each at another.
        let repeats = press.has_ended && press.duration >= last.duration && pause < REPEAT;
        return !repeats;
    }
    // A long press goes on in a new segment where the last one ended (section 2.5.1.3).
    let goes_on = ahead as u32 == u32::from(last.duration) || (last.duration >= 0xff00 && ahead <= 0x1_0000);
    // Some gateways move the time with each packet, though the duration counts from the first.
    let moves = press.duration > last.duration;
    !goes_on && !moves
}

fn is_later(last: &Press, press: &Press) -> bool {
    press.timestamp.wrapping_sub(last.timestamp) as i32 > 0
        || (press.timestamp == last.timestamp && (press.duration >= last.duration || press.has_ended))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hears packets of (event, timestamp, duration, end, marker), 20 ms apart.
    fn heard(packets: &[(u8, u32, u16, bool, bool)]) -> String {
        let mut events = Events::default();
        let mut keys = String::new();
        for (place, (code, timestamp, duration, end, marker)) in packets.iter().enumerate() {
            let header =
                Header { marker: *marker, payload_type: 101, sequence: 0, timestamp: *timestamp, ssrc: 1 };
            let [high, low] = duration.to_be_bytes();
            let now = Moment::after_start(Duration::from_millis(20 * place as u64));
            let digit = events.hear(&header, &[*code, u8::from(*end) << 7 | 0x0a, high, low], now);
            keys.extend(digit.map(Digit::sign));
        }
        keys
    }

    #[test]
    fn a_key_counts_once_at_its_first_packet() {
        let press = |code, at| {
            [
                (code, at, 160, false, true),
                (code, at, 320, false, false),
                (code, at, 480, true, false),
                (code, at, 480, true, false),
                (code, at, 480, true, false),
            ]
        };
        let packets =
            [press(5, u32::MAX - 5_000), press(5, u32::MAX - 2_000), press(11, 1_000), press(0, 900_000)]
                .concat();
        assert_eq!(heard(&packets), "55#0");
    }

    #[test]
    fn a_key_whose_first_or_last_packets_are_lost_still_counts_once() {
        assert_eq!(heard(&[(1, 100, 480, true, false)]), "1");
        assert_eq!(heard(&[(1, 100, 320, false, false), (2, 900, 160, false, true)]), "12");
        assert_eq!(heard(&[(1, 100, 800, false, false), (1, 9_000, 320, false, false)]), "11");
        assert_eq!(heard(&[(1, 100, 800, false, false), (1, 9_000, 960, false, true)]), "11");
    }

    #[test]
    fn a_late_packet_of_an_older_key_presses_nothing() {
        assert_eq!(
            heard(&[
                (1, 100, 480, true, true),
                (2, 900, 160, false, true),
                (1, 100, 480, true, false),
                (2, 900, 320, true, false)
            ]),
            "12"
        );
    }

    #[test]
    fn a_long_press_is_one_key_over_all_its_segments() {
        let mut packets = Vec::new();
        for segment in 0..3u32 {
            for step in 1..=4u32 {
                packets.push((
                    9,
                    1_000 + segment * 0xffff,
                    (step * 0xffff / 4) as u16,
                    false,
                    segment == 0 && step == 1,
                ));
            }
        }
        packets.push((9, 1_000 + 3 * 0xffff, 800, true, false));
        assert_eq!(heard(&packets), "9");
    }

    #[test]
    fn a_gateway_that_moves_the_time_with_each_packet_presses_once() {
        assert_eq!(
            heard(&[
                (7, 160, 160, false, true),
                (7, 320, 320, false, false),
                (7, 480, 480, true, false),
                (7, 640, 480, true, false),
                (7, 800, 480, true, false)
            ]),
            "7"
        );
    }

    #[test]
    fn what_is_no_key_presses_nothing() {
        assert_eq!(heard(&[(16, 0, 160, true, true), (255, 0, 160, true, true)]), "");
        let header = Header { marker: true, payload_type: 101, sequence: 0, timestamp: 0, ssrc: 1 };
        assert_eq!(Events::default().hear(&header, &[1, 2, 3], Moment::default()), None);
    }
}
