//! Whether what a browser played is what the simulator plays.

use std::collections::VecDeque;
use std::sync::Arc;

use dial_audio::g711;
use dial_core::key::Key;
use dial_core::session::Memory;
use dial_core::time::Millis;
use jiff::Timestamp;

use crate::channel::live::{Frame, Listener};
use crate::channel::simulator::{Ear, Press, Simulator};
use crate::channel::transcript::TranscriptEvent;
use crate::library::Library;
use crate::line::Line;

/// Samples of a part: what is late comes between two of them.
const PART: usize = 800;
/// A key comes within a tick, and what of it was heard already was heard.
const TICK: usize = 160;
/// So many samples are compared at least: eight seconds.
const LEAST: usize = 64_000;
/// A browser plays so many samples at once.
const QUANTUM: usize = 128;

struct Scripted {
    due: VecDeque<(u64, char)>,
    /// What is heard from each key to the next.
    stretches: Vec<Vec<i16>>,
}

impl Listener for Scripted {
    fn event(&mut self, _: &TranscriptEvent) {}
}

impl Ear for Scripted {
    fn tick(&mut self, at: Millis, frame: &Frame) -> Press {
        if self.due.front().is_some_and(|(due, _)| *due <= u64::from(at.0)) {
            let (_, key) = self.due.pop_front().unwrap();
            self.stretches.push(Vec::new());
            return Press::Key(Key::try_from(key).unwrap());
        }
        if self.stretches.len() > 3 && self.stretches.last().is_some_and(|last| last.len() > 8000 * 30) {
            return Press::HangUp;
        }
        self.stretches.last_mut().unwrap().extend(frame.iter().map(|byte| g711::decode(*byte)));
        Press::Nothing
    }
}

/// What the simulator plays before, between and after the keys.
pub(super) fn simulated(
    line: &Arc<Line>,
    library: &Arc<Library>,
    keys: &[(u64, char)],
    answered_at: Timestamp,
) -> Vec<Vec<i16>> {
    let mut ear = Scripted { due: keys.iter().copied().collect(), stretches: vec![Vec::new()] };
    let (line, library, memory) = (Arc::clone(line), Arc::clone(library), Memory::default());
    Simulator { line, library, answered_at, memory }.run(&mut ear);
    ear.stretches
}

/// Every sample of the stretches was heard, in its order. Nothing else was, but for silence before the first and
/// where a part came late, and what of a tick had sounded when its key came.
pub(super) fn assert_same(heard: &[i16], stretches: &[Vec<i16>]) {
    let (last, before) = stretches.split_last().unwrap();
    let begins = heard.iter().position(|sample| *sample != 0).unwrap_or(heard.len());
    let silent = stretches[0].iter().take_while(|sample| **sample == 0).count();
    let mut at = begins - silent.min(begins);
    let mut compared = 0;
    for stretch in before {
        let end = through(heard, at, stretch);
        assert_eq!(end.matched, stretch.len(), "{compared} samples were right before");
        compared += end.matched;
        let next = &stretches[stretches.iter().position(|other| std::ptr::eq(other, stretch)).unwrap() + 1];
        let begin = |skipped: &usize| through(heard, end.at + skipped, &next[..next.len().min(PART)]).matched;
        let least = next.len().min(PART);
        // The key is at most a tick old; what follows comes when it comes, and until then there is silence.
        let skipped = (0..heard.len() - end.at).find(|skipped| begin(skipped) == least);
        let skipped = skipped.unwrap_or_else(|| panic!("nothing follows after {compared} samples"));
        let foreign = heard[end.at..end.at + skipped].iter().rposition(|sample| *sample != 0).unwrap_or(0);
        assert!(foreign <= TICK + QUANTUM, "{foreign} samples of another place were heard");
        at = end.at + skipped;
    }
    let end = through(heard, at, last);
    let rest = heard[end.at..].iter().rposition(|sample| *sample != 0).unwrap_or(0);
    assert!(rest <= TICK + QUANTUM, "{rest} samples of another place were heard at the end");
    compared += end.matched;
    assert!(end.matched > 0 && compared > LEAST, "only {compared} samples were heard");
}

struct End {
    at: usize,
    matched: usize,
}

/// Goes along a stretch as long as it is heard.
fn through(heard: &[i16], mut at: usize, stretch: &[i16]) -> End {
    let mut matched = 0;
    while matched < stretch.len() && at < heard.len() {
        if heard[at] == stretch[matched] {
            (at, matched) = (at + 1, matched + 1);
        } else if heard[at] == 0 && matched.is_multiple_of(PART) {
            at += 1;
        } else {
            break;
        }
    }
    End { at, matched }
}
