//! What callers hear while something is wrong, and the faults that only calls bring to light.

use jiff::Timestamp;

use super::super::{Cause, Heard, Level, words};
use super::track::GOOD_ANSWERS;
use super::{Found, Notice, Timeline};

/// What is behind it when a caller hears that the line has some trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No list was read yet: whether there is anything to play, the first look at the origins will tell.
    Unread,
    /// A fault, although there is something to play.
    Fault,
}

impl Timeline {
    /// So many calls were answered, and went well. They are counted in every incident that is open for
    /// their line; the counts are told with the next change, or at the next tick.
    pub(crate) fn calls_answered(&mut self, line: &str, calls: u64, at: Timestamp) -> Vec<Notice> {
        for track in self.open.values_mut().filter(|track| track.incident.concerns(line)) {
            track.incident.calls += calls;
            track.counted = true;
        }
        let (key, mut notices) = ((Some(line.to_owned()), Cause::Polite), Vec::new());
        for _ in 0..calls.min(GOOD_ANSWERS.into()) {
            self.good(&key, at, words::HEARD_AGAIN, &mut notices);
        }
        notices
    }

    /// A caller heard that the line has some trouble. That is an incident where nothing explains it.
    pub(crate) fn trouble_heard(&mut self, line: &str, trouble: Trouble, at: Timestamp) -> Vec<Notice> {
        let mut notices = Vec::new();
        let key = (Some(line.to_owned()), Cause::Polite);
        let empty = self.open.contains_key(&(Some(line.to_owned()), Cause::Empty));
        if trouble == Trouble::Fault && !empty && !self.open.contains_key(&key) {
            let (text, remedy) = (words::POLITE.to_owned(), words::REMEDY_POLITE.to_owned());
            let found = Found::new(at, line, Cause::Polite, text, remedy).at_least(Level::Critical);
            self.found(Found { heard: Heard::Trouble, ..found }, &mut notices);
        }
        for track in self.open.values_mut().filter(|track| track.incident.concerns(line)) {
            track.incident.calls += 1;
            track.incident.polite_calls += 1;
            track.incident.callers_heard(Heard::Trouble);
            track.counted = true;
        }
        if let Some(notice) = notices.last_mut()
            && let Some(track) = self.open.get_mut(&key)
        {
            *notice = track.notice(notice.change);
        }
        notices
    }

    /// Requests that come from the provider are refused, for their signatures do not fit.
    pub(crate) fn signatures_wrong(&mut self, line: &str, at: Timestamp) -> Vec<Notice> {
        let mut notices = Vec::new();
        let (text, remedy) = (words::SIGNATURE.to_owned(), words::REMEDY_SIGNATURE.to_owned());
        let found = Found::new(at, line, Cause::Signature, text, remedy).at_least(Level::Critical);
        self.found(Found { heard: Heard::Provider, ..found }, &mut notices);
        notices
    }

    /// A signature of the provider fits.
    pub(crate) fn signatures_right(&mut self, line: &str, at: Timestamp) -> Vec<Notice> {
        let mut notices = Vec::new();
        let key = (Some(line.to_owned()), Cause::Signature);
        self.healed(&key, at, words::SIGNATURE_RIGHT, &mut notices);
        notices
    }
}
