//! Where the chapters of a recording come from: a person's correction, else what an origin tells, else our ear.
//!
//! Corrections lie beside the snapshots of a line, in `lines/<line>/chapters.json`, by the recording's file, and in
//! the file's own time: they stay when sound is prepared anew. For a file that was replaced they do not hold.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use dial_core::catalogue::Chapter;
use dial_core::catalogue::chapters::chapter;
use dial_core::time::Millis;
use serde::{Deserialize, Serialize};

use crate::disk::{self, RealDisk};
use crate::snapshot::record::{Beside, RecordingRecord};
use crate::sound::Sound;

const FILE: &str = "chapters.json";
/// A larger file is damage.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Whose chapters they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A person corrected them.
    Person,
    /// The origin tells them.
    Origin,
    /// They were found in the sound.
    Ear,
}

/// A chapter as it is written: where it starts in milliseconds, and what it is called.
pub(crate) type Row = (u32, Option<String>);

/// Chapters as they are written.
pub(crate) fn rows(chapters: &[Chapter]) -> Vec<Row> {
    chapters.iter().map(|chapter| (chapter.start.0, chapter.name.clone())).collect()
}

fn read(rows: &[Row]) -> impl Iterator<Item = Chapter> {
    rows.iter().map(|(start, name)| chapter(Millis(*start), name.as_deref().unwrap_or_default()))
}

/// What a person corrected for one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Correction {
    /// Bytes of the file that they were written for.
    len: u64,
    chapters: Vec<Row>,
}

/// What a person corrected, by file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Corrections(BTreeMap<String, Correction>);

impl Corrections {
    /// Those of a line whose state lies in a folder; none if there is no such file, or it is damaged.
    pub fn read(dir: &Path) -> Self {
        let bytes = disk::read(&dir.join(FILE), MAX_BYTES).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Keeps them.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        disk::replace(&RealDisk, &dir.join(FILE), &serde_json::to_vec_pretty(self)?)
    }

    /// Corrects the chapters of a file of so many bytes, in its own time.
    pub fn set(&mut self, file: &str, len: u64, chapters: &[Chapter]) {
        self.0.insert(file.into(), Correction { len, chapters: rows(chapters) });
    }

    /// Takes a correction back. Says whether there was one.
    pub fn forget(&mut self, file: &str) -> bool {
        self.0.remove(file).is_some()
    }

    fn of(&self, file: &str, len: u64) -> Option<&[Row]> {
        self.0.get(file).filter(|correction| correction.len == len).map(|correction| &*correction.chapters)
    }
}

/// The chapters of a recording in the time of its prepared sound, and whose they are.
pub(crate) fn of(row: &RecordingRecord, sound: &Sound, corrections: &Corrections) -> (By, Vec<Chapter>) {
    let told = |rows: &[Row]| {
        let here = |chapter: Chapter| Chapter { start: chapter.start - Millis(sound.before_ms()), ..chapter };
        read(rows).map(here).filter(|chapter| chapter.start.0 < sound.len_ms()).collect()
    };
    if let Some(rows) = corrections.of(&row.file, row.source.len) {
        return (By::Person, told(rows));
    }
    match (&row.chapters, &row.beside) {
        (rows, _) if !rows.is_empty() => (By::Origin, told(rows)),
        (_, Some(Beside::Chapters(rows))) if !rows.is_empty() => (By::Origin, told(rows)),
        _ => (By::Ear, read(sound.chapters()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_stay_on_the_disk_and_damage_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let mut corrections = Corrections::read(dir.path());
        corrections.set("a.mp3", 100, &[chapter(Millis(0), "Welcome"), chapter(Millis(9_000), "")]);
        corrections.write(dir.path()).unwrap();
        let mut again = Corrections::read(dir.path());
        assert_eq!(again, corrections);
        assert_eq!(again.of("a.mp3", 100).map(<[Row]>::len), Some(2));
        assert_eq!(again.of("a.mp3", 101), None, "the file was replaced");
        assert!(again.forget("a.mp3") && !again.forget("a.mp3"));
        std::fs::write(dir.path().join(FILE), "{").unwrap();
        assert_eq!(Corrections::read(dir.path()), Corrections::default());
    }
}
