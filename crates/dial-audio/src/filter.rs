//! High-pass filters for sound at 8,000 Hz: second-order sections after the Audio EQ Cookbook (R. Bristow-Johnson).
//!
//! It must not know what they are for.

use std::f64::consts::TAU;

use crate::TELEPHONE_RATE;

/// A state smaller than this is silence; it would only shrink on into numbers that processors are slow with.
const STILL: f64 = 1e-30;

/// A Butterworth high-pass of the fourth order.
pub(crate) struct HighPass {
    sections: [Section; 2],
}

impl HighPass {
    /// 3 dB down at `hz`.
    pub(crate) fn new(hz: f64) -> Self {
        // The quality factors of the two pairs of poles.
        Self { sections: [0.541_196_1, 1.306_563].map(|quality| Section::new(hz, quality)) }
    }

    /// Filters samples where they are.
    pub(crate) fn filter(&mut self, samples: &mut [f32]) {
        for sample in samples {
            *sample = self.run(*sample);
        }
        self.settle();
    }

    /// The next sample.
    pub(crate) fn run(&mut self, sample: f32) -> f32 {
        let [first, second] = &mut self.sections;
        second.run(first.run(f64::from(sample))) as f32
    }

    /// To be called now and then: lets silence be silent.
    pub(crate) fn settle(&mut self) {
        for state in self.sections.iter_mut().flat_map(|section| &mut section.state) {
            if state.abs() < STILL {
                *state = 0.0;
            }
        }
    }
}

struct Section {
    /// Of the input: this sample and the one before the last; of the last it is twice as much, negative.
    input: f64,
    output: [f64; 2],
    state: [f64; 2],
}

impl Section {
    fn new(hz: f64, quality: f64) -> Self {
        let (sin, cos) = (TAU * hz / f64::from(TELEPHONE_RATE)).sin_cos();
        let alpha = sin / (2.0 * quality);
        let whole = 1.0 + alpha;
        Self {
            input: f64::midpoint(1.0, cos) / whole,
            output: [-2.0 * cos / whole, (1.0 - alpha) / whole],
            state: [0.0; 2],
        }
    }

    /// Transposed direct form II.
    fn run(&mut self, sample: f64) -> f64 {
        let fed = self.input * sample;
        let out = fed + self.state[0];
        self.state[0] = self.state[1] - 2.0 * fed - self.output[0] * out;
        self.state[1] = fed - self.output[1] * out;
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The level of a tone behind the filter, in decibels.
    fn decibels(hz: f64) -> f64 {
        let mut filter = HighPass::new(100.0);
        let out: Vec<f32> = (0..16_000)
            .map(|n| filter.run((f64::from(n) * hz * TAU / 8_000.0).sin() as f32))
            .skip(8_000)
            .collect();
        let power: f64 = out.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        10.0 * (power / 4_000.0).log10()
    }

    #[test]
    fn what_is_under_the_corner_goes_and_the_voice_stays() {
        for (hz, least, most) in
            [(50.0, -25.0, -23.0), (100.0, -3.1, -2.9), (200.0, -0.1, 0.0), (1_000.0, -0.01, 0.01)]
        {
            assert!((least..=most).contains(&decibels(hz)), "{hz}: {}", decibels(hz));
        }
    }

    #[test]
    fn silence_becomes_silent() {
        let mut filter = HighPass::new(100.0);
        filter.run(1.0);
        for _ in 0..100 {
            (0..400).for_each(|_| _ = filter.run(0.0));
            filter.settle();
        }
        assert!(filter.run(0.0).abs() < f32::MIN_POSITIVE);
    }
}
