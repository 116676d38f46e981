//! The calls of this node, for their records: where each was when its last turn was sent.
//!
//! A call goes on without it: everything that the next turn needs is in the token.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use dial_core::call::CallId;
use dial_core::session::{Left, Stage};
use dial_core::token::Token;
use jiff::Timestamp;

use crate::store::CallerKey;

/// So many calls are tracked; the oldest go first.
const TRACKED: usize = 20_000;

/// Where a call was when its last turn was sent.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    pub(super) line: String,
    pub(super) caller: Option<CallerKey>,
    pub(super) token: Token,
    /// What is to be remembered of the caller's place, where a media stream told it.
    pub(super) left: Option<Left>,
    /// When the turn is over if no key comes.
    pub(super) until: Timestamp,
    /// How often the provider asked for the fallback.
    pub(super) fallbacks: u8,
    /// Whether the call's record was written.
    pub(super) recorded: bool,
}

impl Progress {
    fn goes_on(&self, now: Timestamp) -> bool {
        !self.recorded && self.token.state.stage != Stage::Over && self.until > now
    }
}

/// The calls of this node.
#[derive(Default)]
pub(super) struct Tracker(Mutex<Tracked>);

#[derive(Default)]
struct Tracked {
    calls: HashMap<CallId, Progress>,
    order: VecDeque<CallId>,
}

impl Tracker {
    /// Replaces what is known of a call.
    pub(super) fn note(&self, call: &CallId, mut progress: Progress) {
        let mut tracked = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(before) = tracked.calls.get(call) {
            progress.fallbacks = progress.fallbacks.max(before.fallbacks);
            progress.recorded |= before.recorded;
        } else {
            if tracked.order.len() >= TRACKED
                && let Some(oldest) = tracked.order.pop_front()
            {
                tracked.calls.remove(&oldest);
            }
            tracked.order.push_back(call.clone());
        }
        tracked.calls.insert(call.clone(), progress);
    }

    /// What is known of a call.
    pub(super) fn progress(&self, call: &CallId) -> Option<Progress> {
        let tracked = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        tracked.calls.get(call).cloned()
    }

    /// Counts a fallback of a call.
    pub(super) fn count_fallback(&self, call: &CallId) -> u8 {
        let mut tracked = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some(progress) = tracked.calls.get_mut(call) else { return 1 };
        progress.fallbacks = progress.fallbacks.saturating_add(1);
        progress.fallbacks
    }

    /// How often the provider asked for the fallback of a call.
    pub(super) fn fallbacks(&self, call: &CallId) -> u8 {
        let tracked = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        tracked.calls.get(call).map_or(0, |progress| progress.fallbacks)
    }

    /// What is known of a call that is over; once.
    pub(super) fn close(&self, call: &CallId) -> Closed {
        let mut tracked = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match tracked.calls.get_mut(call) {
            None => Closed::Unknown,
            Some(progress) if progress.recorded => Closed::Already,
            Some(progress) => {
                progress.recorded = true;
                Closed::Now(Box::new(progress.clone()))
            }
        }
    }

    /// How many calls are going on.
    pub(super) fn going_on(&self, now: Timestamp) -> usize {
        let tracked = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        tracked.calls.values().filter(|progress| progress.goes_on(now)).count()
    }
}

/// What is known of a call that is over.
pub(super) enum Closed {
    /// This is its first end.
    Now(Box<Progress>),
    /// Its end was told before.
    Already,
    /// It was not tracked here.
    Unknown,
}
