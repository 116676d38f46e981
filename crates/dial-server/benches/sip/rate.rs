//! How many calls a second are set up without a failure, and how soon they are answered and hear.

use crate::ear::Ear;
use crate::judge::quantiles_ms;
use crate::program::Program;
use crate::socket::now;
use crate::table::say;
use crate::telephones::{Caller, Stage, Telephones};

/// New calls a second.
const STEPS: [u32; 7] = [100, 200, 400, 800, 1_000, 1_500, 2_000];
const SECONDS: u32 = 3;
/// Calls take from nothing to this, in nanoseconds.
const LONGEST: i64 = 1_000_000_000;
/// Who stays for so long hears something.
const HEARS: i64 = 100_000_000;

/// What a step showed.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) a_second: u32,
    pub(crate) failed: usize,
    /// From ringing to the answer, and to the first packet: the middle, and all but one of a hundred.
    pub(crate) answer: [f64; 2],
    pub(crate) heard: [f64; 2],
}

/// Ever more calls a second. A call fails too if it stays long enough to hear something, and does not.
pub(crate) fn measure(program: &Program, ear: &Ear) -> Vec<Outcome> {
    say(
        "calls/s running   set up  failed repeats  unheard  200 p50 ms  p99 ms  RTP p50 ms  p99 ms  us CPU/call",
    );
    STEPS.into_iter().map(|a_second| step(program, ear, a_second)).collect()
}

fn step(program: &Program, ear: &Ear, a_second: u32) -> Outcome {
    let mut telephones = Telephones::new(program.sip, ear);
    let (begun, cpu, count) = (now(), program.computed(), a_second * SECONDS);
    for place in 0..count {
        telephones.until(begun + i64::from(place) * 1_000_000_000 / i64::from(a_second));
        telephones.ring(Some(fastrand::i64(0..LONGEST)));
    }
    let running = telephones.count(Stage::Talks);
    for stage in [Stage::Rings, Stage::Talks, Stage::Leaves] {
        telephones.until_none(stage);
    }
    program.until_calls(0);
    let cpu = (program.computed() - cpu) * 1e6 / f64::from(count);
    let over = || telephones.callers.iter().filter(|caller| caller.stage == Stage::Over);
    let stays = |caller: &&Caller| caller.talks.is_some_and(|talks| talks > HEARS);
    let unheard = over().filter(stays).filter(|caller| caller.heard.is_none()).count();
    let mut answer: Vec<_> = over().map(|caller| caller.answered - caller.rang).collect();
    let mut heard: Vec<_> = over().filter_map(|caller| Some(caller.heard? - caller.rang)).collect();
    let outcome = Outcome {
        a_second,
        failed: telephones.count(Stage::Failed) + unheard,
        answer: quantiles_ms(&mut answer, [0.5, 0.99]),
        heard: quantiles_ms(&mut heard, [0.5, 0.99]),
    };
    let ([p50, p99], [first, late]) = (outcome.answer, outcome.heard);
    say(&format!(
        "{a_second:>7} {running:>7} {:>8}{:>8}{:>8}{unheard:>9}{p50:>12.2}{p99:>8.2}{first:>12.2}{late:>8.2}{cpu:>13.0}{}",
        over().count(),
        telephones.count(Stage::Failed),
        telephones.repeats,
        if telephones.dropped() > 0 { "  messages were lost by ourselves" } else { "" },
    ));
    outcome
}
