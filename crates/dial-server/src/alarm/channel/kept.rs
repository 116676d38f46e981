//! A client that is costly to make: kept while it works, made anew after it failed.
//!
//! Certificates of the machine are read when a client is made, and may have been mended meanwhile.

use std::sync::{Mutex, PoisonError};

/// A client, or none yet.
pub(super) struct Kept<T>(Mutex<Option<T>>);

impl<T: Clone> Kept<T> {
    pub(super) fn none() -> Self {
        Self(Mutex::new(None))
    }

    /// The client; made if there is none.
    pub(super) fn or_make<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(client) => Ok(client.clone()),
            None => make().map(|client| kept.insert(client).clone()),
        }
    }

    /// Lets go of it.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
