//! A recording to its end, in real time.

use std::time::{Duration, Instant};

use dial_audio::alaw;

use crate::line::{Line, Settings, Way};
use crate::program::PATIENCE;
use crate::telephone::Caller;

const PACKET: Duration = Duration::from_millis(20);

/// What came of a recording.
struct Whole {
    /// From its first sample to its last.
    lasted: Duration,
    /// What the program's own memory grew by meanwhile, in bytes; pages of files are not its own.
    growth: i64,
}

/// A caller chooses a recording of so many seconds, hears every sample of it, and hangs up.
fn hears(seconds: u32) -> Whole {
    let line = Line::with(&Settings { recording_s: seconds, ..Settings::default() });
    let recording: Vec<u8> = line.sound().iter().map(|byte| alaw::FROM_MULAW[usize::from(*byte)]).collect();
    assert_eq!(recording.len(), seconds as usize * 8_000);

    let mut caller = Caller::ring(line.address(Way::Udp).parse().unwrap(), "caller");
    while caller.heard.len() < 8_000 {
        wait(&mut caller);
    }
    caller.press('1');
    // How much had been heard when.
    let mut times = Vec::new();
    let mut memory = None;
    // The names of the keys are said before, and that it was the end after.
    let enough = recording.len() + 25 * 8_000;
    while caller.heard.len() < enough {
        wait(&mut caller);
        let (heard, now) = (caller.heard.len(), Instant::now());
        match times.last() {
            Some((before, when)) if heard == *before => {
                let silence = now.duration_since(*when);
                assert!(silence < PATIENCE, "nothing came after {heard} of {enough} bytes");
            }
            _ => {
                times.push((heard, now));
                caller.breathe();
            }
        }
        if memory.is_none() && caller.heard.len() > enough / 8 {
            memory = Some(line.memory());
        }
    }
    let growth = line.memory() - memory.unwrap();
    caller.hang_up();

    let mark = &recording[..400];
    let start = caller.heard.windows(mark.len()).position(|part| part == mark).expect("the recording began");
    let end = start + recording.len();
    let differs = caller.heard[start..end].iter().zip(&recording).position(|(one, other)| one != other);
    assert_eq!(differs, None, "the first sample that differs");
    let when = |heard: usize| times[times.partition_point(|(length, _)| *length < heard)].1;
    assert_eq!(line.records(1)[0]["cause"], "caller");
    // The first packet sounds for as long as it is.
    Whole { lasted: when(end).duration_since(when(start + 160)) + PACKET, growth }
}

fn wait(caller: &mut Caller) {
    std::thread::sleep(Duration::from_millis(2));
    caller.listen();
}

#[test]
fn a_recording_is_heard_to_its_end_sample_for_sample() {
    hears(5);
}

#[test]
#[ignore = "it takes an hour: by hand, on a machine that has nothing else to do"]
fn an_hour_ends_within_a_packet_of_its_length_and_memory_stays_flat() {
    let whole = hears(3_600);
    println!("an hour lasted {:?}, memory grew by {} bytes", whole.lasted, whole.growth);
    assert!(whole.lasted.abs_diff(Duration::from_hours(1)) <= PACKET, "{:?}", whole.lasted);
    assert!(whole.growth < 1 << 20, "{} bytes", whole.growth);
}
