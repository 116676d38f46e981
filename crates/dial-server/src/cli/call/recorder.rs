//! Writes what a caller hears as a mu-law WAV file, sample for sample.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, Result};
use dial_audio::wav;
use dial_core::language::Language;
use dial_core::time::Millis;

use crate::prompts::{PromptBook, SILENCE};

const BYTES_PER_MS: usize = 8;

/// A recording of a call that is being written.
pub(super) struct Recorder {
    file: BufWriter<File>,
    written: u32,
    /// Speaks what the line itself has no voice for.
    voice: PromptBook,
    failed: Option<std::io::Error>,
}

impl Recorder {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file =
            File::create(path).with_context(|| format!("cannot write the recording `{}`", path.display()))?;
        let mut file = BufWriter::new(file);
        file.write_all(&wav::mulaw_header(0))?;
        Ok(Self { file, written: 0, voice: PromptBook::of(Language::English), failed: None })
    }

    /// Words of another server, of which so much was heard.
    pub(super) fn words(&mut self, text: &str, heard: Millis) {
        let mut sound = self.voice.clip_or_murmur(text).sound.to_vec();
        sound.resize(heard.0 as usize * BYTES_PER_MS, SILENCE);
        self.write(&sound);
    }

    /// Sound as it was heard.
    pub(super) fn sound(&mut self, bytes: &[u8]) {
        self.write(bytes);
    }

    /// Nothing was heard.
    pub(super) fn silence(&mut self, length: Millis) {
        for _ in 0..length.0 {
            self.write(&[SILENCE; BYTES_PER_MS]);
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        let room = u32::MAX - wav::HEADER as u32 - self.written;
        let bytes = &bytes[..bytes.len().min(room as usize)];
        match self.file.write_all(bytes) {
            Ok(()) => self.written += bytes.len() as u32,
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
    }

    /// Completes the file.
    pub(super) fn finish(mut self) -> Result<()> {
        if let Some(error) = self.failed {
            return Err(error).context("cannot write the recording");
        }
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&wav::mulaw_header(self.written))?;
        self.file.flush().context("cannot complete the recording")
    }
}
