//! One incident: what is known of it, and what is told.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Cause, Level};

/// So many entries are kept; beyond it the ones in the middle are given up.
const MAX_ENTRIES: usize = 60;
/// The first ones tell how it began, and are always kept.
const FIRST_ENTRIES: usize = 20;

/// Something that went wrong, from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Incident {
    /// Its name, of digits and one dash: it never changes, and is part of addresses.
    pub(crate) id: String,
    /// The line; none if it concerns the machine, and so every line.
    pub(crate) line: Option<String>,
    /// The origin that it concerns, if it is one.
    pub(crate) origin: Option<String>,
    /// The root cause.
    pub(crate) cause: Cause,
    /// How urgent it is; it only grows.
    pub(crate) level: Level,
    /// When it began.
    pub(crate) opened_at: Timestamp,
    /// When something was last learnt of it.
    pub(crate) updated_at: Timestamp,
    /// When it was over.
    pub(crate) closed_at: Option<Timestamp>,
    /// The zone of its sentences, by its IANA name.
    pub(crate) zone: String,
    /// The cause in one sentence.
    pub(crate) why: String,
    /// What to do, in one sentence.
    pub(crate) remedy: String,
    /// What happened, in order.
    pub(crate) entries: Vec<Entry>,
    /// What callers heard meanwhile.
    pub(crate) heard: Heard,
    /// How many calls were answered while it was open.
    pub(crate) calls: u64,
    /// How many of them heard that the line has some trouble.
    pub(crate) polite_calls: u64,
    /// Who sees to it.
    pub(crate) acknowledged: Option<Acknowledged>,
    /// Whether a certificate was refused, rather than remarked upon: then a good answer heals it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) refused: bool,
    /// The files that are left out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) files: BTreeSet<String>,
}

/// Something that happened in an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// When.
    pub(crate) at: Timestamp,
    /// What, in one or two sentences.
    pub(crate) text: String,
}

/// What callers heard while an incident was open. The gravest is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Heard {
    /// What they always hear.
    Nothing,
    /// The recordings that the line already had.
    Copy {
        /// When an origin last confirmed them; none if that is not known.
        of: Option<Timestamp>,
    },
    /// All recordings but the ones that could not be had.
    Fewer,
    /// That the line has some trouble.
    Trouble,
    /// Their telephone company's own message, perhaps.
    Provider,
}

/// Who sees to an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Acknowledged {
    /// A name or role; never a number.
    pub(crate) by: String,
    /// When.
    pub(crate) at: Timestamp,
}

impl Incident {
    /// Whether it goes on.
    pub(crate) fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    /// Whether it concerns a line: its own, or one of a machine that is in trouble.
    pub(crate) fn concerns(&self, line: &str) -> bool {
        self.line.as_deref().is_none_or(|own| own == line)
    }

    /// The zone of its times; UTC where its name is not known any more.
    pub(crate) fn zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// Adds what happened. Says whether it was news: what the last entry says already is none.
    pub(super) fn add(&mut self, at: Timestamp, text: String) -> bool {
        if self.entries.last().is_some_and(|entry| entry.text == text) {
            return false;
        }
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.remove(FIRST_ENTRIES);
        }
        self.entries.push(Entry { at, text });
        self.updated_at = self.updated_at.max(at);
        true
    }

    /// Adds what is told at every cycle, but only the first time.
    pub(super) fn add_once(&mut self, at: Timestamp, text: String) -> bool {
        !self.entries.iter().any(|entry| entry.text == text) && self.add(at, text)
    }

    /// Callers heard this, or worse.
    pub(super) fn callers_heard(&mut self, heard: Heard) -> bool {
        let graver = self.heard < heard;
        self.heard = self.heard.max(heard);
        graver
    }
}
