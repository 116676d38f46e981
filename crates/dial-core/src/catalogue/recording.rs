//! One service that can be listened to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{FileName, When};
use crate::time::Millis;

/// One service that can be listened to.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Stays the same when title or time are corrected.
    pub id: RecordingId,
    /// The file that it came from.
    pub file: FileName,
    /// What the list calls it.
    pub title: Option<String>,
    /// When it was made.
    pub when: When,
    /// Its prepared sound.
    pub sound: Sound,
}

/// A recording's identity: a hash of its file name. Sixteen hexadecimal digits as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordingId(pub u64);

impl RecordingId {
    /// The identity of the recording in a file.
    pub fn of(file: &FileName) -> Self {
        Self(first_eight(&Sha256::digest(file.as_str())))
    }
}

impl fmt::Display for RecordingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for RecordingId {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a recording's identity is sixteen hexadecimal digits";
        let shape = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !shape {
            return Err(WRONG);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| WRONG)
    }
}

impl TryFrom<String> for RecordingId {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RecordingId> for String {
    fn from(id: RecordingId) -> Self {
        id.to_string()
    }
}

/// What the call flow must know of a recording's prepared sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// Names the prepared bytes.
    pub content: String,
    /// How long it is.
    pub length: Millis,
    /// Where it starts anew, ascending; the first may be at zero.
    pub chapters: Vec<Chapter>,
    /// The middles of its silences, ascending: good places to part it.
    pub silences: Vec<Millis>,
}

/// A part of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// Where it starts.
    pub start: Millis,
    /// What it is called, if that is known.
    pub name: Option<String>,
}

/// A chapter's start is left behind for good after so long; earlier, "previous" goes one further back.
const CHAPTER_GRACE: Millis = Millis::seconds(3);

impl Sound {
    /// A sound of a length, with nothing else known of it.
    pub fn plain(length: Millis, content: &str) -> Self {
        Self { content: content.into(), length, chapters: Vec::new(), silences: Vec::new() }
    }

    /// The silence nearest to a place and no further from it than `within`; else the place itself.
    pub fn part_near(&self, place: Millis, within: Millis) -> Millis {
        let after = self.silences.partition_point(|silence| *silence < place);
        let near =
            [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|at| self.silences.get(at));
        let distance = |silence: &Millis| silence.0.abs_diff(place.0);
        let nearest = near.copied().min_by_key(distance);
        nearest.filter(|silence| distance(silence) <= within.0).unwrap_or(place)
    }

    /// The next chapter's start after a place.
    pub fn next_chapter(&self, place: Millis) -> Option<Millis> {
        self.chapters.iter().map(|chapter| chapter.start).find(|start| *start > place)
    }

    /// The start of this chapter; of the one before when this one has only begun.
    pub fn previous_chapter(&self, place: Millis) -> Option<Millis> {
        let left = place - CHAPTER_GRACE;
        self.chapters.iter().map(|chapter| chapter.start).rfind(|start| *start < left || start.0 == 0)
    }
}

pub(super) fn first_eight(hash: &[u8]) -> u64 {
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_parted_in_the_nearest_silence() {
        let mut sound = Sound::plain(Millis::seconds(100), "");
        sound.silences = [10, 40, 45].map(Millis::seconds).to_vec();
        let part = |place| sound.part_near(Millis::seconds(place), Millis::seconds(6)).as_seconds();
        assert_eq!([part(4), part(16), part(17), part(42), part(44), part(60)], [10, 10, 17, 40, 45, 60]);
    }

    #[test]
    fn previous_chapter_goes_to_the_start_of_this_one_first() {
        let mut sound = Sound::plain(Millis::seconds(100), "");
        sound.chapters =
            [0, 30, 60].map(|start| Chapter { start: Millis::seconds(start), name: None }).to_vec();
        let previous = |place| sound.previous_chapter(Millis::seconds(place)).map(Millis::as_seconds);
        assert_eq!(
            [previous(70), previous(62), previous(31), previous(1)],
            [Some(60), Some(30), Some(0), Some(0)]
        );
        assert_eq!(sound.next_chapter(Millis::seconds(30)), Some(Millis::seconds(60)));
        assert_eq!(sound.next_chapter(Millis::seconds(60)), None);
    }
}
