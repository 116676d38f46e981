//! So much a second, with room for a burst, for each source and in all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::time::Moment;

/// The most sources that are told apart; beyond, all others share one bucket.
const MAX_SOURCES: usize = 4_096;
/// Full buckets are looked for no more often than this.
const PAUSE: Duration = Duration::from_secs(1);

/// How much is let through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// In the long run.
    pub per_second: f64,
    /// At once.
    pub burst: f64,
}

/// What is left for one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    left: f64,
    at: Moment,
}

impl Bucket {
    pub(super) const fn full(rate: Rate, now: Moment) -> Self {
        Self { left: rate.burst, at: now }
    }

    fn fill(&mut self, rate: Rate, now: Moment) {
        let since = now.since(self.at).as_secs_f64();
        self.left = since.mul_add(rate.per_second, self.left).min(rate.burst);
        self.at = self.at.max(now);
    }

    /// Takes one, if one is left.
    pub(super) fn take(&mut self, rate: Rate, now: Moment) -> bool {
        self.fill(rate, now);
        let is_left = self.left >= 1.0;
        if is_left {
            self.left -= 1.0;
        }
        is_left
    }
}

/// A bucket for each source. Memory is bounded: full buckets are forgotten.
#[derive(Debug)]
pub struct Buckets {
    rate: Rate,
    by_source: HashMap<IpAddr, Bucket>,
    others: Bucket,
    /// When full buckets were forgotten last: a look at all of them is dear.
    swept: Option<Moment>,
}

impl Buckets {
    /// The same rate for each.
    pub fn new(rate: Rate) -> Self {
        Self { rate, by_source: HashMap::new(), others: Bucket::full(rate, Moment::default()), swept: None }
    }

    /// Takes one from the bucket of a source, if one is left. A house has one IPv6 network of 64 bits, so
    /// that is one source.
    pub fn take(&mut self, source: IpAddr, now: Moment) -> bool {
        let source = match source.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
            IpAddr::V4(address) => IpAddr::V4(address),
        };
        let rate = self.rate;
        let is_full = self.by_source.len() >= MAX_SOURCES && !self.by_source.contains_key(&source);
        if is_full && self.swept.is_none_or(|at| now.since(at) >= PAUSE) {
            self.swept = Some(now);
            self.by_source.retain(|_, bucket| {
                bucket.fill(rate, now);
                bucket.left < rate.burst
            });
        }
        if is_full && self.by_source.len() >= MAX_SOURCES {
            return self.others.take(rate, now);
        }
        self.by_source.entry(source).or_insert_with(|| Bucket::full(rate, now)).take(rate, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 2.0, burst: 3.0 };

    fn at(ms: u64) -> Moment {
        Moment::after_start(Duration::from_millis(ms))
    }

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        let mut buckets = Buckets::new(RATE);
        let source = "192.0.2.1".parse().unwrap();
        let taken = |buckets: &mut Buckets, ms| (0..10).filter(|_| buckets.take(source, at(ms))).count();
        assert_eq!([0, 0, 500, 1_500, 60_000].map(|ms| taken(&mut buckets, ms)), [3, 0, 1, 2, 3]);
        assert!(buckets.take("192.0.2.2".parse().unwrap(), at(60_000)), "another source has its own");
    }

    #[test]
    fn a_flood_from_everywhere_keeps_memory_flat() {
        let mut buckets = Buckets::new(RATE);
        for number in 0..100_000u32 {
            buckets.take(IpAddr::V4(number.into()), at(u64::from(number) / 100));
        }
        assert!(buckets.by_source.len() <= MAX_SOURCES);
    }
}
