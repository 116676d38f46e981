//! What a media stream may cost.

use std::time::Duration;

/// Larger messages end a stream; the largest that companies send are about 2 kB.
pub(super) const MAX_MESSAGE: usize = 16 * 1024;
/// So much may wait to be sent.
pub(super) const MAX_UNSENT: usize = 64 * 1024;
/// Connections that have not named their call yet.
pub(super) const MAX_WAITING: usize = 64;
/// Messages that may come before the stream has begun.
pub(super) const MAX_BEFORE_START: usize = 16;
/// Messages a second: sound comes fifty times, marks ten times.
const MESSAGES_PER_S: f64 = 120.0;
/// So many may come at once, after the network was stuck for a while.
const MESSAGES_AT_ONCE: f64 = 1200.0;

/// What streams may cost; tests are stricter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Streams at a time, on this node.
    pub(crate) streams: usize,
    /// Streams of one line at a time.
    pub(crate) per_line: usize,
    /// Until the stream has begun.
    pub(crate) start: Duration,
    /// Without a message.
    pub(crate) idle: Duration,
    /// For one message of ours.
    pub(crate) send: Duration,
    /// For the whole stream. The longest call of the companies is four hours.
    pub(crate) whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            streams: 1000,
            per_line: 400,
            start: Duration::from_secs(10),
            idle: Duration::from_secs(15),
            send: Duration::from_secs(5),
            whole: Duration::from_hours(5),
        }
    }
}

/// How many messages may still come just now.
pub(crate) struct Allowance {
    left: f64,
    at: Duration,
}

impl Allowance {
    pub(crate) fn new(at: Duration) -> Self {
        Self { left: MESSAGES_AT_ONCE, at }
    }

    /// A message comes. Says whether it may.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        let earned = now.saturating_sub(self.at).as_secs_f64() * MESSAGES_PER_S;
        (self.left, self.at) = ((self.left + earned).min(MESSAGES_AT_ONCE) - 1.0, now);
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_stream_and_a_burst_of_it_may_come_but_a_flood_may_not() {
        let mut allowance = Allowance::new(Duration::ZERO);
        let usual = (0..600_000).all(|number| allowance.take(Duration::from_millis(number * 16)));
        assert!(usual, "sixty a second for hours");
        let now = Duration::from_mins(160);
        assert_eq!((0..5000).filter(|_| allowance.take(now)).count(), 1200);
    }
}
