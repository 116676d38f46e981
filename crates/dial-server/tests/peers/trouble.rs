//! Callers who are heard badly, who vanish, and who never say that they were answered.

use std::time::{Duration, Instant};

use crate::baresip::Baresip;
use crate::caller::{Caller, address};
use crate::line::{Line, Settings, Way};
use crate::path::Path;
use crate::program::until;
use crate::sound::SECOND;

/// How many callers ring over bad paths at a time, each with a weather of its own.
const CALLERS: u64 = 6;
/// The keys that they press: the newest service, then three times half a minute on.
const KEYS: [u8; 4] = [1, 6, 6, 6];

#[test]
fn over_a_bad_path_calls_are_set_up_and_end_each_key_counts_once_and_losses_are_recorded() {
    let line = Line::new();
    let line = &line;
    let lost: u32 = std::thread::scope(|scope| {
        let callers = (0..CALLERS).map(|seed| scope.spawn(move || rings_over_a_bad_path(line, seed)));
        let callers: Vec<_> = callers.collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).sum()
    });
    assert!(lost > 0, "no message was lost, so nothing was shown");
}

#[test]
fn an_answer_that_nobody_heard_is_repeated_until_it_is_and_the_line_speaks_then() {
    let line = Line::new();
    let (signalling, sound) = (Path::new(0, 0), Path::new(0, 0));
    signalling.leads_to(address(line.address(Way::Udp)));
    let mut caller = Caller::rings(&signalling, &sound, 1, 3);
    assert!(caller.until(Duration::from_secs(10), Caller::hears), "the line is heard");
    caller.passes(Duration::from_secs(1));
    assert_eq!(caller.answers.len(), 4, "and then it is repeated no more");
    assert!(caller.hangs_up());
    assert_eq!(line.records(1)[0]["cause"], "caller");
}

#[test]
fn a_caller_who_never_says_that_it_was_answered_hears_so_for_32_seconds_and_then_goodbye() {
    let line = Line::new();
    let (signalling, sound) = (Path::new(0, 0), Path::new(0, 0));
    signalling.leads_to(address(line.address(Way::Udp)));
    let mut caller = Caller::rings(&signalling, &sound, 1, u32::MAX);
    assert!(caller.until(Duration::from_secs(40), |caller| caller.is_hung_up.is_some()));
    let since = |at: Instant| at.duration_since(caller.answers[0]).as_secs_f64();
    // RFC 3261 section 13.3.1.4: after T1, then twice as late each time up to T2, until 64 T1.
    let repeated: Vec<f64> = caller.answers.iter().map(|at| since(*at)).collect();
    let expected = [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5];
    assert_eq!(repeated.len(), expected.len(), "{repeated:?}");
    let late = repeated.iter().zip(expected).map(|(at, expected)| (at - expected).abs()).fold(0.0, f64::max);
    assert!(late < 0.4, "{repeated:?}");
    assert!((since(caller.is_hung_up.unwrap()) - 32.0).abs() < 0.5);
    // Nothing was ever said, so there is no call to write down.
    assert!(!caller.hears() && line.records(0).is_empty());
    assert!(line.metrics().contains("\ndial_sound_calls 0\n"));
}

#[test]
fn a_caller_who_vanishes_in_mid_call_is_held_for_as_long_as_is_set_and_no_longer() {
    let line = Line::with(&Settings { silent_s: 10, ..Settings::default() });
    let mut baresip = Baresip::rings(&line, "baresip", &line.uri(Way::Udp), ">");
    baresip.program().until_told("Call established");
    // The newest service, half a minute on.
    baresip.presses("16", Duration::from_secs(2));
    baresip.until_heard(5 * SECOND);
    assert!(line.metrics().contains("\ndial_sound_calls 1\n"));
    let vanished = Instant::now();
    baresip.vanishes();
    let record = &line.records(1)[0];
    let held = vanished.elapsed().as_secs_f64();
    assert!((9.5..13.0).contains(&held), "held for {held} s");
    assert_eq!(record["cause"], "failed", "{record}");
    // It went on playing to nobody until then.
    assert_eq!(record["position_ms"].as_u64().unwrap() / 10_000, 4, "{record}");
    assert!((14..20).contains(&record["duration_s"].as_u64().unwrap()), "{record}");
    assert!(line.metrics().contains("\ndial_sound_calls 0\n"));
}

/// How much was lost on its way.
fn rings_over_a_bad_path(line: &Line, seed: u64) -> u32 {
    let (signalling, sound) = (Path::new(20, seed), Path::new(5, seed + CALLERS));
    signalling.leads_to(address(line.address(Way::Udp)));
    let mut caller = Caller::rings(&signalling, &sound, seed, 0);
    assert!(caller.until(Duration::from_secs(32), Caller::hears), "caller {seed} never heard the line");
    caller.passes(Duration::from_secs(1));
    for key in KEYS {
        caller.presses(key);
        if key == 1 {
            caller.passes(Duration::from_secs(3));
        }
    }
    assert!(caller.hangs_up(), "caller {seed} cannot hang up");
    let mut record = None;
    until("the call is written down", || {
        let (sent, _) = sound.sound();
        record = line.records(0).into_iter().find(|record| record["sound"]["packets"] == sent);
        record.is_some()
    });
    let record = record.expect("it was waited for");
    assert_eq!(record["cause"], "caller", "{record}");
    assert_eq!(record["position_ms"].as_u64().unwrap() / 10_000, 9, "caller {seed}: {record}");
    let (lost, told) = (sound.sound().1, record["sound"]["lost"].as_i64().unwrap());
    // Those that are under way as the caller hangs up are neither heard nor known to be lost.
    assert!(lost > 5 && (told - i64::from(lost)).abs() <= 10, "lost {lost}: {record}");
    signalling.lost()
}
