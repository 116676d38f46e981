//! The one clock of the server, and the one stopwatch; tests bring their own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Tells the time.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads it")]
    pub(crate) fn system() -> Self {
        Self::from_fn(Timestamp::now)
    }

    /// A clock of one's own.
    pub(crate) fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

/// Tells how much time has passed. Nobody sets it forward or back.
#[derive(Clone)]
pub(crate) struct Stopwatch(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Stopwatch {
    /// The machine's own.
    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads it")]
    pub(crate) fn system() -> Self {
        let began = Instant::now();
        Self::from_fn(move || began.elapsed())
    }

    /// A stopwatch of one's own.
    pub(crate) fn from_fn(passed: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(passed))
    }

    /// How much time has passed since some moment, always the same one.
    pub(crate) fn passed(&self) -> Duration {
        (self.0)()
    }
}
