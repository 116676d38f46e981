//! The recordings of a line, newest first, as one immutable value.

pub mod chapters;
mod defect;
pub mod feed;
mod file_name;
mod manifest;
mod recording;
mod when;

use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};

pub use defect::{Defect, Gravity};
pub use file_name::{FileName, FileNameError};
pub use manifest::{Entry, Manifest, Reading};
pub use recording::{Chapter, Recording, RecordingId, Sound};
pub use when::{When, WhenError};

/// Everything a line offers, now and later. Every recording in it has its sound ready.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    church_name: String,
    zone: TimeZone,
    recordings: Vec<Recording>,
    revision: Revision,
    not_before: Timestamp,
}

impl Catalogue {
    /// Orders the recordings: dated ones newest first, then undated ones; ties keep their order.
    pub fn new(church_name: String, zone: TimeZone, mut recordings: Vec<Recording>) -> Self {
        recordings.sort_by_key(|recording| match recording.when.instant() {
            Some(instant) => (0, std::cmp::Reverse(instant)),
            None => (1, std::cmp::Reverse(Timestamp::MIN)),
        });
        let revision = Revision::of(&church_name, &zone, &recordings);
        Self { church_name, zone, recordings, revision, not_before: Timestamp::MIN }
    }

    /// The same, known to be right at a moment: a clock that has gone wrong and tells an earlier time does
    /// not hide again what could be heard by then.
    #[must_use]
    pub fn known_at(mut self, at: Timestamp) -> Self {
        self.not_before = at;
        self
    }

    /// The catalogue of a line whose list was not read yet.
    pub fn unread(zone: TimeZone) -> Self {
        Self::new(String::new(), zone, Vec::new())
    }

    /// Whether no list was read yet: a list that was read names its church.
    pub fn is_unread(&self) -> bool {
        self.church_name.is_empty()
    }

    /// The name that the line greets with.
    pub fn church_name(&self) -> &str {
        &self.church_name
    }

    /// The time zone in which the line speaks.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Names this content; two catalogues with the same revision say and play the same.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// What a caller may hear at an instant, newest first: all but what the list dates in the future.
    pub fn audible(&self, as_of: Timestamp) -> Audible<'_> {
        Audible { recordings: &self.recordings, as_of: as_of.max(self.not_before) }
    }

    /// When the next hidden recording becomes audible.
    pub fn next_audible(&self, as_of: Timestamp) -> Option<Timestamp> {
        self.recordings
            .iter()
            .filter_map(|recording| recording.when.hidden_until())
            .filter(|until| *until > as_of)
            .min()
    }

    /// A recording that may be heard at an instant.
    pub fn find(&self, id: RecordingId, as_of: Timestamp) -> Option<&Recording> {
        self.audible(as_of).iter().find(|recording| recording.id == id)
    }

    /// Every recording, future ones included, newest first.
    pub fn all(&self) -> &[Recording] {
        &self.recordings
    }
}

/// What a caller may hear at an instant, newest first.
#[derive(Debug, Clone, Copy)]
pub struct Audible<'a> {
    recordings: &'a [Recording],
    as_of: Timestamp,
}

impl<'a> Audible<'a> {
    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = &'a Recording> {
        let hidden = move |recording: &&Recording| {
            recording.when.hidden_until().is_some_and(|until| until > self.as_of)
        };
        self.recordings.iter().filter(move |recording| !hidden(recording))
    }

    /// The one at a place, from 0.
    pub fn get(self, place: usize) -> Option<&'a Recording> {
        self.iter().nth(place)
    }

    /// The newest.
    pub fn first(self) -> Option<&'a Recording> {
        self.get(0)
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.iter().count()
    }

    /// Whether there is nothing.
    pub fn is_empty(self) -> bool {
        self.first().is_none()
    }
}

/// The hash that names a catalogue's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Revision(pub u64);

impl Revision {
    fn of(church_name: &str, zone: &TimeZone, recordings: &[Recording]) -> Self {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(church_name.as_bytes());
        part(zone.iana_name().unwrap_or_default().as_bytes());
        for recording in recordings {
            part(&recording.id.0.to_be_bytes());
            part(recording.title.as_deref().unwrap_or_default().as_bytes());
            part(&recording.when.to_bytes());
            part(recording.sound.content.as_bytes());
            for chapter in &recording.sound.chapters {
                part(&chapter.start.0.to_be_bytes());
                part(chapter.name.as_deref().unwrap_or_default().as_bytes());
            }
        }
        Self(recording::first_eight(&hash.finalize()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::time::Millis;

    pub(crate) fn london() -> TimeZone {
        TimeZone::get("Europe/London").unwrap()
    }

    pub(crate) fn at(instant: &str) -> Timestamp {
        instant.parse().unwrap()
    }

    fn recording(file: &str, title: Option<&str>, when: When) -> Recording {
        let file = FileName::new(file).unwrap();
        let sound = Sound::plain(Millis::seconds(60), "content");
        Recording { id: RecordingId::of(&file), file, title: title.map(Into::into), when, sound }
    }

    fn titles(audible: Audible<'_>) -> Vec<&str> {
        audible.iter().map(|recording| recording.file.as_str()).collect()
    }

    #[test]
    fn newest_come_first_ties_keep_their_order_and_undated_ones_come_last() {
        let told = |instant| When::Told(at(instant));
        let catalogue = Catalogue::new(
            "St Anne's".into(),
            london(),
            vec![
                recording("u1", None, When::Unknown),
                recording("old", None, told("2022-01-01T10:00:00Z")),
                recording("tie1", None, told("2022-02-01T10:00:00Z")),
                recording("tie2", None, told("2022-02-01T10:00:00Z")),
                recording("u2", None, When::Unknown),
                recording("new", None, told("2022-03-01T10:00:00Z")),
            ],
        );
        let audible = catalogue.audible(at("2022-03-01T10:00:00Z"));
        assert_eq!(titles(audible), ["new", "tie1", "tie2", "old", "u1", "u2"]);
    }

    #[test]
    fn a_future_recording_appears_with_its_minute() {
        let minute = "2022-07-10T09:00:00Z";
        let catalogue =
            Catalogue::new("St Anne's".into(), london(), vec![recording("a", None, When::Told(at(minute)))]);
        assert_eq!(catalogue.audible(at("2022-07-10T08:59:59Z")).len(), 0);
        assert_eq!(catalogue.next_audible(at("2022-07-10T08:59:59Z")), Some(at(minute)));
        assert_eq!(catalogue.audible(at(minute)).len(), 1);
        assert_eq!(catalogue.next_audible(at(minute)), None);
    }

    #[test]
    fn a_clock_that_went_back_hides_nothing_that_could_be_heard_before() {
        let told = When::Told(at("2022-07-10T09:00:00Z"));
        let catalogue = Catalogue::new("St Anne's".into(), london(), vec![recording("a", None, told)]);
        let catalogue = catalogue.known_at(at("2022-07-11T00:00:00Z"));
        assert_eq!(catalogue.audible(at("2020-01-01T00:00:00Z")).len(), 1);
    }

    #[test]
    fn a_recording_dated_by_its_file_name_alone_is_not_hidden_for_it_has_no_minute() {
        let when = When::named(Some(jiff::civil::date(2022, 7, 10)), &london());
        let told = When::Told(at("2022-07-09T18:00:00Z"));
        let recordings = vec![recording("named", None, when), recording("told", None, told)];
        let catalogue = Catalogue::new("St Anne's".into(), london(), recordings);
        assert_eq!(titles(catalogue.audible(at("2022-07-09T12:00:00Z"))), ["named"]);
        assert_eq!(titles(catalogue.audible(at("2022-07-09T20:00:00Z"))), ["named", "told"]);
    }

    #[test]
    fn a_corrected_title_or_time_keeps_the_identity_and_changes_the_revision() {
        let before = recording("a.mp3", Some("Evensnog"), When::Unknown);
        let after = recording("a.mp3", Some("Evensong"), When::Told(at("2022-07-10T08:00:00Z")));
        assert_eq!(before.id, after.id);
        let revision = |recording| Catalogue::new("St Anne's".into(), london(), vec![recording]).revision();
        assert_ne!(revision(before), revision(after));
    }
}
