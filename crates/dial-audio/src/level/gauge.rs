//! How loud a whole recording is, with the gates of ITU-R BS.1770, from the power of its frames.
//!
//! Memory is constant: blocks are counted by their loudness, in steps of a tenth of a decibel.

use std::collections::VecDeque;

use super::loudness::decibels;

/// A block is 0.4 s long, and the next begins 0.1 s later; in frames of 50 ms.
const BLOCK: usize = 8;
const HOP: usize = 2;
/// Quieter blocks are silence, in LUFS.
const SILENCE: f32 = -70.0;
/// Blocks that are so much quieter than the rest are pauses, in decibels.
const PAUSE: f32 = 10.0;
/// What the weighting adds to a tone of 1 kHz, in decibels.
const OFFSET: f32 = 0.691;
const STEPS_PER_DB: f32 = 10.0;
const STEPS: usize = 800;

/// Measures one stream of frames.
pub(super) struct Gauge {
    frames: VecDeque<f32>,
    /// Frames until the next block ends.
    until: usize,
    /// How many blocks there are of each loudness.
    blocks: Box<[u32; STEPS]>,
}

impl Default for Gauge {
    fn default() -> Self {
        Self { frames: VecDeque::with_capacity(BLOCK), until: BLOCK, blocks: Box::new([0; STEPS]) }
    }
}

impl Gauge {
    /// Takes the mean power of the next frame.
    pub(super) fn push(&mut self, power: f32) {
        if self.frames.len() == BLOCK {
            self.frames.pop_front();
        }
        self.frames.push_back(power);
        self.until -= 1;
        if self.until > 0 {
            return;
        }
        self.until = HOP;
        let step = (lufs(self.frames.iter().sum::<f32>() / BLOCK as f32) - SILENCE) * STEPS_PER_DB;
        if step >= 0.0
            && let Some(blocks) = self.blocks.get_mut((step as usize).min(STEPS - 1))
        {
            *blocks += 1;
        }
    }

    /// The loudness in LUFS; nothing if there is nothing to hear.
    pub(super) fn loudness(&self) -> Option<f32> {
        let all = self.mean_from(0)?;
        let loudest_pause = ((all - PAUSE - SILENCE) * STEPS_PER_DB).max(0.0);
        self.mean_from(loudest_pause as usize)
    }

    /// The mean of all blocks from a step on.
    fn mean_from(&self, step: usize) -> Option<f32> {
        let counted = self.blocks.iter().enumerate().skip(step).filter(|(_, blocks)| **blocks > 0);
        let (count, power) = counted.fold((0_u64, 0.0_f64), |(count, power), (step, blocks)| {
            let loudness = SILENCE + (step as f32 + 0.5) / STEPS_PER_DB;
            let one = 10_f64.powf(f64::from(loudness + OFFSET) / 10.0);
            (count + u64::from(*blocks), power + one * f64::from(*blocks))
        });
        (count > 0).then(|| lufs((power / count as f64) as f32))
    }
}

fn lufs(power: f32) -> f32 {
    decibels(power) - OFFSET
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loudness(frames: impl Iterator<Item = (f32, usize)>) -> Option<f32> {
        let mut gauge = Gauge::default();
        for (level, count) in frames {
            (0..count).for_each(|_| gauge.push(10_f32.powf(level / 10.0)));
        }
        gauge.loudness()
    }

    #[test]
    fn an_even_sound_has_its_own_loudness_for_any_length() {
        for count in [8, 100, 72_000] {
            let found = loudness([(-20.0, count)].into_iter()).expect("it sounds");
            assert!((found + 20.7).abs() < 0.11, "{found}");
        }
    }

    #[test]
    fn pauses_do_not_count_and_silence_is_nothing() {
        let half = loudness([(-20.0, 400), (-45.0, 400)].into_iter()).expect("it sounds");
        assert!((half + 20.7).abs() < 0.2, "{half}");
        assert_eq!(loudness([(-90.0, 400)].into_iter()), None);
        assert_eq!(loudness([(-20.0, 7)].into_iter()), None);
    }
}
