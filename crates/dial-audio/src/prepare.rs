//! A recording as it was uploaded, made ready for the telephone: mono, 8,000 Hz, mu-law, and where it is silent.
//!
//! It must not know where the bytes go: the sink is an argument. Memory stays the same for any length.

use std::fmt;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use thiserror::Error;

use crate::BYTES_PER_MS;
use crate::band::Band;
use crate::chapters::Chapter;
use crate::decode::{DecodeError, Decoder, MediaSource};
use crate::ends::Heard;
use crate::level::Loudness;
use crate::resample::{Resampler, UnsupportedRate};
use crate::silence::Silence;
use crate::telephone::Telephone;

pub use crate::ends::LeftOut;

/// Less than this is no recording.
const MIN_MS: u64 = 250;
/// More than this is no recording either.
const MAX_MS: u64 = 24 * 3_600_000;
/// Silence takes the fewest bytes: 17 a second in the thriftiest kind. Of fewer than this nobody makes more sound
/// than the first ten minutes; whose tables say so read the same bytes again and again.
const LEAST_BYTES_PER_S: u64 = 10;
const FREE_MS: u64 = 600_000;
/// A file may lack this part of its stated length before anybody is told.
const MISSING_PER_CENT: u64 = 2;

/// What was made of a recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prepared {
    /// Samples at 8,000 Hz: the bytes that were written to the sink.
    pub samples: u64,
    /// Silence at the ends that was left out; all places count from what stays.
    pub left_out: LeftOut,
    /// Where it may be cut, in order.
    pub silences: Vec<Silence>,
    /// Where it changes from speech to music and back; empty if it does not.
    pub chapters: Vec<Chapter>,
    /// How loud it was, and is.
    pub loudness: Loudness,
    /// The loudest sample of each tenth of a second; 255 is full scale.
    pub peaks: Vec<u8>,
    /// What its owner should know.
    pub warnings: Vec<Warning>,
}

/// Something is wrong with a recording that can be played all the same; its text is for the church.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Warning {
    /// The file says it lasts longer than what is in it.
    #[error(
        "only {playable_ms} of {stated_ms} milliseconds can be played: the end of the file is missing or damaged"
    )]
    CutShort {
        /// What can be played.
        playable_ms: u64,
        /// What the file states.
        stated_ms: u64,
    },
    /// The file breaks off, and does not say how long it lasted.
    #[error("the end of the file is missing: it breaks off after {playable_ms} milliseconds")]
    Torn {
        /// What can be played.
        playable_ms: u64,
    },
    /// Pieces of the file could not be decoded, and were left out.
    #[error("{packets} damaged pieces were left out")]
    Damaged {
        /// How many packets.
        packets: u64,
    },
    /// There is a recording, and nothing to hear in it.
    #[error("nothing can be heard in this recording: was the microphone on?")]
    Silent,
}

/// How far the preparation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Milliseconds of the recording that are done.
    pub done_ms: u64,
    /// Milliseconds in all, if the file tells; a guess.
    pub total_ms: Option<u64>,
}

/// `12:30 of 58:10 (21 %)`.
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |ms: u64| format!("{}:{:02}", ms / 60_000, ms / 1_000 % 60);
        match self.total_ms.filter(|total| *total > 0) {
            None => f.write_str(&clock(self.done_ms)),
            Some(total) => {
                let percent = (self.done_ms * 100 / total).min(100);
                write!(f, "{} of {} ({percent} %)", clock(self.done_ms), clock(total))
            }
        }
    }
}

/// Why a recording could not be prepared.
#[derive(Debug, Error)]
pub enum PrepareError {
    /// The file is not one that can be played.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Its header states a rate that no recording has.
    #[error(transparent)]
    Rate(#[from] UnsupportedRate),
    /// No call lasts so long, and the disk has an end.
    #[error("it lasts longer than a day")]
    TooLong,
    /// More sound comes of it than can be in so few bytes.
    #[error("more sound comes of it than so few bytes can hold: the file is damaged")]
    Hollow,
    /// The result could not be written.
    #[error("the prepared sound could not be written")]
    Write(#[source] io::Error),
    /// The decoder gave up in a way that it should not: a fault of ours, shown by this file.
    #[error("this file is damaged in a way that its decoder does not survive")]
    DecoderPanicked,
}

/// Decodes `source` and writes it to `sink` as mu-law at 8,000 Hz; `extension` is that of the file's name.
///
/// After an error the sink may hold a part, which is to be thrown away.
pub fn prepare(
    source: Box<dyn MediaSource>,
    extension: Option<&str>,
    sink: &mut dyn Write,
    progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, PrepareError> {
    // Nothing of what a panic leaves behind is used again: the caller drops the sink's content.
    catch_unwind(AssertUnwindSafe(|| prepare_all(source, extension, sink, progress)))
        .unwrap_or(Err(PrepareError::DecoderPanicked))
}

fn prepare_all(
    source: Box<dyn MediaSource>,
    extension: Option<&str>,
    sink: &mut dyn Write,
    progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, PrepareError> {
    let most_ms =
        source.byte_len().map_or(MAX_MS, |bytes| (bytes / LEAST_BYTES_PER_S).saturating_mul(1_000) + FREE_MS);
    let mut decoder = Decoder::open(source, extension, Band::Narrow)?;
    let mut telephone = Telephone::to(sink);
    let mut resampler: Option<(u32, Resampler)> = None;
    let (mut block, mut ready) = (Vec::new(), Vec::new());
    let mut shown_s = 0;
    while let Some(rate) = decoder.next_block(&mut block)? {
        if let Some((_, ended)) = resampler.take_if(|(old, _)| *old != rate) {
            ended.finish(&mut ready);
        }
        let (_, current) = match &mut resampler {
            Some(current) => current,
            none => none.insert((rate, Resampler::new(rate, Band::Narrow)?)),
        };
        current.push(&block, &mut ready);
        telephone.write(&mut ready).map_err(PrepareError::Write)?;
        let done_ms = telephone.recorded / BYTES_PER_MS;
        if done_ms > MAX_MS {
            return Err(PrepareError::TooLong);
        }
        if done_ms > most_ms {
            return Err(PrepareError::Hollow);
        }
        if done_ms / 1_000 > shown_s {
            shown_s = done_ms / 1_000;
            progress(Progress { done_ms, total_ms: decoder.total_ms() });
        }
    }
    if let Some((_, last)) = resampler {
        last.finish(&mut ready);
    }
    telephone.write(&mut ready).map_err(PrepareError::Write)?;
    progress(Progress { done_ms: telephone.recorded / BYTES_PER_MS, total_ms: decoder.total_ms() });
    finish(telephone, &decoder)
}

/// What to tell of the recording.
fn finish(telephone: Telephone<'_>, decoder: &Decoder) -> Result<Prepared, PrepareError> {
    let playable_ms = telephone.recorded / BYTES_PER_MS;
    if playable_ms < MIN_MS {
        return Err(DecodeError::NoSound.into());
    }
    let sent = telephone.finish().map_err(PrepareError::Write)?;
    let cut_short = decoder
        .stated_ms()
        .filter(|stated| playable_ms * 100 < stated * (100 - MISSING_PER_CENT))
        .map(|stated_ms| Warning::CutShort { playable_ms, stated_ms });
    let torn = decoder.is_torn().then_some(Warning::Torn { playable_ms }).filter(|_| cut_short.is_none());
    let damaged =
        Some(decoder.damaged()).filter(|packets| *packets > 0).map(|packets| Warning::Damaged { packets });
    let (left_out, silent) = match sent.heard {
        Heard::Nothing => (LeftOut::default(), Some(Warning::Silent)),
        Heard::Noises(left_out) => (left_out, Some(Warning::Silent)),
        Heard::Sound(left_out) => (left_out, None),
    };
    Ok(Prepared {
        samples: sent.samples,
        left_out,
        silences: sent.silences,
        chapters: sent.chapters,
        loudness: sent.loudness,
        peaks: sent.peaks,
        warnings: cut_short.into_iter().chain(torn).chain(damaged).chain(silent).collect(),
    })
}
