//! What callers hear while something is wrong, and the faults that only calls bring to light.

use jiff::Timestamp;

use super::super::{Cause, Heard, Level, words};
use super::{Found, Notice, Timeline};

impl Timeline {
    /// A call was answered. It is counted in every incident that is open for its line; the counts are
    /// told with the next change, or at the next tick.
    pub(crate) fn call_answered(
        &mut self,
        line: &str,
        heard_polite_message: bool,
        at: Timestamp,
    ) -> Vec<Notice> {
        let mut notices = Vec::new();
        let key = (Some(line.to_owned()), Cause::Polite);
        let empty = self.open.contains_key(&(Some(line.to_owned()), Cause::Empty));
        if heard_polite_message && !empty && !self.open.contains_key(&key) {
            let (text, remedy) = (words::POLITE.to_owned(), words::REMEDY_POLITE.to_owned());
            let found = Found::new(at, line, Cause::Polite, text, remedy).at_least(Level::Critical);
            self.found(Found { heard: Heard::Trouble, ..found }, &mut notices);
        }
        for track in self.open.values_mut().filter(|track| track.incident.concerns(line)) {
            track.incident.calls += 1;
            track.counted = true;
            if heard_polite_message {
                track.incident.polite_calls += 1;
                track.incident.callers_heard(Heard::Trouble);
            }
        }
        if let Some(notice) = notices.last_mut()
            && let Some(track) = self.open.get_mut(&key)
        {
            *notice = track.notice(notice.change);
        }
        if !heard_polite_message {
            self.good(&key, at, words::HEARD_AGAIN, &mut notices);
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
