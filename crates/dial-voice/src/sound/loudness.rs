//! How loud speech is, as ITU-R BS.1770 measures it, at any rate.

use std::f64::consts::FRAC_1_SQRT_2;

/// A filter of the second order, in its transposed direct form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Biquad {
    forward: [f64; 3],
    back: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    /// A high pass, in the form of the audio cookbook of R. Bristow-Johnson.
    pub(super) fn high_pass(rate: f64, hz: f64, quality: f64) -> Self {
        let (sin, cos) = (std::f64::consts::TAU * hz / rate).sin_cos();
        let alpha = sin / (2.0 * quality);
        let edge = f64::midpoint(1.0, cos);
        Self::new([edge, -2.0 * edge, edge], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
    }

    /// Raises what lies above a frequency.
    pub(super) fn high_shelf(rate: f64, hz: f64, quality: f64, decibels: f64) -> Self {
        let (sin, cos) = (std::f64::consts::TAU * hz / rate).sin_cos();
        let gain = 10_f64.powf(decibels / 40.0);
        let (more, less) = (gain + 1.0, gain - 1.0);
        let slope = gain.sqrt() * sin / quality;
        Self::new(
            [
                gain * (more + less * cos + slope),
                -2.0 * gain * (less + more * cos),
                gain * (more + less * cos - slope),
            ],
            [more - less * cos + slope, 2.0 * (less - more * cos), more - less * cos - slope],
        )
    }

    fn new(forward: [f64; 3], back: [f64; 3]) -> Self {
        let [first, second, third] = back;
        Self {
            forward: forward.map(|factor| factor / first),
            back: [second / first, third / first],
            state: [0.0; 2],
        }
    }

    pub(super) fn next(&mut self, sample: f64) -> f64 {
        let out = self.forward[0] * sample + self.state[0];
        self.state[0] = self.forward[1] * sample - self.back[0] * out + self.state[1];
        self.state[1] = self.forward[2] * sample - self.back[1] * out;
        out
    }
}

/// Blocks of 400 ms, begun every 100 ms.
const BLOCKS_PER_S: f64 = 10.0;
/// Blocks below this are silence.
const ABSOLUTE_GATE: f64 = -70.0;
/// Blocks so far below the rest are pauses.
const RELATIVE_GATE: f64 = -10.0;

/// The loudness in LUFS; nothing if there is nothing to hear.
pub(super) fn loudness(rate: u32, samples: &[f32]) -> Option<f64> {
    let rate = f64::from(rate);
    let mut shelf = Biquad::high_shelf(rate, 1681.97, FRAC_1_SQRT_2, 4.0);
    let mut bass = Biquad::high_pass(rate, 38.135, 0.5003);
    let powers: Vec<f64> =
        samples.iter().map(|sample| bass.next(shelf.next(f64::from(*sample))).powi(2)).collect();
    let hop = (rate / BLOCKS_PER_S) as usize;
    let block = (hop * 4).min(powers.len().max(1));
    let blocks: Vec<f64> = powers
        .windows(block)
        .step_by(hop)
        .map(|block| block.iter().sum::<f64>() / block.len() as f64)
        .collect();
    let above = |gate: f64| mean(blocks.iter().copied().filter(|power| lufs(*power) > gate));
    let ungated = above(ABSOLUTE_GATE)?;
    above(lufs(ungated) + RELATIVE_GATE).map(lufs)
}

fn lufs(power: f64) -> f64 {
    -0.691 + 10.0 * power.max(1e-12).log10()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hz: f64, level: f64) -> Vec<f32> {
        let step = std::f64::consts::TAU * hz / f64::from(rate);
        (0..rate * 2).map(|at| ((f64::from(at) * step).sin() * level) as f32).collect()
    }

    #[test]
    fn a_full_tone_measures_as_the_recommendation_says() {
        // BS.1770: a full-scale tone of 997 Hz in one channel reads -3.01 LUFS.
        // Near half of the rate a filter in this form is not what it should be: the shelf is narrower.
        for (rate, near) in [(8_000, 0.5), (24_000, 0.3), (48_000, 0.3)] {
            let read = loudness(rate, &tone(rate, 997.0, 1.0)).unwrap();
            assert!((read + 3.01).abs() < near, "{rate}: {read}");
        }
        assert_eq!(loudness(8_000, &vec![0.0; 8_000]), None);
        assert_eq!(loudness(8_000, &[]), None);
    }

    #[test]
    fn pauses_do_not_count() {
        let mut sound = tone(8_000, 997.0, 0.1);
        let steady = loudness(8_000, &sound).unwrap();
        sound.resize(sound.len() + 16_000, 0.0);
        assert!((loudness(8_000, &sound).unwrap() - steady).abs() < 0.8);
    }
}
