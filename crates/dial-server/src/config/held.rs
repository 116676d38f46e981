//! `[line.held]`: which lists wait for a person, and for how long.
//!
//! It must not judge a list; it only holds the numbers, and takes their defaults from who judges.

use dial_origin::judge::Limits;
use dial_origin::keeper::Settings;
use jiff::SignedDuration;
use serde::Serialize;

use super::section::Section;

/// Which lists wait for a person, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Held {
    /// More of the recordings than this may not go at once, in per cent.
    shrink_percent: u32,
    /// Fewer than this may always go.
    shrink_at_least: u32,
    /// A list on which all origins agree for so long is taken without a person; 0 for never.
    accept_after_h: u32,
}

impl Default for Held {
    fn default() -> Self {
        let Settings { limits, accept_after, .. } = Settings::default();
        Self {
            shrink_percent: limits.shrink_percent as u32,
            shrink_at_least: limits.shrink_at_least as u32,
            accept_after_h: accept_after.map_or(0, |after| after.as_hours() as u32),
        }
    }
}

impl Held {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let mut held = Self::default();
        section.number("shrink_percent", 1..=100, &mut held.shrink_percent);
        section.number("shrink_at_least", 1..=1_000, &mut held.shrink_at_least);
        section.number_or_never("accept_after_h", 1..=720, &mut held.accept_after_h);
        section.finish();
        held
    }

    /// How far a list may shrink.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            shrink_percent: self.shrink_percent as usize,
            shrink_at_least: self.shrink_at_least as usize,
        }
    }

    /// When a held list is taken without a person.
    pub(super) fn accept_after(&self) -> Option<SignedDuration> {
        (self.accept_after_h > 0).then(|| SignedDuration::from_hours(self.accept_after_h.into()))
    }
}
