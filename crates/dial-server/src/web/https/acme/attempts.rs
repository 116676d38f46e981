//! When the authority is asked: at a third of the lifetime left, and later again after a failure.

use jiff::{SignedDuration, Timestamp};

use dial_origin::certificate::Certificate;

/// The wait after the first failure; it doubles. Let's Encrypt allows five failures an hour.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(5);
/// It never grows over this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);

/// The attempts since the last success.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    failures: u32,
    last: Option<Timestamp>,
}

impl Attempts {
    /// When the authority is to be asked, given the certificate in use if it is for all names.
    pub(in super::super) fn due(&self, used: Option<&Certificate>) -> Timestamp {
        let renewal = used.map_or(Timestamp::MIN, |used| {
            used.not_after - used.not_after.duration_since(used.not_before) / 3
        });
        let Some(last) = self.last.filter(|_| self.failures > 0) else { return renewal };
        let doubled = FIRST_WAIT.saturating_mul(1 << (self.failures - 1).min(10));
        renewal.max(last + doubled.min(LONGEST_WAIT))
    }

    /// An attempt begins.
    pub(in super::super) fn begin(&mut self, at: Timestamp) {
        self.last = Some(at);
    }

    /// It ended.
    pub(in super::super) fn end(&mut self, done: bool) {
        self.failures = if done { 0 } else { self.failures.saturating_add(1) };
    }

    /// Failures do not count any more.
    pub(in super::super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(begin: &str, end: &str) -> Certificate {
        Certificate {
            host: String::new(),
            address: None,
            names: Vec::new(),
            issuer: String::new(),
            not_before: begin.parse().unwrap(),
            not_after: end.parse().unwrap(),
            chain: Vec::new(),
            fingerprint: String::new(),
        }
    }

    #[test]
    fn a_certificate_is_renewed_when_a_third_of_its_life_is_left() {
        let attempts = Attempts::default();
        let ninety = certificate("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z");
        assert_eq!(attempts.due(Some(&ninety)), "2026-03-02T00:00:00Z".parse().unwrap());
        let six = certificate("2026-01-01T00:00:00Z", "2026-01-07T00:00:00Z");
        assert_eq!(attempts.due(Some(&six)), "2026-01-05T00:00:00Z".parse().unwrap());
        assert_eq!(attempts.due(None), Timestamp::MIN);
    }

    #[test]
    fn after_each_failure_the_authority_is_left_alone_for_longer_and_never_for_ever() {
        let mut attempts = Attempts::default();
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let waits = std::array::from_fn::<_, 9, _>(|_| {
            attempts.begin(at);
            attempts.end(false);
            attempts.due(None).duration_since(at).as_mins()
        });
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 360, 360]);
        for _ in 0..100 {
            attempts.end(false);
        }
        assert_eq!(attempts.due(None).duration_since(at).as_hours(), 6);
        attempts.forget();
        assert_eq!(attempts.due(None), Timestamp::MIN);
    }
}
