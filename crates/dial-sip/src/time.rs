//! Moments, as the host's clock tells them: this crate has no clock.

use std::ops::Add;
use std::time::Duration;

/// A moment on a clock that never goes back, told as the time since a start that the host chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(Duration);

impl Moment {
    /// The moment so long after the host's start.
    pub const fn after_start(since: Duration) -> Self {
        Self(since)
    }

    /// How long ago an earlier moment was; nothing if it was not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds since the host's start.
    pub const fn as_secs(self) -> u64 {
        self.0.as_secs()
    }
}

impl Add<Duration> for Moment {
    type Output = Self;
    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_never_goes_back_nor_over_the_end() {
        let late = Moment::after_start(Duration::MAX) + Duration::from_secs(1);
        assert_eq!(Moment::default().since(late), Duration::ZERO);
        assert_eq!((Moment::default() + Duration::from_secs(2)).as_secs(), 2);
    }
}
