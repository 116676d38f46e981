//! The names of lines and origins that labels may have: as many as any configuration, and not more.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The most names; each more would be a series for ever.
const MAX_NAMES: usize = 500;
/// What all further ones are called.
const OTHER: &str = "other";

/// The names that were seen.
#[derive(Default)]
pub(super) struct Names(Mutex<BTreeSet<String>>);

impl Names {
    /// The name, if there is room for it.
    pub(super) fn known(&self, name: &str) -> String {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(name) {
            if known.len() >= MAX_NAMES {
                return OTHER.into();
            }
            known.insert(name.into());
        }
        name.into()
    }
}
