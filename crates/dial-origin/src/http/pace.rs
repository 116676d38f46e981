//! Whether a body comes fast enough: a drip never trips a deadline between two parts.

use std::time::Duration;

use super::Policy;

/// How fast a body comes, on average over windows of time.
#[derive(Debug)]
pub(super) struct Pace {
    window: Duration,
    /// Bytes a window.
    least: u64,
    /// When the window began, counted from the start of the body.
    since: Duration,
    came: u64,
}

impl Pace {
    pub(super) fn new(policy: &Policy) -> Self {
        let window_ms = u64::try_from(policy.speed_window.as_millis()).unwrap_or(u64::MAX);
        let least = policy.least_speed.saturating_mul(window_ms) / 1000;
        Self { window: policy.speed_window, least, since: Duration::ZERO, came: 0 }
    }

    /// Counts bytes that came at a time since the start of the body; false if they come too slowly.
    pub(super) fn keeps(&mut self, at: Duration, bytes: u64) -> bool {
        self.came = self.came.saturating_add(bytes);
        if at.saturating_sub(self.since) < self.window {
            return true;
        }
        let enough = self.came >= self.least;
        (self.since, self.came) = (at, 0);
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drip_is_too_slow_and_a_pause_is_forgiven() {
        let mut drip = Pace::new(&Policy::default());
        assert!((1..100).all(|tick| drip.keeps(Duration::from_millis(tick * 300), 1)));
        assert!(!drip.keeps(Duration::from_secs(30), 1));
        let mut pausing = Pace::new(&Policy::default());
        assert!(pausing.keeps(Duration::from_secs(1), 1_000_000));
        assert!(pausing.keeps(Duration::from_secs(30), 1));
        assert!(!pausing.keeps(Duration::from_secs(61), 900_000));
    }
}
