//! One incident while it is open, with what decides about its end.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::{Cause, Heard, Incident, Level};
use super::{Change, Notice};

/// An origin that comes and goes is well again after so many good answers in a row.
pub(super) const GOOD_ANSWERS: u8 = 2;

/// A fault that came to light.
pub(super) struct Found {
    pub(super) at: Timestamp,
    pub(super) line: String,
    pub(super) origin: Option<String>,
    pub(super) cause: Cause,
    /// How urgent it is at least.
    pub(super) level: Level,
    /// What happened, which is also why, at first.
    pub(super) text: String,
    pub(super) remedy: String,
    pub(super) heard: Heard,
    /// Whether it is an incident already, or only watched until it has lasted.
    pub(super) told: bool,
    /// Whether a certificate was refused.
    pub(super) refused: bool,
}

impl Found {
    /// A fault that is an incident at once; urgent as little as can be, and nothing to callers.
    pub(super) fn new(at: Timestamp, line: &str, cause: Cause, text: String, remedy: String) -> Self {
        Self {
            at,
            line: line.to_owned(),
            origin: None,
            cause,
            level: Level::Info,
            text,
            remedy,
            heard: Heard::Nothing,
            told: true,
            refused: false,
        }
    }

    pub(super) fn of(self, origin: Option<&str>) -> Self {
        Self { origin: origin.map(str::to_owned), ..self }
    }

    pub(super) fn at_least(self, level: Level) -> Self {
        Self { level: self.level.max(level), ..self }
    }
}

/// An incident that is open, or that may become one.
pub(super) struct Track {
    pub(super) incident: Incident,
    /// Whether it is an incident already.
    pub(super) told: bool,
    /// Whether calls were counted since it was last told.
    pub(super) counted: bool,
    good: u8,
}

impl Track {
    pub(super) fn new(found: Found, line: Option<String>, number: u64, zone: &TimeZone) -> Self {
        let at = found.at;
        let mut incident = Incident {
            id: format!("{}-{number}", at.to_zoned(TimeZone::UTC).strftime("%Y%m%d")),
            line,
            origin: found.origin,
            cause: found.cause,
            level: found.level,
            opened_at: at,
            updated_at: at,
            closed_at: None,
            zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            why: found.text.clone(),
            remedy: found.remedy,
            entries: Vec::new(),
            heard: found.heard,
            calls: 0,
            polite_calls: 0,
            acknowledged: None,
            refused: found.refused,
            files: BTreeSet::new(),
        };
        incident.add(at, found.text);
        Self { incident, told: found.told, counted: false, good: 0 }
    }

    /// An incident from before a restart.
    pub(super) fn known(incident: Incident) -> Self {
        Self { incident, told: true, counted: false, good: 0 }
    }

    /// The same cause shows itself again. Says what changed, if anything did.
    pub(super) fn join(&mut self, found: Found) -> Option<Change> {
        self.good = 0;
        let risen = self.incident.level < found.level;
        let graver = self.incident.callers_heard(found.heard) || risen;
        let news = self.incident.add_once(found.at, found.text.clone());
        if news && graver {
            // What is graver is what a person must know and do.
            (self.incident.why, self.incident.remedy) = (found.text, found.remedy);
        }
        self.incident.level = self.incident.level.max(found.level);
        self.incident.origin = found.origin.or(self.incident.origin.take());
        self.incident.refused |= found.refused;
        if found.told && !self.told {
            self.told = true;
            return Some(Change::Opened);
        }
        match self.told {
            true if risen => Some(Change::Risen),
            true if news || graver => Some(Change::Updated),
            _ => None,
        }
    }

    /// The cause did not show itself. Says whether that was often enough.
    pub(super) fn good(&mut self) -> bool {
        self.good = self.good.saturating_add(1);
        self.good >= GOOD_ANSWERS
    }

    pub(super) fn notice(&mut self, change: Change) -> Notice {
        self.counted = false;
        Notice { change, incident: Arc::new(self.incident.clone()) }
    }
}
