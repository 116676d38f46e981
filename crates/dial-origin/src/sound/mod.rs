//! Prepared sound on the disk: immutable, named by the hash of its source, whole or not there.
//!
//! `sound/ab/abcdef….v1.ulaw` holds mu-law bytes, `….v1.json` what is known of them. A file that is
//! changed is prepared anew under its new name; nothing is ever overwritten.

mod seen;
mod source;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use dial_audio::prepare::{self, PrepareError, Prepared};
use serde::{Deserialize, Serialize};

pub use dial_audio::prepare::Progress;
use seen::Seen;
pub(crate) use source::MAX_FILE;

/// Changes when the way of preparing changes: then everything is prepared anew.
const VERSION: &str = "v1";
/// Bytes of telephone sound in a millisecond.
const BYTES_PER_MS: u64 = 8;
/// An index of a day's recording is smaller than this.
const MAX_INDEX: u64 = 4 * 1024 * 1024;

/// What is known of a prepared recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    samples: u64,
    /// In milliseconds, ascending.
    silences: Vec<(u32, u32)>,
    warnings: Vec<String>,
}

impl Index {
    fn of(prepared: &Prepared) -> Self {
        let ms = |ms: u64| u32::try_from(ms).unwrap_or(u32::MAX);
        let silences = prepared.silences.iter().map(|silence| (ms(silence.start_ms), ms(silence.end_ms)));
        let warnings = prepared.warnings.iter().map(ToString::to_string);
        Self { samples: prepared.samples, silences: silences.collect(), warnings: warnings.collect() }
    }
}

/// A prepared recording: mapped into memory, never copied.
#[derive(Debug)]
pub struct Sound {
    content: String,
    bytes: Bytes,
    index: Index,
}

impl Sound {
    /// A sound that is not on a disk, for tests of what plays it.
    pub fn in_memory(content: &str, bytes: Bytes) -> Self {
        let index = Index { samples: bytes.len() as u64, silences: Vec::new(), warnings: Vec::new() };
        Self { content: content.into(), bytes, index }
    }

    /// Its name: half of the SHA-256 of its source and of the way of preparing, in hexadecimal.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// All of it: mu-law, 8,000 bytes a second.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Its length in milliseconds, rounded down.
    pub fn len_ms(&self) -> u32 {
        u32::try_from(self.bytes.len() as u64 / BYTES_PER_MS).unwrap_or(u32::MAX)
    }

    /// The part between two places in milliseconds, as far as there is one; it shares the memory.
    pub fn part(&self, from_ms: u32, to_ms: u32) -> Bytes {
        let place = |ms: u32| (u64::from(ms) * BYTES_PER_MS).min(self.bytes.len() as u64) as usize;
        let (from, to) = (place(from_ms), place(to_ms));
        if from < to { self.bytes.slice(from..to) } else { Bytes::new() }
    }

    /// Its silences in milliseconds, ascending.
    pub fn silences(&self) -> &[(u32, u32)] {
        &self.index.silences
    }

    /// What is wrong with it, in words.
    pub fn warnings(&self) -> &[String] {
        &self.index.warnings
    }
}

/// Why a file is not ready to be played.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[source] io::Error),
    /// It is larger than any recording should be.
    #[error("it is larger than {} MB", MAX_FILE / 1_000_000)]
    TooLarge,
    /// It changed while it was read.
    #[error("it is still being written")]
    Changing,
    /// It cannot be prepared.
    #[error(transparent)]
    Prepare(PrepareError),
    /// Our own disk fails.
    #[error("the prepared sound cannot be stored: {0}")]
    Store(#[source] io::Error),
}

/// The prepared sounds of a data folder.
pub struct SoundStore {
    dir: PathBuf,
    open: Mutex<HashMap<String, Weak<Sound>>>,
    seen: Mutex<Seen>,
    /// How many drafts were begun: two at work on the same content do not write into one.
    drafts: AtomicU64,
}

impl SoundStore {
    /// Opens the folder; what an interrupted run left half done is swept away.
    pub fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        for entry in fs::read_dir(dir)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(DRAFT) && is_stale(&entry) {
                let _ = fs::remove_file(entry.path());
            }
        }
        let seen = Seen::open(&dir.join("seen.json"));
        Ok(Self {
            dir: dir.into(),
            open: Mutex::default(),
            seen: Mutex::new(seen),
            drafts: AtomicU64::new(0),
        })
    }

    /// The prepared sound of a file; prepares it first if need be.
    pub fn prepare_file(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Arc<Sound>, SoundError> {
        let before = source::Stamp::of(path).map_err(SoundError::Read)?;
        if before.len > MAX_FILE {
            return Err(SoundError::TooLarge);
        }
        let lock = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().find(path, &before);
        let content = match known {
            Some(content) => content,
            None => source::content(path, VERSION).map_err(SoundError::Read)?,
        };
        let sound = match self.ready(&content) {
            Some(sound) => sound,
            None => self.prepare(path, &content, &before, progress)?,
        };
        lock().note(path, before, &content);
        Ok(sound)
    }

    /// A sound that was prepared before.
    pub fn ready(&self, content: &str) -> Option<Arc<Sound>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sound) = open.get(content).and_then(Weak::upgrade) {
            return Some(sound);
        }
        let sound = Arc::new(self.map(content)?);
        open.retain(|_, sound| sound.strong_count() > 0);
        open.insert(content.to_owned(), Arc::downgrade(&sound));
        Some(sound)
    }

    fn place(&self, content: &str, ending: &str) -> PathBuf {
        let shelf = content.get(..2).unwrap_or("__");
        self.dir.join(shelf).join(format!("{content}.{VERSION}.{ending}"))
    }

    /// A pair that does not fit together counts as not there, and is made anew.
    fn map(&self, content: &str) -> Option<Sound> {
        let index_path = self.place(content, "json");
        if fs::metadata(&index_path).ok()?.len() > MAX_INDEX {
            return None;
        }
        let index: Index = serde_json::from_slice(&fs::read(index_path).ok()?).ok()?;
        let file = File::open(self.place(content, "ulaw")).ok()?;
        if file.metadata().ok()?.len() != index.samples || index.samples == 0 {
            return None;
        }
        // SAFETY: the file is ours, and is never written to again once it has its name, so the mapped
        // bytes do not change; they live as long as the map, which the `Bytes` owns.
        #[allow(unsafe_code)]
        let map = unsafe { memmap2::Mmap::map(&file) }.ok()?;
        Some(Sound { content: content.into(), bytes: Bytes::from_owner(map), index })
    }

    fn prepare(
        &self,
        path: &Path,
        content: &str,
        before: &source::Stamp,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Arc<Sound>, SoundError> {
        let source = File::open(path).map_err(SoundError::Read)?;
        let extension = path.extension().and_then(|extension| extension.to_str());
        let number = self.drafts.fetch_add(1, Ordering::Relaxed);
        let draft = Draft(self.dir.join(format!("{DRAFT}{}-{number}-{content}", std::process::id())));
        let mut sink = BufWriter::new(File::create(&draft.0).map_err(SoundError::Store)?);
        let prepared = prepare::prepare(Box::new(source), extension, &mut sink, progress).map_err(
            |error| match error {
                PrepareError::Write(error) => SoundError::Store(error),
                error => SoundError::Prepare(error),
            },
        )?;
        if source::Stamp::of(path).map_err(SoundError::Read)? != *before {
            return Err(SoundError::Changing);
        }
        let index = Index::of(&prepared);
        self.put(sink, &draft, content, &index).map_err(SoundError::Store)?;
        let lost = || SoundError::Store(io::Error::other("it was removed at once"));
        self.ready(content).ok_or_else(lost)
    }

    /// Sound first, index last: a pair is complete when its index is there.
    fn put(&self, sink: BufWriter<File>, draft: &Draft, content: &str, index: &Index) -> io::Result<()> {
        sink.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        let (sound, index_path) = (self.place(content, "ulaw"), self.place(content, "json"));
        let shelf = sound.parent().expect("a place lies on a shelf");
        fs::create_dir_all(shelf)?;
        fs::rename(&draft.0, &sound)?;
        let mut file = atomic_write_file::AtomicWriteFile::open(&index_path)?;
        file.write_all(&serde_json::to_vec(index)?)?;
        file.commit()?;
        File::open(shelf)?.sync_all()
    }
}

const DRAFT: &str = ".draft-";

/// A draft that nobody has touched for an hour belongs to a run that is no more.
fn is_stale(entry: &fs::DirEntry) -> bool {
    let modified = entry.metadata().and_then(|meta| meta.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age.as_secs() > 3600))
}

/// Work in progress; removed unless it got its name.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
