//! A repeated webhook gives the same answer: what an answer depends on besides its request is the
//! moment at which the request first came, and that is remembered.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;

use jiff::Timestamp;

/// Providers repeat a request within 15 seconds; so many requests are remembered, 2 MB at most.
const REMEMBERED: usize = 65_536;

/// When each request first came.
#[derive(Default)]
pub(crate) struct Repeats {
    hasher: RandomState,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    first: HashMap<u64, Timestamp>,
    order: VecDeque<u64>,
}

impl Repeats {
    /// When a request with these parts first came; now, if it never did.
    pub(crate) fn first_seen(&self, parts: &[&str], now: Timestamp) -> Timestamp {
        let key = self.hasher.hash_one(parts);
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(first) = seen.first.get(&key) {
            return *first;
        }
        if seen.order.len() >= REMEMBERED
            && let Some(oldest) = seen.order.pop_front()
        {
            seen.first.remove(&oldest);
        }
        seen.first.insert(key, now);
        seen.order.push_back(key);
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_dated_by_its_first_coming_and_memory_is_bounded() {
        let repeats = Repeats::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(repeats.first_seen(&["CA1", "token", "4"], at(1)), at(1));
        assert_eq!(repeats.first_seen(&["CA1", "token", "4"], at(9)), at(1));
        assert_eq!(repeats.first_seen(&["CA1", "token", "5"], at(9)), at(9));
        for number in 0..REMEMBERED {
            repeats.first_seen(&[&number.to_string()], at(10));
        }
        assert_eq!(repeats.first_seen(&["CA1", "token", "4"], at(11)), at(11));
        assert_eq!(repeats.seen.lock().unwrap().first.len(), REMEMBERED);
    }
}
