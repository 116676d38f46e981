//! Leaves out the silence before the first sound of a recording and after the last, and nothing in between.
//!
//! Whether a silence is the last one is known only at the end. Until then it is kept back: its beginning, its
//! length, and its end, so that a night of it takes no more memory than a pause. It must not know gains.

use std::collections::VecDeque;
use std::io;

use crate::TELEPHONE_RATE;

/// 20 ms.
const FRAME: usize = TELEPHONE_RATE as usize / 50;
/// What stays under this level cannot be heard, in dBFS: -65, as a power.
const SILENT: f32 = 3.162e-7;
/// So much silence stays at each end: 0.4 s.
const STAYS: usize = TELEPHONE_RATE as usize * 2 / 5;
/// A silence in the middle is kept as it is for so long, 10 s; what is beyond becomes silence of the same length.
const KEPT: usize = TELEPHONE_RATE as usize * 10;
/// Whoever speaks for a minute is no noise, however long the silence around; in frames.
const MINUTE: u64 = 3_000;

/// Takes what stays.
type Keep<'a> = dyn FnMut(&[f32]) -> io::Result<()> + 'a;

/// What was left out, in samples at 8,000 Hz.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Before what was kept.
    pub start: u64,
    /// After it.
    pub end: u64,
}

/// What is in a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing at all, and nothing was left out.
    Nothing,
    /// A click, a cough: less than a tenth of it sounds, and less than a minute.
    Noises(LeftOut),
    /// Something to listen to.
    Sound(LeftOut),
}

/// Trims one stream of samples at 8,000 Hz.
pub(crate) struct Ends {
    frame: Vec<f32>,
    energy: f32,
    silence: Silence,
    /// Frames so far, and those of them that were not silent.
    frames: u64,
    sounding: u64,
    left_out: LeftOut,
}

/// The silence that lasts at the moment.
#[derive(Default)]
struct Silence {
    beginning: Vec<f32>,
    beyond: u64,
    end: VecDeque<f32>,
}

impl Ends {
    pub(crate) fn new() -> Self {
        Self {
            frame: Vec::with_capacity(FRAME),
            energy: 0.0,
            silence: Silence::default(),
            frames: 0,
            sounding: 0,
            left_out: LeftOut::default(),
        }
    }

    /// Takes some samples, and hands on those that certainly stay.
    pub(crate) fn push(&mut self, samples: &[f32], keep: &mut Keep<'_>) -> io::Result<()> {
        for sample in samples {
            self.energy += sample.powi(2);
            self.frame.push(*sample);
            if self.frame.len() == FRAME {
                self.close_frame(keep)?;
            }
        }
        Ok(())
    }

    /// Hands on what stays of the end; says what was left out, and whether anything was heard.
    pub(crate) fn finish(mut self, keep: &mut Keep<'_>) -> io::Result<Heard> {
        if !self.frame.is_empty() {
            self.close_frame(keep)?;
        }
        if self.sounding == 0 {
            self.silence.give(keep)?;
            return Ok(Heard::Nothing);
        }
        let stays = self.silence.beginning.len().min(STAYS);
        keep(&self.silence.beginning[..stays])?;
        self.left_out.end = self.silence.len() - stays as u64;
        let is_sound = self.sounding >= MINUTE || self.sounding * 10 >= self.frames;
        Ok(if is_sound { Heard::Sound(self.left_out) } else { Heard::Noises(self.left_out) })
    }

    fn close_frame(&mut self, keep: &mut Keep<'_>) -> io::Result<()> {
        self.frames += 1;
        let power = self.energy / self.frame.len() as f32;
        self.energy = 0.0;
        if power < SILENT {
            self.silence.push(&self.frame);
        } else {
            if self.sounding == 0 {
                self.left_out.start = self.silence.shorten();
            }
            self.sounding += 1;
            self.silence.give(keep)?;
            keep(&self.frame)?;
        }
        self.frame.clear();
        Ok(())
    }
}

impl Silence {
    fn len(&self) -> u64 {
        self.beginning.len() as u64 + self.beyond + self.end.len() as u64
    }

    fn push(&mut self, frame: &[f32]) {
        if self.beginning.len() < KEPT {
            return self.beginning.extend_from_slice(frame);
        }
        self.end.extend(frame);
        let excess = self.end.len().saturating_sub(STAYS);
        self.end.drain(..excess);
        self.beyond += excess as u64;
    }

    /// Forgets all but the last of it; says how much that is.
    fn shorten(&mut self) -> u64 {
        let long = self.len().saturating_sub(STAYS as u64);
        let of_beginning = self.beginning.len().min(STAYS - self.end.len().min(STAYS));
        self.beginning.drain(..self.beginning.len() - of_beginning);
        self.beyond = 0;
        long
    }

    fn give(&mut self, keep: &mut Keep<'_>) -> io::Result<()> {
        if self.len() == 0 {
            return Ok(());
        }
        keep(&self.beginning)?;
        self.beginning.clear();
        while self.beyond > 0 {
            let piece = self.beyond.min(FRAME as u64);
            keep(&[0.0; FRAME][..piece as usize])?;
            self.beyond -= piece;
        }
        keep(self.end.make_contiguous())?;
        self.end.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept of parts that sound (true) or not, each of so many seconds.
    fn kept(parts: &[(bool, f32)]) -> (usize, Heard) {
        let (mut ends, mut kept, mut length) = (Ends::new(), 0, 0);
        let mut keep = |samples: &[f32]| {
            kept += samples.len();
            Ok(())
        };
        for (sounds, seconds) in parts {
            let level = if *sounds { 0.01 } else { 0.000_3 };
            let part: Vec<f32> = (0..(seconds * 8_000.0) as usize)
                .map(|n| ((length + n) as f32 * 0.7).sin() * level)
                .collect();
            length += part.len();
            for block in part.chunks(333) {
                ends.push(block, &mut keep).expect("keeping cannot fail");
            }
        }
        let heard = ends.finish(&mut keep).expect("keeping cannot fail");
        (kept, heard)
    }

    #[test]
    fn both_ends_are_trimmed_and_a_little_stays() {
        for (silence, sound) in [(2.0, 5.0), (60.0, 61.0)] {
            let long = (silence * 8_000.0) as u64;
            let (length, heard) = kept(&[(false, silence), (true, sound), (false, silence)]);
            let left_out = LeftOut { start: long - 3_200, end: long - 3_200 };
            assert_eq!(heard, Heard::Sound(left_out), "{silence}");
            assert_eq!(length as u64, (sound * 8_000.0) as u64 + 6_400, "{silence}");
        }
    }

    #[test]
    fn nothing_is_cut_from_the_middle() {
        for silence in [0.1, 9.0, 11.0, 3_600.0] {
            let (length, heard) = kept(&[(true, 61.0), (false, silence), (true, 1.0)]);
            assert_eq!(length, 8_000 * 62 + (silence * 8_000.0) as usize);
            assert_eq!(heard, Heard::Sound(LeftOut::default()), "{silence}");
        }
    }

    #[test]
    fn what_is_short_of_silence_at_an_end_loses_nothing() {
        let (length, heard) = kept(&[(false, 0.2), (true, 1.0), (false, 0.3)]);
        assert_eq!((length, heard), (12_000, Heard::Sound(LeftOut::default())));
    }

    #[test]
    fn where_nothing_is_heard_everything_stays() {
        assert_eq!(kept(&[(false, 30.0)]), (240_000, Heard::Nothing));
        assert_eq!(kept(&[]), (0, Heard::Nothing));
        let (_, heard) = kept(&[(false, 30.0), (true, 0.1), (false, 30.0)]);
        assert!(matches!(heard, Heard::Noises(_)), "{heard:?}");
    }
}
