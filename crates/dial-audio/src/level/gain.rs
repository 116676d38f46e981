//! What gain a moment needs, from how loud it is around it; decided frame by frame, 2.9 s late.
//!
//! It must not know samples.

use std::collections::VecDeque;

use super::loudness::{Frame, decibels, loudness};

/// Frames before a moment, and after it, that tell how loud it is there: 2.5 s, its own among them.
const AROUND: usize = 50;
/// Sound is measured in stretches of so many frames, 0.4 s, as in ITU-R BS.1770.
const BLOCK: usize = 8;
/// The gain is the mean of those decided for so many frames on each side: 0.2 s.
const SMOOTH: usize = 4;
/// The loudness that everything is brought to, in dBFS.
const TARGET: f32 = -21.0;
/// More than this would make hiss into a voice; louder recordings than the lower bound there are none.
const GAIN: std::ops::RangeInclusive<f32> = -24.0..=27.0;
/// Nothing that is quieter sounds, in dBFS.
const GATE: f32 = -58.0;
/// What sounds is so much over the noise of the room.
const ABOVE_NOISE: f32 = 9.0;
/// The noise that is heard in the quietest frames may have risen by so much in each frame since: 0.4 dB a second.
const NOISE_RISE: f32 = 0.02;
/// A room is not noisier than this: what stays as loud is an organ, in dBFS.
const NOISE_MOST: f32 = -45.0;
/// From this difference on, a moment belongs either to what was or to what comes.
const EDGE: f32 = 8.0;
/// What is quieter than this after all is a pause, in dBFS, and is made quieter still: by half of the rest, and
/// by no more than `PAUSE_MOST`.
const PAUSE: f32 = TARGET - 30.0;
const PAUSE_MOST: f32 = 8.0;

/// The factors of one frame, from its first sample to the first of the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ramp {
    pub(super) from: f32,
    pub(super) to: f32,
}

/// Decides gains for a stream of frames.
pub(super) struct Gains {
    noise: f32,
    /// The last frames, the mean of which is not known for all.
    block: VecDeque<Frame>,
    /// The frames around the one that is decided.
    frames: VecDeque<Frame>,
    /// The place in `frames` of the one that is decided.
    at: usize,
    /// Decided gains and levels of frames, in decibels.
    decided: VecDeque<(f32, f32)>,
    /// The gain of the last frame in decibels, and the factor at its beginning.
    last: Option<(f32, f32)>,
}

impl Default for Gains {
    fn default() -> Self {
        Self {
            noise: GATE,
            block: VecDeque::new(),
            frames: VecDeque::new(),
            at: 0,
            decided: VecDeque::new(),
            last: None,
        }
    }
}

impl Gains {
    /// Takes the power of the next frame; says what to do with an earlier one.
    pub(super) fn push(&mut self, power: f32) -> Option<Ramp> {
        let level = decibels(power);
        self.noise = level.min(self.noise + NOISE_RISE).min(NOISE_MOST);
        let sounds = level > GATE && level > self.noise + ABOVE_NOISE;
        self.measure(Frame { power, level, sounds, around: 0.0 })
    }

    /// Nothing follows: says what to do with one of the last frames.
    pub(super) fn end(&mut self) -> Option<Ramp> {
        self.measure(Frame { power: 0.0, level: decibels(0.0), sounds: false, around: 0.0 })
    }

    fn measure(&mut self, frame: Frame) -> Option<Ramp> {
        self.block.push_back(frame);
        if self.block.len() > BLOCK {
            self.block.pop_front();
        }
        let middle = self.block.len().checked_sub(BLOCK / 2)?;
        let power: f32 = self.block.iter().filter(|frame| frame.sounds).map(|frame| frame.power).sum();
        self.decide(Frame { around: power / self.block.len() as f32, ..self.block[middle] })
    }

    fn decide(&mut self, frame: Frame) -> Option<Ramp> {
        self.frames.push_back(frame);
        if self.frames.len() < self.at + AROUND {
            return None;
        }
        let held = self.decided.back().map_or(0.0, |(gain, _)| *gain);
        let gain = self
            .loudness_here()
            .map_or(held, |loudness| (TARGET - loudness).clamp(*GAIN.start(), *GAIN.end()));
        let decided = (gain, self.frames[self.at].level);
        if self.decided.is_empty() {
            self.decided.extend([decided; SMOOTH]);
        }
        self.decided.push_back(decided);
        if self.at < AROUND - 1 {
            self.at += 1;
        } else {
            self.frames.pop_front();
        }
        self.smooth()
    }

    /// The loudness of the frame's surroundings, or of that side of an edge on which it lies.
    fn loudness_here(&self) -> Option<f32> {
        let past = loudness(&self.frames.range(..=self.at));
        let coming = loudness(&self.frames.range(self.at..));
        let (Some(past), Some(coming)) = (past, coming) else { return past.or(coming) };
        if (past - coming).abs() < EDGE {
            return Some(f32::midpoint(past, coming));
        }
        let own = self.frames[self.at].level;
        Some(if (past - own).abs() < (coming - own).abs() { past } else { coming })
    }

    fn smooth(&mut self) -> Option<Ramp> {
        if self.decided.len() <= 2 * SMOOTH {
            return None;
        }
        let sum: f32 = self.decided.iter().map(|(gain, _)| gain).sum();
        let gain = sum / self.decided.len() as f32;
        let near = self.decided.range(SMOOTH - 1..=SMOOTH + 1);
        let loudest = near.fold(f32::MIN, |loudest, (_, level)| loudest.max(*level)) + gain;
        self.decided.pop_front();
        self.ramp(gain - ((PAUSE - loudest) / 2.0).clamp(0.0, PAUSE_MOST))
    }

    fn ramp(&mut self, gain: f32) -> Option<Ramp> {
        let Some((last, from)) = self.last else {
            self.last = Some((gain, factor(gain)));
            return None;
        };
        let to = factor(f32::midpoint(last, gain));
        self.last = Some((gain, to));
        Some(Ramp { from, to })
    }
}

fn factor(decibels: f32) -> f32 {
    10_f32.powf(decibels / 20.0)
}
