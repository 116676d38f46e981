//! Any sample rate to 8,000 Hz, as a stream, with the filter's delay taken out.
//!
//! It must not know where the samples come from; its memory is a few blocks, whatever the length.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _};
use thiserror::Error;

use crate::TELEPHONE_RATE;

/// The rates that sound is recorded at; outside of them a header lies, and would cost memory.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;
/// Blocks of a tenth of a second: a filter 0.1 s long has the stop band that was measured.
const BLOCKS_PER_SECOND: u32 = 10;

/// A sample rate that no recording has.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("cannot play sound with {0} samples a second")]
pub struct UnsupportedRate(pub u32);

/// Resamples one stream of mono sound to 8,000 Hz.
///
/// After [`finish`](Self::finish), exactly `round(input frames * 8000 / rate)` samples have been given out.
pub struct Resampler {
    rate: u32,
    engine: Option<Engine>,
    frames_in: u64,
    frames_out: u64,
}

struct Engine {
    fft: Fft<f32>,
    waiting: Vec<f32>,
    block: Vec<f32>,
    delay_left: usize,
}

impl Resampler {
    /// A resampler of sound with `rate` samples a second.
    pub fn new(rate: u32) -> Result<Self, UnsupportedRate> {
        if !RATES.contains(&rate) {
            return Err(UnsupportedRate(rate));
        }
        let engine = if rate == TELEPHONE_RATE { None } else { Some(Engine::new(rate)?) };
        Ok(Self { rate, engine, frames_in: 0, frames_out: 0 })
    }

    /// Takes some samples, and appends to `out` those that are ready.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.frames_in += samples.len() as u64;
        let before = out.len();
        match &mut self.engine {
            None => out.extend_from_slice(samples),
            Some(engine) => engine.push(samples, out),
        }
        self.frames_out += (out.len() - before) as u64;
    }

    /// Appends the rest, so that no sample of the end is missing and none is added.
    pub fn finish(mut self, out: &mut Vec<f32>) {
        let total =
            (self.frames_in * u64::from(TELEPHONE_RATE) + u64::from(self.rate) / 2) / u64::from(self.rate);
        let Some(engine) = &mut self.engine else {
            return;
        };
        while self.frames_out < total {
            let before = out.len();
            let silence = vec![0.0; engine.missing()];
            engine.push(&silence, out);
            self.frames_out += (out.len() - before) as u64;
        }
        let excess = (self.frames_out - total) as usize;
        out.truncate(out.len().saturating_sub(excess));
    }
}

impl Engine {
    fn new(rate: u32) -> Result<Self, UnsupportedRate> {
        // Blocks are of whole units, in which both rates have whole samples; an even number of them
        // makes the filter's delay a whole number of samples.
        let unit = rate / gcd(rate, TELEPHONE_RATE);
        let block = (unit * (rate / BLOCKS_PER_SECOND).div_ceil(unit).next_multiple_of(2)) as usize;
        let fft = Fft::new(rate as usize, TELEPHONE_RATE as usize, block, 1, FixedSync::Both)
            .map_err(|_| UnsupportedRate(rate))?;
        Ok(Self {
            waiting: Vec::with_capacity(fft.input_frames_next()),
            block: vec![0.0; fft.output_frames_max()],
            delay_left: fft.output_delay(),
            fft,
        })
    }

    fn missing(&self) -> usize {
        self.fft.input_frames_next() - self.waiting.len()
    }

    fn push(&mut self, mut samples: &[f32], out: &mut Vec<f32>) {
        loop {
            let (now, later) = samples.split_at(self.missing().min(samples.len()));
            self.waiting.extend_from_slice(now);
            if self.missing() > 0 {
                return;
            }
            samples = later;
            self.resample_block(out);
        }
    }

    fn resample_block(&mut self, out: &mut Vec<f32>) {
        let frames = self.block.len();
        let input =
            SequentialSlice::new(&self.waiting, 1, self.waiting.len()).expect("one channel of this length");
        let mut output =
            SequentialSlice::new_mut(&mut self.block, 1, frames).expect("one channel of this length");
        let (_, made) = self
            .fft
            .process_into_buffer(&input, &mut output, None)
            .expect("both buffers are of the stated sizes");
        self.waiting.clear();
        let skipped = self.delay_left.min(made);
        self.delay_left -= skipped;
        out.extend_from_slice(&self.block[skipped..made]);
    }
}

/// Euclid's greatest common divisor.
fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resampled(rate: u32, samples: &[f32]) -> Vec<f32> {
        let mut resampler = Resampler::new(rate).expect("a rate of the table");
        let mut out = Vec::new();
        for piece in samples.chunks(1_000) {
            resampler.push(piece, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    fn tone(rate: u32, hz: f64, frames: u32) -> Vec<f32> {
        (0..frames)
            .map(|n| (f64::from(n) * hz * std::f64::consts::TAU / f64::from(rate)).sin() as f32 * 0.5)
            .collect()
    }

    #[test]
    fn the_length_is_exact_at_every_rate() {
        for rate in [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 7_999, 44_099] {
            for frames in [0, 1, 999, 12_345, 100_000] {
                let expected = (u64::from(frames) * 8_000 + u64::from(rate) / 2) / u64::from(rate);
                assert_eq!(
                    resampled(rate, &tone(rate, 440.0, frames)).len() as u64,
                    expected,
                    "{frames} at {rate}"
                );
            }
        }
    }

    #[test]
    fn a_tone_keeps_its_place_and_its_level() {
        for rate in [11_025, 16_000, 22_050, 44_100, 48_000] {
            let out = resampled(rate, &tone(rate, 1_000.0, rate));
            let expected = tone(8_000, 1_000.0, 8_000);
            let worst = (1_000..7_000).map(|n| (out[n] - expected[n]).abs()).fold(0.0, f32::max);
            assert!(worst < 0.02, "{rate}: {worst}");
        }
    }

    #[test]
    fn what_a_telephone_cannot_carry_does_not_fold_back() {
        let out = resampled(44_100, &tone(44_100, 5_000.0, 44_100));
        let loudest = out[1_000..7_000].iter().fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
        assert!(loudest < 1e-4, "{loudest}");
    }

    #[test]
    fn a_rate_that_no_recording_has_is_refused() {
        for rate in [0, 999, u32::MAX] {
            assert_eq!(Resampler::new(rate).err(), Some(UnsupportedRate(rate)));
        }
    }
}
