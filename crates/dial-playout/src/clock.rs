//! What time it is. Everything paced goes by one clock, so that tests can have another.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A clock that never goes back, told as the time since its start.
pub trait Clock: Send + Sync {
    /// The time.
    fn now(&self) -> Duration;
    /// Waits until then, or a little longer; not at all if that has passed.
    fn sleep_until(&self, then: Duration);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "sound goes by the machine's clock; whoever wants another gives it"
        )]
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep_until(&self, then: Duration) {
        let wait = then.saturating_sub(self.now());
        if !wait.is_zero() {
            thread::sleep(wait);
        }
    }
}

/// A clock whose time is given to it: calls go as fast as somebody lets them, and wait in between.
#[derive(Debug, Default)]
pub struct GivenClock {
    times: Mutex<Times>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Times {
    given: Duration,
    passed: Duration,
    /// Up to when all is done: somebody waits for more. Before anybody ever waited, nothing is.
    done: Option<Duration>,
}

impl GivenClock {
    /// Time may pass until then.
    pub fn give(&self, until: Duration) {
        let mut times = self.lock();
        times.given = times.given.max(until);
        self.changed.notify_all();
    }

    /// Waits until the time that was given has passed, and the one thread that goes by it has done what was due.
    pub fn wait(&self) {
        let mut times = self.lock();
        while times.done < Some(times.given) {
            times = self.changed.wait(times).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for GivenClock {
    fn now(&self) -> Duration {
        self.lock().passed
    }

    fn sleep_until(&self, then: Duration) {
        let mut times = self.lock();
        while times.given < then {
            // Who would have slept through has nothing to do before.
            times.passed = times.passed.max(times.given);
            times.done = times.done.max(Some(times.given));
            self.changed.notify_all();
            times = self.changed.wait(times).unwrap_or_else(PoisonError::into_inner);
        }
        times.passed = times.passed.max(then);
    }
}
