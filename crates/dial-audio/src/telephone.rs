//! The way of 8,000 Hz samples to the sink: without rumble, without the silence at both ends, levelled, mu-law;
//! and what is found in them on the way.
//!
//! It must not know files, nor what is wrong with them.

use std::io::{self, Write};

use crate::BYTES_PER_MS;
use crate::chapters::{Chapter, ChapterFinder};
use crate::ends::{Ends, Heard};
use crate::filter::Filter;
use crate::g711;
use crate::level::{Leveller, Loudness};
use crate::peaks::PeakFinder;
use crate::silence::{Silence, SilenceFinder};

/// Hum and rumble are left out; a corner of 250 Hz would cost intelligibility.
const RUMBLE_HZ: f64 = 100.0;
/// Samples are written in blocks of about this many.
const BLOCK: usize = 4_000;

/// Takes samples on their way.
pub(crate) struct Telephone<'a> {
    /// Samples that were recorded.
    pub(crate) recorded: u64,
    rumble: Filter,
    ends: Ends,
    wire: Wire<'a>,
}

/// What went to the sink.
pub(crate) struct Sent {
    pub(crate) samples: u64,
    pub(crate) heard: Heard,
    pub(crate) silences: Vec<Silence>,
    pub(crate) chapters: Vec<Chapter>,
    pub(crate) loudness: Loudness,
    pub(crate) peaks: Vec<u8>,
}

impl<'a> Telephone<'a> {
    pub(crate) fn to(sink: &'a mut dyn Write) -> Self {
        Self { recorded: 0, rumble: Filter::high_pass(RUMBLE_HZ), ends: Ends::new(), wire: Wire::to(sink) }
    }

    /// Takes all samples out of `ready`.
    pub(crate) fn write(&mut self, ready: &mut Vec<f32>) -> io::Result<()> {
        self.recorded += ready.len() as u64;
        self.rumble.filter(ready);
        self.ends.push(ready, &mut |samples| self.wire.push(samples))?;
        ready.clear();
        Ok(())
    }

    /// Writes the rest.
    pub(crate) fn finish(mut self) -> io::Result<Sent> {
        let heard = self.ends.finish(&mut |samples| self.wire.push(samples))?;
        self.wire.finish(heard)
    }
}

/// The way of what stays.
struct Wire<'a> {
    /// Chapters are found before levelling, which would hide what tells an organ from a voice.
    chapters: ChapterFinder,
    leveller: Leveller,
    levelled: Vec<f32>,
    /// Silence is where levelled sound is silent: that is what callers hear.
    silences: SilenceFinder,
    peaks: PeakFinder,
    bytes: Vec<u8>,
    samples: u64,
    sink: &'a mut dyn Write,
}

impl<'a> Wire<'a> {
    fn to(sink: &'a mut dyn Write) -> Self {
        Self {
            chapters: ChapterFinder::new(),
            leveller: Leveller::new(),
            levelled: Vec::new(),
            silences: SilenceFinder::new(),
            peaks: PeakFinder::default(),
            bytes: Vec::new(),
            samples: 0,
            sink,
        }
    }

    fn push(&mut self, samples: &[f32]) -> io::Result<()> {
        self.chapters.push(samples);
        self.leveller.push(samples, &mut self.levelled);
        if self.levelled.len() < BLOCK { Ok(()) } else { self.write() }
    }

    fn write(&mut self) -> io::Result<()> {
        self.silences.push(&self.levelled);
        self.peaks.push(&self.levelled);
        self.bytes.clear();
        self.bytes.extend(self.levelled.drain(..).map(g711::encode_f32));
        self.samples += self.bytes.len() as u64;
        self.sink.write_all(&self.bytes)
    }

    fn finish(mut self, heard: Heard) -> io::Result<Sent> {
        let loudness = std::mem::take(&mut self.leveller).finish(&mut self.levelled);
        self.write()?;
        let chapters = self.chapters.finish(self.samples / BYTES_PER_MS);
        let (silences, peaks) = (self.silences.finish(), self.peaks.finish());
        Ok(Sent { samples: self.samples, heard, silences, chapters, loudness, peaks })
    }
}
