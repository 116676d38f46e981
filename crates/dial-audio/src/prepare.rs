//! From a file to telephone sound: decoded, resampled, encoded, in one pass of constant memory.

use std::fmt;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::io::MediaSource;

use crate::RATE;
use crate::decode::{DecodeError, Decoder};
use crate::g711;
use crate::resample::Resampler;
use crate::silence::{Finder, Silence};

/// A recording that ends earlier than its file says, by more than this share, is told.
const MISSING_SHARE: u64 = 50;
/// Shorter ones hold nothing to hear.
const SHORTEST_MS: u64 = 200;
/// No call is longer than a day.
const LONGEST_MS: u64 = 24 * 3600 * 1000;

/// How far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Done, in milliseconds of the recording.
    pub done_ms: u64,
    /// In all, where the file says it.
    pub total_ms: Option<u64>,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = |ms: u64| format!("{}:{:02}", ms / 60_000, ms / 1000 % 60);
        match self.total_ms.filter(|total| *total > 0) {
            Some(total) => {
                let percent = (self.done_ms * 100 / total).min(100);
                write!(f, "{} of {} ({percent} %)", minutes(self.done_ms), minutes(total))
            }
            None => write!(f, "{}", minutes(self.done_ms)),
        }
    }
}

/// What is known of a prepared recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Its length at 8 kHz: as many bytes.
    pub samples: u64,
    /// Its silences in milliseconds, ascending.
    pub silences: Vec<Silence>,
    /// What is wrong with it, in words.
    pub warnings: Vec<String>,
}

/// Why a file could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// It cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It changes to a rate that no recording has.
    #[error("its sampling rate of {0} Hz is not one of a recording")]
    Rate(u32),
    /// It goes on for more than a day.
    #[error("it is longer than a day")]
    TooLong,
    /// The decoder failed at it.
    #[error("it is so damaged that the decoder failed")]
    Damaged,
    /// The result could not be written.
    #[error("the prepared sound cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// Prepares a file: mu-law bytes at 8 kHz go to the sink.
pub fn prepare(
    source: Box<dyn MediaSource>,
    extension: Option<&str>,
    sink: &mut dyn Write,
    progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, PrepareError> {
    // A decoder that fails over damage must not take the others' work with it.
    let work = AssertUnwindSafe(|| Work::default().run(source, extension, sink, progress));
    catch_unwind(work).unwrap_or(Err(PrepareError::Damaged))
}

#[derive(Default)]
struct Work {
    resampler: Option<(u32, Resampler)>,
    telephone: Vec<f32>,
    encoded: Vec<u8>,
    finder: Finder,
    samples: u64,
}

impl Work {
    fn run(
        mut self,
        source: Box<dyn MediaSource>,
        extension: Option<&str>,
        sink: &mut dyn Write,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Prepared, PrepareError> {
        let mut decoder = Decoder::open(source, extension)?;
        let total_ms = decoder.stated_ms();
        while let Some(block) = decoder.next_block() {
            self.switch(block.rate)?;
            if let Some((_, resampler)) = &mut self.resampler {
                resampler.push(block.samples, &mut self.telephone);
            }
            self.flush(sink)?;
            if self.done_ms() > LONGEST_MS {
                return Err(PrepareError::TooLong);
            }
            progress(Progress { done_ms: self.done_ms(), total_ms });
        }
        self.end_rate();
        self.flush(sink)?;
        let done_ms = self.done_ms();
        if done_ms < SHORTEST_MS {
            return Err(DecodeError::NoSound.into());
        }
        let warnings = warnings(done_ms, total_ms, decoder.faults());
        Ok(Prepared { samples: self.samples, silences: self.finder.finish(), warnings })
    }

    fn done_ms(&self) -> u64 {
        self.samples * 1000 / u64::from(RATE)
    }

    /// Files joined from several may change their rate.
    fn switch(&mut self, rate: u32) -> Result<(), PrepareError> {
        if self.resampler.as_ref().is_some_and(|(now, _)| *now == rate) {
            return Ok(());
        }
        self.end_rate();
        self.resampler = Some((rate, Resampler::new(rate).ok_or(PrepareError::Rate(rate))?));
        Ok(())
    }

    fn end_rate(&mut self) {
        if let Some((_, resampler)) = self.resampler.take() {
            resampler.finish(&mut self.telephone);
        }
    }

    /// What is ready goes out. Levelling has its place here, between resampling and encoding.
    fn flush(&mut self, sink: &mut dyn Write) -> io::Result<()> {
        self.finder.push(&self.telephone);
        self.encoded.clear();
        self.encoded.extend(self.telephone.iter().map(|sample| g711::encode_f32(*sample)));
        self.samples += self.telephone.len() as u64;
        self.telephone.clear();
        sink.write_all(&self.encoded)
    }
}

fn warnings(done_ms: u64, total_ms: Option<u64>, faults: u32) -> Vec<String> {
    let mut warnings = Vec::new();
    let seconds = |ms: u64| ms.div_ceil(1000);
    if let Some(total) = total_ms.filter(|total| done_ms + total / MISSING_SHARE < *total) {
        let (missing, total) = (seconds(total - done_ms), seconds(total));
        warnings.push(format!("it ends early: {missing} of its {total} seconds are missing"));
    }
    if faults > 0 {
        warnings.push(format!("it is damaged in {faults} places, which are left out"));
    }
    warnings
}
