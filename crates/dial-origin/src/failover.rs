//! Which origins are asked in a cycle. Pure: the time and chance are arguments.
//!
//! Every origin is asked at every cycle, so that the way to each is exercised daily. One that fails is
//! asked less often, but never given up; if none is of use, all are asked again, save those that asked
//! to be left alone.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::fault::Fault;

/// An origin that fails again and again is still asked this often.
const CAP: Duration = Duration::from_mins(5);
/// A longer wish to be left alone is not heard.
const LONGEST_LEAVE: Duration = Duration::from_hours(6);
/// Doublings beyond this exceed the cap anyway.
const MAX_DOUBLINGS: u32 = 12;

/// How one origin fares.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fortune {
    /// Cycles in a row that failed.
    pub failures: u32,
    /// Not before this, of our own choice.
    rest_until: Option<Timestamp>,
    /// Not before this, as the origin asked.
    leave_until: Option<Timestamp>,
}

impl Fortune {
    /// Whether it is asked now, while others may be of use.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.may_be_asked(now) && self.rest_until.is_none_or(|until| until <= now)
    }

    /// Whether it may be asked now at all.
    pub fn may_be_asked(&self, now: Timestamp) -> bool {
        self.leave_until.is_none_or(|until| until <= now)
    }

    /// It answered.
    pub fn succeed(&mut self) {
        *self = Self::default();
    }

    /// It failed. `chance` is from 0 to 1: full jitter over a time that doubles with each failure.
    pub fn fail(&mut self, fault: &Fault, now: Timestamp, poll: Duration, chance: f64) {
        let longest = poll.saturating_mul(1 << self.failures.min(MAX_DOUBLINGS)).min(CAP);
        self.failures = self.failures.saturating_add(1);
        self.rest_until = later(now, longest.mul_f64(chance.clamp(0.0, 1.0)));
        self.leave_until = fault.retry_after.and_then(|leave| later(now, leave.min(LONGEST_LEAVE)));
    }
}

fn later(now: Timestamp, by: Duration) -> Option<Timestamp> {
    now.checked_add(SignedDuration::try_from(by).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn an_origin_that_fails_is_asked_less_and_less_but_at_least_every_five_minutes() {
        let (mut fortune, fault) = (Fortune::default(), Fault::new(FaultKind::Refused, "cdn.example"));
        let poll = Duration::from_mins(1);
        let mut rests = Vec::new();
        for _ in 0..40 {
            fortune.fail(&fault, at(0), poll, 1.0);
            rests.push((0..=400).find(|second| fortune.is_due(at(*second))).unwrap());
        }
        assert_eq!(rests[..4], [60, 120, 240, 300]);
        assert_eq!(rests[39], 300);
        assert!(fortune.may_be_asked(at(0)), "where no other is of use, it is asked at once");
        fortune.succeed();
        assert!(fortune.is_due(at(0)));
    }

    #[test]
    fn an_origin_that_asks_to_be_left_alone_is_left_alone_but_not_for_ever() {
        let mut fault = Fault::new(FaultKind::Busy, "cdn.example");
        fault.retry_after = Some(Duration::from_mins(30));
        let mut fortune = Fortune::default();
        fortune.fail(&fault, at(0), Duration::from_mins(1), 0.0);
        assert!(!fortune.may_be_asked(at(1799)) && fortune.may_be_asked(at(1800)));
        fault.retry_after = Some(Duration::from_secs(u64::MAX));
        fortune.fail(&fault, at(0), Duration::from_mins(1), 0.0);
        assert!(fortune.may_be_asked(at(6 * 3600)));
    }
}
