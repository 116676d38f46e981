//! Whether there is room for more calls: what the threads tell of themselves while they work.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Priority;

/// A lag that is longer than this, in milliseconds, counts as this.
const LONGEST: usize = 255;

/// How an engine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Calls at the moment.
    pub calls: usize,
    /// Packets of sound that were sent, ever.
    pub sent: u64,
    /// Packets that the machine did not take, ever.
    pub not_sent: u64,
    /// Packets that came and were looked at, ever.
    pub heard: u64,
    /// Packets of strangers, ever.
    pub strangers: u64,
    /// Keys that were heard, ever.
    pub keys: u64,
    /// Wishes of the host of which the sending threads know, ever.
    pub granted: u64,
    /// How late packets went out in the last whole second, in milliseconds: all but one in a hundred.
    pub lag_ms: u32,
    /// What the machine allowed the threads that send.
    pub priority: Priority,
    /// Time that was left out because the machine came far too late, in milliseconds, ever.
    pub skipped_ms: u64,
}

/// Tells how an engine is doing, for as long as somebody asks.
#[derive(Clone, Default)]
pub struct Meter(pub(crate) Arc<Gauges>);

impl Meter {
    /// How it is doing.
    pub fn read(&self) -> Load {
        self.0.read()
    }
}

/// The same while it changes.
#[derive(Default)]
pub(crate) struct Gauges {
    pub(crate) calls: AtomicUsize,
    pub(crate) sent: AtomicU64,
    pub(crate) not_sent: AtomicU64,
    pub(crate) heard: AtomicU64,
    pub(crate) strangers: AtomicU64,
    pub(crate) keys: AtomicU64,
    pub(crate) granted: AtomicU64,
    pub(crate) skipped_ms: AtomicU64,
    priority: Mutex<Priority>,
    /// Of each thread that sends.
    lags: Mutex<Vec<u32>>,
    /// The worst of them.
    lag_ms: AtomicU32,
}

impl Gauges {
    pub(crate) fn read(&self) -> Load {
        Load {
            calls: self.calls.load(Relaxed),
            sent: self.sent.load(Relaxed),
            not_sent: self.not_sent.load(Relaxed),
            heard: self.heard.load(Relaxed),
            strangers: self.strangers.load(Relaxed),
            keys: self.keys.load(Relaxed),
            granted: self.granted.load(Relaxed),
            lag_ms: self.lag_ms.load(Relaxed),
            priority: *self.priority.lock().unwrap_or_else(PoisonError::into_inner),
            skipped_ms: self.skipped_ms.load(Relaxed),
        }
    }

    /// What a thread got.
    pub(crate) fn priority(&self, priority: Priority) {
        *self.priority.lock().unwrap_or_else(PoisonError::into_inner) = priority;
    }

    /// How late a thread was in a second.
    pub(crate) fn lag(&self, thread: usize, lag_ms: u32) {
        let mut lags = self.lags.lock().unwrap_or_else(PoisonError::into_inner);
        if lags.len() <= thread {
            lags.resize(thread + 1, 0);
        }
        if let Some(its) = lags.get_mut(thread) {
            *its = lag_ms;
        }
        self.lag_ms.store(lags.iter().copied().max().unwrap_or(0), Relaxed);
    }
}

/// How late the ticks of one second were.
pub(crate) struct Lag {
    counts: [u16; LONGEST + 1],
    ticks: u16,
    second: u64,
}

impl Lag {
    pub(crate) fn new() -> Self {
        Self { counts: [0; LONGEST + 1], ticks: 0, second: 0 }
    }

    /// A tick was so late. When another second has begun, tells how late all but one in a hundred were.
    pub(crate) fn note(&mut self, late_ms: u64, second: u64) -> Option<u32> {
        let worst = (second != self.second).then(|| self.worst());
        if worst.is_some() {
            *self = Self { second, ..Self::new() };
        }
        if let Some(count) = self.counts.get_mut((late_ms as usize).min(LONGEST)) {
            *count = count.saturating_add(1);
            self.ticks = self.ticks.saturating_add(1);
        }
        worst
    }

    fn worst(&self) -> u32 {
        let mut left = self.ticks / 100;
        let mut later = self.counts.iter().enumerate().rev();
        let worst = later.find(|(_, count)| {
            let is_it = **count > left;
            left = left.saturating_sub(**count);
            is_it
        });
        worst.map_or(0, |(late_ms, _)| late_ms as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_late_tick_in_a_hundred_is_forgiven() {
        for (late, told) in [(10, 0), (11, 40), (0, 0)] {
            let mut lag = Lag::new();
            let told_now: Vec<_> =
                (0..1_001).filter_map(|n| lag.note(if n < late { 40 } else { 0 }, n / 1_000)).collect();
            assert_eq!(told_now, [told], "{late}");
        }
    }

    #[test]
    fn the_latest_thread_counts() {
        let gauges = Gauges::default();
        gauges.lag(1, 7);
        gauges.lag(0, 3);
        assert_eq!(gauges.read().lag_ms, 7);
    }
}
