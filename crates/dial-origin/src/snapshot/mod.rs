//! A complete checked copy of a line's list and sound: immutable, on our disk, and what calls are played from.

pub(crate) mod record;
mod shelf;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use dial_core::catalogue::{self, Catalogue, Chapter, FileName, Recording, RecordingId};
use dial_core::time::Millis;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::chapters::{self, By, Corrections};
use crate::disk::RealDisk;
use crate::sound::{Sound, SoundStore};
use record::Record;
pub(crate) use shelf::KEPT;
pub use shelf::{Shelf, Summary};

/// A snapshot, ready to be played from.
#[derive(Debug)]
pub struct Snapshot {
    /// What it offers.
    pub catalogue: Catalogue,
    /// Its sounds, by content.
    pub sounds: Vec<(String, Arc<Sound>)>,
    pub(crate) record: Record,
}

impl Snapshot {
    /// From what the disk holds, with the chapters that a person corrected; recordings whose sound is not there are left out and named.
    pub(crate) fn open(
        mut kept: Record,
        zone: &TimeZone,
        store: &SoundStore,
        corrections: &Corrections,
    ) -> (Self, Vec<String>) {
        let (mut recordings, mut sounds, mut damaged) = (Vec::new(), Vec::new(), Vec::new());
        kept.recordings.retain(|row| {
            let whole = row.file_name().and_then(|file| {
                let sound = store.ready(&row.content).filter(|sound| sound.blake3() == row.blake3)?;
                Some((file, sound))
            });
            let Some((file, sound)) = whole else {
                damaged.push(row.file.clone());
                return false;
            };
            recordings.push(Recording {
                id: RecordingId::of(&file),
                file,
                title: row.title.clone(),
                when: row.when.into(),
                sound: offered(&sound, chapters::of(row, &sound, corrections).1),
            });
            sounds.push((row.content.clone(), sound));
            true
        });
        kept.missing.extend(damaged.iter().cloned());
        let catalogue = Catalogue::new(kept.church_name.clone(), zone.clone(), recordings);
        (Self { catalogue, sounds, record: kept }, damaged)
    }

    /// Counts up with each snapshot of the line.
    pub fn number(&self) -> u64 {
        self.record.number
    }

    /// When it was taken.
    pub fn taken_at(&self) -> Timestamp {
        self.record.taken_at
    }

    /// The origin of its list.
    pub fn origin(&self) -> &str {
        &self.record.origin
    }

    /// What is listed and not offered, by its file.
    pub fn missing(&self) -> &[String] {
        &self.record.missing
    }

    /// The snapshot that the folder of a line offers now; for who only looks at it.
    pub fn now(dir: &Path, zone: &TimeZone, store: &SoundStore) -> Option<Self> {
        let (record, _) = Shelf::new(dir, Arc::new(RealDisk)).load();
        Some(Self::open(record?, zone, store, &Corrections::read(dir)).0)
    }

    /// Whose the chapters of a file are, and how many bytes the file has; none if it is not offered.
    pub fn told(&self, file: &FileName, corrections: &Corrections) -> Option<(By, u64)> {
        let row = self.record.recordings.iter().find(|row| row.file == file.as_str())?;
        let (_, sound) = self.sounds.iter().find(|(content, _)| *content == row.content)?;
        Some((chapters::of(row, sound, corrections).0, row.source.len))
    }

    /// All that its list names, offered or not.
    pub(crate) fn listed(&self) -> HashSet<RecordingId> {
        let offered = self.record.recordings.iter().map(|row| row.file.as_str());
        let all = offered.chain(self.record.missing.iter().map(String::as_str));
        all.filter_map(|file| FileName::new(file).ok()).map(|file| RecordingId::of(&file)).collect()
    }
}

/// A sound as the catalogue tells of it.
fn offered(sound: &Sound, chapters: Vec<Chapter>) -> catalogue::Sound {
    let silences = sound.silences().iter().map(|(start, end)| Millis(start + (end - start) / 2)).collect();
    catalogue::Sound { content: sound.content().into(), length: Millis(sound.len_ms()), chapters, silences }
}
