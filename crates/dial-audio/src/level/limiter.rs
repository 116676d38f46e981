//! Keeps peaks under -3 dBFS, also between the samples, and begins to turn down 5 ms before they come.
//!
//! Gains are whole numbers of millionths, so that sums of them stay exact for a day.

use std::f64::consts::PI;

/// -3 dBFS.
const CEILING: f32 = 0.707;
/// The gain that changes nothing.
const ONE: u32 = 1 << 20;
/// 5 ms: the way down to a peak is a slope of this length.
const AHEAD: usize = 40;
/// Each sample the gain comes back by 1/2^10 of what is missing: in about 0.13 s.
const RELEASE: u32 = 10;
/// Samples on each side from which the sound between two samples is reckoned.
const REACH: usize = 6;
/// Between samples that are smaller than this there is no peak to fear.
const SAFE: f32 = 0.4 * CEILING;

/// Weights of the samples around a place between two of them.
type Taps = [f32; 2 * REACH];

/// Limits one stream of samples.
pub(super) struct Limiter {
    between: [Taps; 3],
    /// `AHEAD - 1` samples that wait for their gain, then those that wait for what follows them.
    samples: Vec<f32>,
    /// Samples from before the beginning, which are not given out.
    skip: usize,
    /// The peak between the last judged sample and the next.
    peak: f32,
    /// The gain that the last judged sample may have.
    allowed: u32,
    /// What was allowed lately, the least of it lately, and the sum of those.
    lately: [u32; AHEAD],
    least: [u32; AHEAD],
    sum: u32,
    place: usize,
    /// For how many samples nothing was turned down.
    calm: usize,
}

impl Default for Limiter {
    fn default() -> Self {
        Self {
            between: [0.25, 0.5, 0.75].map(taps),
            samples: vec![0.0; AHEAD - 1],
            skip: AHEAD - 1,
            peak: 0.0,
            allowed: ONE,
            lately: [ONE; AHEAD],
            least: [ONE; AHEAD],
            sum: ONE * AHEAD as u32,
            place: 0,
            calm: usize::MAX,
        }
    }
}

impl Limiter {
    /// Takes some samples, and appends to `out` those that are ready.
    pub(super) fn push(&mut self, samples: impl Iterator<Item = f32>, out: &mut Vec<f32>) {
        self.samples.extend(samples);
        let judged = self.samples.len().saturating_sub(AHEAD - 1 + REACH);
        for at in 0..judged {
            let gain = self.gain(at + AHEAD - 1);
            if self.skip > 0 {
                self.skip -= 1;
            } else {
                out.push(self.samples[at] * gain);
            }
        }
        self.samples.drain(..judged);
    }

    /// Appends the rest.
    pub(super) fn finish(mut self, out: &mut Vec<f32>) {
        self.push(std::iter::repeat_n(0.0, AHEAD - 1 + REACH), out);
    }

    /// Judges the sample at a place; the gain is for the sample `AHEAD - 1` before it.
    fn gain(&mut self, at: usize) -> f32 {
        let before = self.peak;
        self.peak = self.peak_after(at);
        let peak = self.samples[at].abs().max(before).max(self.peak);
        let back = self.allowed + ((ONE - self.allowed) >> RELEASE) + 1;
        self.allowed = if peak > CEILING { (CEILING / peak * ONE as f32) as u32 } else { ONE }.min(back);
        self.calm = if self.allowed == ONE { self.calm.saturating_add(1) } else { 0 };
        if self.calm > 2 * AHEAD {
            return 1.0;
        }
        self.place = (self.place + 1) % AHEAD;
        self.lately[self.place] = self.allowed;
        let least = self.lately.iter().copied().fold(ONE, u32::min);
        self.sum = self.sum - self.least[self.place] + least;
        self.least[self.place] = least;
        self.sum as f32 / (ONE * AHEAD as u32) as f32
    }

    /// The peak between the sample at a place and the next, as far as it can be dangerous.
    fn peak_after(&self, at: usize) -> f32 {
        if self.samples[at].abs() < SAFE && self.samples[at + 1].abs() < SAFE {
            return 0.0;
        }
        let around = &self.samples[at + 1 - REACH..=at + REACH];
        let sound =
            |taps: &Taps| taps.iter().zip(around).map(|(tap, sample)| tap * sample).sum::<f32>().abs();
        self.between.iter().map(sound).fold(0.0, f32::max)
    }
}

/// A sinc under a Hann window, for a place between the middle two samples.
fn taps(place: f64) -> Taps {
    std::array::from_fn(|tap| {
        let away = tap as f64 - (REACH - 1) as f64 - place;
        let window = 0.5 + 0.5 * (PI * away / (REACH as f64 + 0.5)).cos();
        ((PI * away).sin() / (PI * away) * window) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(samples: &[f32], block: usize) -> Vec<f32> {
        let mut limiter = Limiter::default();
        let mut out = Vec::new();
        for block in samples.chunks(block) {
            limiter.push(block.iter().copied(), &mut out);
        }
        limiter.finish(&mut out);
        out
    }

    #[test]
    fn what_is_low_enough_passes_as_it_is() {
        let soft: Vec<f32> = (0..1_000).map(|n| (n as f32 * 0.3).sin() * 0.7).collect();
        let out = limited(&soft, 77);
        // A sudden end has a peak of its own.
        assert_eq!((&out[..900], out.len()), (&soft[..900], soft.len()));
    }

    #[test]
    fn no_peak_goes_over_the_ceiling_and_the_way_down_begins_before_it() {
        let mut samples = vec![0.3; 2_000];
        samples[1_000] = 2.0;
        let out = limited(&samples, 2_000);
        assert_eq!(out.len(), samples.len());
        assert!(out.iter().all(|sample| *sample <= CEILING));
        assert!(out[980] < 0.25 && out[950] > 0.299, "{} {}", out[980], out[950]);
        assert!(out[1_500] > out[1_100]);
    }

    #[test]
    fn a_peak_between_samples_counts() {
        // A quarter of the rate, sampled an eighth of a turn beside its peaks: they are 3 dB over the samples.
        let tone: Vec<f32> = (0..4_000).map(|n| (PI * (f64::from(n) / 2.0 + 0.25)).sin() as f32).collect();
        let out = limited(&tone, 4_000);
        let loudest = out[500..3_500].iter().fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
        assert!((0.48..0.52).contains(&loudest), "{loudest}");
    }
}
