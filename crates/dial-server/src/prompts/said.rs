//! What other voices said, kept on the disk by voice and words, so that it is said once.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use dial_voice::pack::Tone;

use super::gap::Gap;

/// More than this is not kept, in bytes: some hours of speech.
const QUOTA: u64 = 256 * 1024 * 1024;
/// Two minutes of telephone sound.
const MAX_SOUND: u64 = 120 * 8000;

/// The folder of what was said.
#[derive(Debug, Clone)]
pub(super) struct Said(PathBuf);

impl Said {
    pub(super) fn new(data_dir: &Path) -> Self {
        Self(data_dir.join("voice").join("said"))
    }

    /// What a voice said of these words.
    pub(super) fn find(&self, voice: &str, gap: &Gap) -> Option<Arc<[u8]>> {
        let file = self.file(voice, gap);
        let size = fs::metadata(&file).ok()?.len();
        if !(1..=MAX_SOUND).contains(&size) {
            return None;
        }
        fs::read(&file).ok().map(Into::into)
    }

    /// Keeps it.
    pub(super) fn keep(&self, voice: &str, gap: &Gap, sound: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        let mut file = atomic_write_file::AtomicWriteFile::open(self.file(voice, gap))?;
        file.write_all(sound)?;
        file.commit()
    }

    /// Forgets what was said longest ago, if it is too much.
    pub(super) fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.0) else { return };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let data = entry.metadata().ok()?;
                Some((data.modified().ok()?, data.len(), entry.path()))
            })
            .collect();
        let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
        files.sort();
        for (_, size, path) in files {
            if total <= QUOTA {
                break;
            }
            if fs::remove_file(path).is_ok() {
                total -= size;
            }
        }
    }

    fn file(&self, voice: &str, gap: &Gap) -> PathBuf {
        let tone = match gap.tone {
            Tone::Running => "running",
            Tone::Rising => "rising",
            Tone::Falling => "falling",
        };
        let mut hasher = blake3::Hasher::new();
        for part in [voice, tone, &gap.words] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        self.0.join(format!("{}.ulaw", hasher.finalize().to_hex()))
    }
}
