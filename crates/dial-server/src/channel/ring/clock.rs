//! The clock of a call: how much time passes until something happens.
//!
//! Time is counted, not measured, so that an hour takes no time; a real pace only sleeps beside it. The
//! clock must not know what is heard meanwhile.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::channel::script::{Press, Script};

/// The longest call, in milliseconds: Twilio ends it after 4 hours (error 32015).
pub(crate) const MAX_CALL_MS: u64 = 4 * 3600 * 1000;

/// Does a call take its time?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Each key is pressed at its moment, because a server may measure what was heard by its own clock;
    /// once the keys are used up the rest goes at once.
    #[default]
    Real,
    /// Nothing is waited for.
    Instant,
}

/// Does the line listen while time passes?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Listens,
    /// A key that is due is not lost: it is pressed when the line next listens.
    IsDeaf,
}

/// How a stretch of time ended, and after how many milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    Whole,
    Key { key: char, after_ms: u64 },
    TimeUp { after_ms: u64 },
}

/// Where in the call we are, and what the caller will still do.
#[derive(Debug)]
pub(super) struct CallClock {
    at_ms: u64,
    ends_ms: u64,
    presses: VecDeque<Press>,
    pressed_ms: u64,
    pace: Pace,
    /// A moment of the real clock, and the same moment of ours.
    anchor: (Instant, u64),
}

impl CallClock {
    pub(super) fn new(script: &Script, pace: Pace, for_seconds: Option<u64>) -> Self {
        let patience_ms = for_seconds.map_or(MAX_CALL_MS, |seconds| seconds.saturating_mul(1000));
        Self {
            at_ms: 0,
            ends_ms: patience_ms.min(MAX_CALL_MS),
            presses: script.presses().iter().copied().collect(),
            pressed_ms: 0,
            pace,
            anchor: (Instant::now(), 0),
        }
    }

    /// Milliseconds since the call was answered.
    pub(super) fn at_ms(&self) -> u64 {
        self.at_ms
    }

    /// Puts the real clock beside ours again: the server has just answered, and counts from here.
    pub(super) fn answered_now(&mut self) {
        self.anchor = (Instant::now(), self.at_ms);
    }

    /// Lets up to `ms` pass.
    pub(super) async fn pass(&mut self, ms: u64, line: Line) -> Passed {
        let passed = self.foresee(ms, line);
        let takes_time = self.pace == Pace::Real && !self.presses.is_empty();
        self.at_ms += match passed {
            Passed::Whole => ms,
            Passed::Key { after_ms, .. } | Passed::TimeUp { after_ms } => after_ms,
        };
        if matches!(passed, Passed::Key { .. }) {
            self.presses.pop_front();
            self.pressed_ms = self.at_ms;
        }
        if takes_time {
            let (instant, at_ms) = self.anchor;
            tokio::time::sleep_until(instant + Duration::from_millis(self.at_ms - at_ms)).await;
        }
        passed
    }

    /// What happens first within the next `ms`; at its very end the next stretch has begun.
    fn foresee(&self, ms: u64, line: Line) -> Passed {
        let until_end = self.ends_ms.saturating_sub(self.at_ms);
        let press = self.presses.front().filter(|_| line == Line::Listens);
        if let Some(press) = press {
            let after_ms = (self.pressed_ms + press.after_ms).saturating_sub(self.at_ms);
            if after_ms < ms && after_ms < until_end {
                return Passed::Key { key: press.key, after_ms };
            }
        }
        if until_end <= ms { Passed::TimeUp { after_ms: until_end } } else { Passed::Whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(script: &str, for_seconds: Option<u64>) -> CallClock {
        CallClock::new(&script.parse().unwrap(), Pace::Instant, for_seconds)
    }

    #[tokio::test]
    async fn a_key_is_pressed_at_its_moment_if_the_line_listens() {
        let mut clock = clock("wait:2 1 6 wait:1 *", None);
        assert_eq!(clock.pass(2000, Line::Listens).await, Passed::Whole);
        assert_eq!(clock.pass(5000, Line::Listens).await, Passed::Key { key: '1', after_ms: 0 });
        assert_eq!(clock.pass(5000, Line::IsDeaf).await, Passed::Whole);
        assert_eq!(clock.pass(5000, Line::Listens).await, Passed::Key { key: '6', after_ms: 0 });
        assert_eq!(clock.pass(5000, Line::Listens).await, Passed::Key { key: '*', after_ms: 1000 });
        assert_eq!(clock.pass(5000, Line::Listens).await, Passed::Whole);
        assert_eq!(clock.at_ms(), 13_000);
    }

    #[tokio::test]
    async fn a_caller_hangs_up_when_the_time_is_up_and_nobody_stays_for_ever() {
        let mut impatient = clock("wait:9 1", Some(3));
        assert_eq!(impatient.pass(1000, Line::IsDeaf).await, Passed::Whole);
        assert_eq!(impatient.pass(60_000, Line::Listens).await, Passed::TimeUp { after_ms: 2000 });
        assert_eq!(impatient.pass(60_000, Line::Listens).await, Passed::TimeUp { after_ms: 0 });
        assert_eq!(
            clock("", None).pass(u64::MAX, Line::Listens).await,
            Passed::TimeUp { after_ms: MAX_CALL_MS }
        );
    }

    #[tokio::test]
    async fn a_real_pace_waits_for_keys_and_for_nothing_after_them() {
        let started = Instant::now();
        let mut clock = CallClock::new(&"wait:0.2 1".parse().unwrap(), Pace::Real, None);
        assert_eq!(clock.pass(1000, Line::Listens).await, Passed::Key { key: '1', after_ms: 200 });
        let keyed = started.elapsed();
        assert!(keyed >= Duration::from_millis(200), "{keyed:?}");
        assert_eq!(clock.pass(3_600_000, Line::Listens).await, Passed::Whole);
        assert!(started.elapsed() < Duration::from_mins(1));
    }
}
