//! Writes what a caller hears as a mu-law WAV file, sample for sample.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, Result};
use bytes::Bytes;
use dial_audio::stretch::Stretching;
use dial_audio::{g711, wav};
use dial_core::player::TICK;
use dial_core::session::{Piece, Speed};
use dial_core::time::Millis;

use crate::channel::simulator::Hears;
use crate::library::Library;
use dial_core::language::Language;

use crate::prompts::{PromptBook, SILENCE};

const BYTES_PER_MS: usize = 8;
const TICK_BYTES: usize = TICK.0 as usize * BYTES_PER_MS;

/// A recording of a call that is being written.
pub(super) struct Recorder {
    file: BufWriter<File>,
    written: u32,
    /// Speaks what the line itself has no voice for.
    voice: PromptBook,
    said: Bytes,
    playing: Option<Playing>,
    failed: Option<std::io::Error>,
}

/// A piece as it sounds, on its way.
struct Playing {
    sound: Bytes,
    at: usize,
    stretched: Option<(Stretching<Bytes>, Vec<u8>)>,
    gain: [u8; 256],
}

impl Recorder {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file =
            File::create(path).with_context(|| format!("cannot write the recording `{}`", path.display()))?;
        let mut file = BufWriter::new(file);
        file.write_all(&wav::mulaw_header(0))?;
        Ok(Self {
            file,
            written: 0,
            voice: PromptBook::of(Language::English),
            said: Bytes::new(),
            playing: None,
            failed: None,
        })
    }

    /// One tick of a call in this process.
    pub(super) fn tick(&mut self, hears: Hears, library: &Library) {
        match hears {
            Hears::Silence => self.write(&[SILENCE; TICK_BYTES]),
            Hears::Words { clip: Some(clip), into, .. } => self.write(slice(&clip.sound, into)),
            Hears::Words { text, clip: None, into } => {
                if into == Millis::ZERO {
                    self.said = self.voice.clip_or_murmur(text).sound;
                }
                let said = self.said.clone();
                let mut block = slice(&said, into).to_vec();
                block.resize(TICK_BYTES, SILENCE);
                self.write(&block);
            }
            Hears::Piece { piece, content, into } => {
                if into == Millis::ZERO {
                    self.playing = library
                        .find(content)
                        .map(|sound| Playing::new(piece, sound.part(piece.from.0, piece.to.0)));
                }
                let mut block =
                    self.playing.as_mut().map(|playing| playing.take(TICK_BYTES)).unwrap_or_default();
                block.resize(TICK_BYTES, SILENCE);
                self.write(&block);
            }
        }
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

fn slice(clip: &[u8], into: Millis) -> &[u8] {
    let from = (into.0 as usize * BYTES_PER_MS).min(clip.len());
    &clip[from..clip.len().min(from + TICK_BYTES)]
}

impl Playing {
    fn new(piece: &Piece, sound: Bytes) -> Self {
        let changed = piece.speed != Speed::default();
        let stretched = changed.then(|| (Stretching::new(sound.clone(), piece.speed.factor()), Vec::new()));
        Self { sound, at: 0, stretched, gain: g711::gain_table(piece.volume.decibels()) }
    }

    fn take(&mut self, size: usize) -> Vec<u8> {
        let mut block = match &mut self.stretched {
            None => self.sound[self.at.min(self.sound.len())..self.sound.len().min(self.at + size)].to_vec(),
            Some((stretching, ready)) => {
                while ready.len() < size {
                    match stretching.next() {
                        Some(more) => ready.extend(more),
                        None => break,
                    }
                }
                let rest = ready.split_off(size.min(ready.len()));
                std::mem::replace(ready, rest)
            }
        };
        self.at += size;
        for byte in &mut block {
            *byte = self.gain[usize::from(*byte)];
        }
        block
    }
}
