//! Brings speech and music to one loudness, as a stream: somebody with one volume hears every voice.
//!
//! The gain of a moment comes from the sound within 2.5 seconds of it (`gain.rs`), turns where an organ
//! ends and a voice begins, and lies still within a sentence: a compressor that follows syllables makes
//! speech harder to understand. It must not know what is said or played, nor what comes after.

mod gain;
mod gauge;
mod limiter;
mod loudness;

use std::collections::VecDeque;

use crate::TELEPHONE_RATE;
use crate::filter::Filter;
use gain::{Gains, Ramp};
use gauge::Gauge;
use limiter::Limiter;

/// The level is looked at, and the gain set, each 50 ms.
const FRAME: usize = TELEPHONE_RATE as usize / 20;

/// How loud a recording is, in LUFS: measured as in ITU-R BS.1770, in what a telephone carries. Nothing where
/// there is nothing to hear.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Loudness {
    /// As it was recorded.
    pub recorded: Option<f32>,
    /// As callers hear it.
    pub levelled: Option<f32>,
}

/// Levels one stream of samples at 8,000 Hz.
///
/// After [`finish`](Self::finish), exactly as many samples have been given out as were taken, each in its place.
pub struct Leveller {
    ear: Filter,
    /// Energy of the frame that is being filled, and its samples so far.
    energy: f64,
    filled: usize,
    /// Samples that wait for their gain, and the power of their frames.
    waiting: VecDeque<f32>,
    powers: VecDeque<f32>,
    gains: Gains,
    limiter: Limiter,
    recorded: Gauge,
    levelled: Gauge,
}

impl Default for Leveller {
    fn default() -> Self {
        Self::new()
    }
}

impl Leveller {
    /// A leveller that has heard nothing.
    pub fn new() -> Self {
        Self {
            ear: Filter::ear(),
            energy: 0.0,
            filled: 0,
            waiting: VecDeque::new(),
            powers: VecDeque::new(),
            gains: Gains::default(),
            limiter: Limiter::default(),
            recorded: Gauge::default(),
            levelled: Gauge::default(),
        }
    }

    /// Takes some samples, and appends to `out` those that are ready: about three seconds later.
    pub fn push(&mut self, mut samples: &[f32], out: &mut Vec<f32>) {
        while !samples.is_empty() {
            let (now, later) = samples.split_at(samples.len().min(FRAME - self.filled));
            for sample in now {
                self.energy += f64::from(self.ear.run(*sample)).powi(2);
            }
            self.waiting.extend(now);
            self.filled += now.len();
            samples = later;
            if self.filled == FRAME {
                self.close_frame(out);
            }
        }
    }

    /// Appends the rest, and tells how loud all of it was and is.
    pub fn finish(mut self, out: &mut Vec<f32>) -> Loudness {
        if self.filled > 0 {
            self.close_frame(out);
        }
        while !self.waiting.is_empty() {
            let ramp = self.gains.end();
            self.give(ramp, out);
        }
        self.limiter.finish(out);
        Loudness { recorded: self.recorded.loudness(), levelled: self.levelled.loudness() }
    }

    fn close_frame(&mut self, out: &mut Vec<f32>) {
        self.ear.settle();
        let power = self.energy / self.filled as f64;
        self.energy = 0.0;
        self.filled = 0;
        self.recorded.push(power as f32);
        self.powers.push_back(power as f32);
        let ramp = self.gains.push(power as f32);
        self.give(ramp, out);
    }

    /// Gives out the frame that waited longest, if its gain is known.
    fn give(&mut self, ramp: Option<Ramp>, out: &mut Vec<f32>) {
        let Some(ramp) = ramp else { return };
        if let Some(power) = self.powers.pop_front() {
            self.levelled.push(power * f32::midpoint(ramp.from, ramp.to).powi(2));
        }
        let step = (ramp.to - ramp.from) / FRAME as f32;
        let frame = self.waiting.drain(..FRAME.min(self.waiting.len()));
        let levelled = frame.enumerate().map(|(place, sample)| sample * (ramp.from + step * place as f32));
        self.limiter.push(levelled, out);
    }
}
