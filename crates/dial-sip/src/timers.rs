//! When somebody is to be woken next. One moment for each; memory is that of those who wait.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use crate::time::Moment;

/// The moments at which each of many is to be woken.
#[derive(Debug, Clone)]
pub(crate) struct Timers<Id> {
    due: BTreeSet<(Moment, Id)>,
    by_id: HashMap<Id, Moment>,
}

impl<Id> Default for Timers<Id> {
    fn default() -> Self {
        Self { due: BTreeSet::new(), by_id: HashMap::new() }
    }
}

impl<Id: Copy + Ord + Hash> Timers<Id> {
    /// Wakes one at a moment, and no more at the one that was set before; never, if there is none.
    pub(crate) fn set(&mut self, id: Id, at: Option<Moment>) {
        let before = match at {
            Some(at) => self.by_id.insert(id, at),
            None => self.by_id.remove(&id),
        };
        if let Some(before) = before {
            self.due.remove(&(before, id));
        }
        if let Some(at) = at {
            self.due.insert((at, id));
        }
    }

    /// The next moment at which somebody is to be woken.
    pub(crate) fn next(&self) -> Option<Moment> {
        self.due.first().map(|(at, _)| *at)
    }

    /// One who is to be woken by now. It is woken once.
    pub(crate) fn pop(&mut self, now: Moment) -> Option<Id> {
        let (at, id) = *self.due.first().filter(|(at, _)| *at <= now)?;
        self.due.remove(&(at, id));
        self.by_id.remove(&id);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_is_woken_once_and_at_the_last_moment_that_was_set() {
        let at = |second| Moment::after_start(Duration::from_secs(second));
        let mut timers = Timers::default();
        timers.set(1, Some(at(5)));
        timers.set(1, Some(at(3)));
        timers.set(2, Some(at(1)));
        timers.set(3, Some(at(2)));
        timers.set(3, None);
        assert_eq!(timers.next(), Some(at(1)));
        assert_eq!([timers.pop(at(4)), timers.pop(at(4)), timers.pop(at(9))], [Some(2), Some(1), None]);
        assert!(timers.by_id.is_empty() && timers.due.is_empty());
    }
}
