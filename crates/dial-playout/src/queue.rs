//! What one thread asks of another. Nobody waits: what has no room is told so, and what ends a call always has.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So much waits at most, besides the ends of calls, of which there are no more than calls.
const ROOM: usize = 65_536;

/// What waits for a thread that takes it all at once.
pub(crate) struct Queue<T> {
    waiting: Mutex<Vec<T>>,
    is_any: AtomicBool,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { waiting: Mutex::new(Vec::new()), is_any: AtomicBool::new(false) }
    }
}

impl<T> Queue<T> {
    /// Whether it had room.
    pub(crate) fn push(&self, what: T) -> bool {
        let mut waiting = self.lock();
        let has_room = waiting.len() < ROOM;
        if has_room {
            waiting.push(what);
            self.is_any.store(true, Ordering::Release);
        }
        has_room
    }

    /// What must not be lost.
    pub(crate) fn push_always(&self, what: T) {
        self.lock().push(what);
        self.is_any.store(true, Ordering::Release);
    }

    /// Takes all that waits into an empty list, which gives its room to what comes next.
    pub(crate) fn take(&self, into: &mut Vec<T>) {
        if self.is_any.swap(false, Ordering::Acquire) {
            std::mem::swap(&mut *self.lock(), into);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
