//! Filters for sound at 8,000 Hz: second-order sections after the Audio EQ Cookbook (R. Bristow-Johnson).
//!
//! It must not know what they are for.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2, TAU};

use crate::TELEPHONE_RATE;

/// A state smaller than this is silence; it would only shrink on into numbers that processors are slow with.
const STILL: f64 = 1e-30;

/// Two sections, one after the other.
pub(crate) struct Filter {
    sections: [Section; 2],
}

impl Filter {
    /// A Butterworth high-pass of the fourth order, 3 dB down at `hz`.
    pub(crate) fn high_pass(hz: f64) -> Self {
        // The quality factors of the two pairs of poles.
        Self { sections: [0.541_196_1, 1.306_563].map(|quality| Section::high_pass(hz, quality)) }
    }

    /// What an ear at a telephone makes of it: the weighting of ITU-R BS.1770, less of what is under 200 Hz.
    pub(crate) fn ear() -> Self {
        Self { sections: [Section::high_pass(200.0, FRAC_1_SQRT_2), Section::high_shelf(1_500.0, 4.0)] }
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

/// A fraction of two polynomials of the second degree.
struct Section {
    above: [f64; 3],
    below: [f64; 2],
    state: [f64; 2],
}

impl Section {
    fn new(above: [f64; 3], below: [f64; 3]) -> Self {
        let [whole, ..] = below;
        Self {
            above: above.map(|part| part / whole),
            below: [below[1] / whole, below[2] / whole],
            state: [0.0; 2],
        }
    }

    fn high_pass(hz: f64, quality: f64) -> Self {
        let (sin, cos) = turn(hz);
        let alpha = sin / (2.0 * quality);
        let edge = f64::midpoint(1.0, cos);
        Self::new([edge, -2.0 * edge, edge], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
    }

    fn high_shelf(hz: f64, decibels: f64) -> Self {
        let (sin, cos) = turn(hz);
        let gain = 10_f64.powf(decibels / 40.0);
        let slope = gain.sqrt() * sin * SQRT_2;
        let (more, less) = (gain + 1.0, gain - 1.0);
        Self::new(
            [more + less * cos + slope, -2.0 * (less + more * cos), more + less * cos - slope]
                .map(|part| part * gain),
            [more - less * cos + slope, 2.0 * (less - more * cos), more - less * cos - slope],
        )
    }

    /// Transposed direct form II.
    fn run(&mut self, sample: f64) -> f64 {
        let out = self.above[0] * sample + self.state[0];
        self.state[0] = self.above[1] * sample - self.below[0] * out + self.state[1];
        self.state[1] = self.above[2] * sample - self.below[1] * out;
        out
    }
}

/// Sine and cosine of the angle of a frequency.
fn turn(hz: f64) -> (f64, f64) {
    (TAU * hz / f64::from(TELEPHONE_RATE)).sin_cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The level of a tone behind a filter, in decibels.
    fn decibels(mut filter: Filter, hz: f64) -> f64 {
        let out: Vec<f32> = (0..16_000)
            .map(|n| filter.run((f64::from(n) * hz * TAU / 8_000.0).sin() as f32))
            .skip(8_000)
            .collect();
        let power: f64 = out.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        10.0 * (power / 4_000.0).log10()
    }

    #[test]
    fn what_is_under_the_corner_goes_and_the_voice_stays() {
        for (hz, level) in [(50.0, -24.1), (100.0, -3.0), (200.0, 0.0), (1_000.0, 0.0)] {
            let found = decibels(Filter::high_pass(100.0), hz);
            assert!((found - level).abs() < 0.1, "{hz}: {found}");
        }
    }

    #[test]
    fn an_ear_hears_consonants_better_than_a_pedal() {
        for (hz, level) in [(65.0, -20.0), (200.0, -3.0), (600.0, 0.1), (3_000.0, 4.0)] {
            let found = decibels(Filter::ear(), hz);
            assert!((found - level).abs() < 0.5, "{hz}: {found}");
        }
    }

    #[test]
    fn silence_becomes_silent() {
        let mut filter = Filter::high_pass(100.0);
        filter.run(1.0);
        for _ in 0..100 {
            (0..400).for_each(|_| _ = filter.run(0.0));
            filter.settle();
        }
        assert!(filter.run(0.0).abs() < f32::MIN_POSITIVE);
    }
}
