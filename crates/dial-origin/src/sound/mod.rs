//! Prepared sound on the disk: immutable, named by the hash of its source, whole or not there.
//!
//! `sound/ab/abcdef….v4.ulaw` holds mu-law bytes, `….v4.json` what is known of them, their own hash
//! among it, `….v4.peaks` what a waveform is drawn from. A file that is changed is prepared anew under its new name; nothing is ever overwritten.

mod ffmpeg;
mod index;
pub(crate) mod several;
pub(crate) mod source;
mod watch;
mod workshop;

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};

use bytes::Bytes;
use dial_audio::prepare::PrepareError;

pub use dial_audio::prepare::Progress;

use crate::chapters::Row;
use crate::disk::{self, Disk, Draft, RealDisk, draft_in};
use index::Index;
pub(crate) use source::MAX_FILE;
pub use workshop::{Preparer, Workshop};

/// Changes when the way of preparing changes: then everything is prepared anew.
const VERSION: &str = "v4";
/// Bytes of telephone sound in a millisecond.
const BYTES_PER_MS: u64 = 8;
/// An index of a day's recording is smaller than this.
const MAX_INDEX: u64 = 4 * 1024 * 1024;
/// So are its peaks, of which there are ten in a second.
const MAX_PEAKS: u64 = 1024 * 1024;
/// Bytes are gathered before they are written.
const BLOCK: usize = 256 * 1024;

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
        let samples = bytes.len() as u64;
        let index = Index { samples, blake3: blake3::hash(&bytes).to_hex().to_string(), ..Index::default() };
        Self { content: content.into(), bytes, index }
    }

    /// Its name: half of the BLAKE3 of its source and of the way of preparing, in hexadecimal.
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

    /// Where its chapters begin in milliseconds, ascending, and what they are called: as they were heard.
    pub(crate) fn chapters(&self) -> &[Row] {
        &self.index.chapters
    }

    /// Milliseconds of silence at the beginning of its file that are not part of it.
    pub fn before_ms(&self) -> u32 {
        self.index.before_ms
    }

    /// How loud it was recorded, in LUFS; nothing where there is nothing to hear.
    pub fn recorded_lufs(&self) -> Option<f32> {
        self.index.recorded_lufs
    }

    /// How loud callers hear it, in LUFS.
    pub fn levelled_lufs(&self) -> Option<f32> {
        self.index.levelled_lufs
    }

    /// What is wrong with it, in words.
    pub fn warnings(&self) -> &[String] {
        &self.index.warnings
    }

    /// Whether nothing can be heard in it.
    pub fn is_silent(&self) -> bool {
        self.index.silent
    }

    /// That its end is missing, in words, if it is.
    pub fn cut_short(&self) -> Option<&str> {
        self.index.cut_short.as_deref()
    }

    /// BLAKE3 of its bytes, in hexadecimal, as it was when they were prepared.
    pub fn blake3(&self) -> &str {
        &self.index.blake3
    }

    /// Whether its bytes still are what was prepared; reads all of them.
    pub fn is_sound(&self) -> bool {
        blake3::hash(&self.bytes).to_hex().as_str() == self.index.blake3
    }
}

/// Why a file is not ready to be played.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[source] io::Error),
    /// It is larger than any recording should be.
    #[error("it is larger than {} MB", source::MAX_FILE / 1_000_000)]
    TooLarge,
    /// It is not the file that was announced.
    #[error("it is not the file that the list announces: its SHA-256 differs")]
    Other,
    /// It changed while it was read.
    #[error("it is still being written")]
    Changing,
    /// It cannot be prepared.
    #[error(transparent)]
    Prepare(PrepareError),
    /// Only ffmpeg plays it, and there is none.
    #[error(
        "recordings of the kind `{0}` need ffmpeg: install it on this machine, or save the recording as MP3"
    )]
    NoFfmpeg(String),
    /// Not even ffmpeg plays it; its last words.
    #[error("ffmpeg cannot play it ({0}); please save it as MP3")]
    Ffmpeg(String),
    /// Its decoder does not come to an end.
    #[error("its decoder hangs; please save it anew as MP3")]
    Hung,
    /// Our own disk fails.
    #[error("the prepared sound cannot be stored: {0}")]
    Store(#[source] io::Error),
}

/// The prepared sounds of a data folder.
pub struct SoundStore {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
    workshop: Workshop,
    open: Mutex<HashMap<String, Weak<Sound>>>,
    /// Contents that are being prepared.
    busy: Mutex<HashSet<String>>,
    done: Condvar,
}

impl SoundStore {
    /// The sounds under a folder of the real disk, prepared for the telephone.
    pub fn new(dir: &Path) -> Self {
        Self::with(dir, Arc::new(RealDisk), Workshop::default())
    }

    /// The same on any disk, prepared in any way.
    pub fn with(dir: &Path, disk: Arc<dyn Disk>, workshop: Workshop) -> Self {
        let (open, busy, done) = Default::default();
        Self { dir: dir.into(), disk, workshop, open, busy, done }
    }

    /// Sweeps away what an interrupted run left half done. Only for the one process that writes, and before it
    /// prepares anything.
    pub fn sweep(&self) {
        disk::sweep(self.disk.as_ref(), &self.dir);
        for shelf in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            disk::sweep(self.disk.as_ref(), &shelf.path());
        }
    }

    /// The prepared sound of a file; prepares it first if need be.
    pub fn prepare_file(
        &self,
        path: &Path,
        sha256: Option<[u8; 32]>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Arc<Sound>, SoundError> {
        let before = source::Stamp::of(path).map_err(SoundError::Read)?;
        if before.len > MAX_FILE {
            return Err(SoundError::TooLarge);
        }
        let source = source::read(path, VERSION, sha256.is_some()).map_err(SoundError::Read)?;
        if source.sha256 != sha256 {
            return Err(SoundError::Other);
        }
        // Two files may be the same: the second waits for what the first becomes.
        let _turn = Turn::of(self, &source.content);
        match self.ready(&source.content) {
            Some(sound) => Ok(sound),
            None => self.prepare(path, &source.content, before, progress),
        }
    }

    /// A sound that was prepared before.
    pub fn ready(&self, content: &str) -> Option<Arc<Sound>> {
        let mut open = self.opened();
        if let Some(sound) = open.get(content).and_then(Weak::upgrade) {
            return Some(sound);
        }
        let sound = Arc::new(self.map(content)?);
        if open.len() == open.capacity() {
            open.retain(|_, sound| sound.strong_count() > 0);
        }
        open.insert(content.to_owned(), Arc::downgrade(&sound));
        Some(sound)
    }

    /// The loudest sample of each tenth of a second of a sound; 255 is full scale.
    pub fn peaks(&self, content: &str) -> io::Result<Vec<u8>> {
        disk::read(&self.place(content, "peaks"), MAX_PEAKS)
    }

    /// Takes a sound away that does not stand its check; it has to be prepared anew.
    pub fn discard(&self, content: &str) {
        self.opened().remove(content);
        for ending in ["json", "peaks", "ulaw"] {
            let _ = self.disk.remove(&self.place(content, ending));
        }
    }

    /// Takes away every sound that is not wanted and that nobody holds. Returns how many bytes that frees.
    pub fn keep(&self, wanted: &HashSet<String>) -> u64 {
        let mut open = self.opened();
        open.retain(|_, sound| sound.strong_count() > 0);
        let mut freed = 0;
        for shelf in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            for entry in fs::read_dir(shelf.path()).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let Some((content, _)) = name.split_once('.').filter(|(content, _)| !content.is_empty())
                else {
                    continue;
                };
                if !wanted.contains(content) && !open.contains_key(content) {
                    let len = entry.metadata().map_or(0, |meta| meta.len());
                    if self.disk.remove(&entry.path()).is_ok() {
                        freed += len;
                    }
                }
            }
        }
        freed
    }

    /// How many bytes lie in the store.
    pub fn used(&self) -> u64 {
        let shelves = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let files = shelves.flat_map(|shelf| fs::read_dir(shelf.path()).into_iter().flatten().flatten());
        files.map(|file| file.metadata().map_or(0, |meta| meta.len())).sum()
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<String, Weak<Sound>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, content: &str, ending: &str) -> PathBuf {
        let shelf = content.get(..2).unwrap_or("__");
        self.dir.join(shelf).join(format!("{content}.{VERSION}.{ending}"))
    }

    /// A pair that does not fit together counts as not there, and is made anew.
    fn map(&self, content: &str) -> Option<Sound> {
        let index = disk::read(&self.place(content, "json"), MAX_INDEX).ok()?;
        let index: Index = serde_json::from_slice(&index).ok()?;
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
        before: source::Stamp,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Arc<Sound>, SoundError> {
        let sound = self.place(content, "ulaw");
        let shelf = sound.parent().expect("a place lies on a shelf");
        self.disk.make_dir(shelf).map_err(SoundError::Store)?;
        let draft = Leftover { disk: self.disk.as_ref(), path: draft_in(shelf) };
        let mut sink = || {
            let file = self.disk.create(&draft.path).map_err(SoundError::Store)?;
            Ok(Sink { file, block: Vec::with_capacity(BLOCK), hash: blake3::Hasher::new() })
        };
        let (prepared, sink) = self.workshop.make(path, content, &mut sink, progress)?;
        if source::Stamp::of(path).map_err(SoundError::Read)? != before {
            return Err(SoundError::Changing);
        }
        let hash = sink.finish().map_err(SoundError::Store)?;
        let index = Index::of(&prepared, hash);
        let peaks = self.place(content, "peaks");
        disk::replace(self.disk.as_ref(), &peaks, &prepared.peaks).map_err(SoundError::Store)?;
        self.put(&draft.path, &sound, content, &index).map_err(SoundError::Store)?;
        let lost = || SoundError::Store(io::Error::other("it was removed at once"));
        self.ready(content).ok_or_else(lost)
    }

    /// Sound first, index last: a pair is complete when its index is there.
    fn put(&self, draft: &Path, sound: &Path, content: &str, index: &Index) -> io::Result<()> {
        self.disk.rename(draft, sound)?;
        disk::replace(self.disk.as_ref(), &self.place(content, "json"), &serde_json::to_vec(index)?)
    }
}

/// The right to prepare a content.
struct Turn<'a> {
    store: &'a SoundStore,
    content: &'a str,
}

impl<'a> Turn<'a> {
    /// Waits while somebody else has it.
    fn of(store: &'a SoundStore, content: &'a str) -> Self {
        let busy = store.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = |busy: &mut HashSet<String>| busy.contains(content);
        let mut busy = store.done.wait_while(busy, taken).unwrap_or_else(PoisonError::into_inner);
        busy.insert(content.into());
        Self { store, content }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.store.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(self.content);
        self.store.done.notify_all();
    }
}

/// Gathers, hashes and writes.
struct Sink {
    file: Box<dyn Draft>,
    block: Vec<u8>,
    hash: blake3::Hasher,
}

impl Sink {
    fn finish(mut self) -> io::Result<String> {
        self.flush()?;
        self.file.sync()?;
        Ok(self.hash.finalize().to_hex().to_string())
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hash.update(bytes);
        self.block.extend_from_slice(bytes);
        if self.block.len() >= BLOCK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.block)?;
        self.block.clear();
        Ok(())
    }
}

/// Work in progress; removed unless it got its name.
struct Leftover<'a> {
    disk: &'a dyn Disk,
    path: PathBuf,
}

impl Drop for Leftover<'_> {
    fn drop(&mut self) {
        if self.path.exists() {
            let _ = self.disk.remove(&self.path);
        }
    }
}
