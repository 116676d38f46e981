//! Any sample rate to that of the telephone, as a stream, with the filter's delay taken out.
//!
//! It must not know where the samples come from; its memory is a few blocks, whatever the length.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _};
use thiserror::Error;

use crate::band::Band;

/// The rates that sound is recorded at; outside of them a header lies, and would cost memory.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;
/// Blocks of a tenth of a second: a filter 0.1 s long has the stop band that was measured.
const BLOCKS_PER_SECOND: u32 = 10;

/// A sample rate that no recording has.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("cannot play sound with {0} samples a second")]
pub struct UnsupportedRate(pub u32);

/// Resamples one stream of mono sound to the rate of a band.
///
/// After [`finish`](Self::finish), exactly `round(input frames * band.rate() / rate)` samples have been given out.
pub struct Resampler {
    rate: u32,
    band: Band,
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
    pub fn new(rate: u32, band: Band) -> Result<Self, UnsupportedRate> {
        if !RATES.contains(&rate) {
            return Err(UnsupportedRate(rate));
        }
        let engine = if rate == band.rate() { None } else { Some(Engine::new(rate, band)?) };
        Ok(Self { rate, band, engine, frames_in: 0, frames_out: 0 })
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
        let (from, to) = (u64::from(self.rate), u64::from(self.band.rate()));
        let total = (self.frames_in * to + from / 2) / from;
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
    fn new(rate: u32, band: Band) -> Result<Self, UnsupportedRate> {
        // Blocks are of whole units, in which both rates have whole samples; an even number of them
        // makes the filter's delay a whole number of samples.
        let unit = rate / gcd(rate, band.rate());
        let block = (unit * (rate / BLOCKS_PER_SECOND).div_ceil(unit).next_multiple_of(2)) as usize;
        let fft = Fft::new(rate as usize, band.rate() as usize, block, 1, FixedSync::Both)
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

    const BANDS: [Band; 2] = [Band::Narrow, Band::Wide];

    fn resampled(rate: u32, band: Band, samples: &[f32]) -> Vec<f32> {
        let mut resampler = Resampler::new(rate, band).expect("a rate of the table");
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

    /// The greatest sample, without the beginning and the end.
    fn loudest(samples: &[f32]) -> f32 {
        let edge = samples.len() / 8;
        samples[edge..samples.len() - edge].iter().fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()))
    }

    #[test]
    fn the_length_is_exact_at_every_rate() {
        let rates = [8_000, 11_025, 12_000, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 7_999, 44_099];
        for (band, rate) in BANDS.into_iter().flat_map(|band| rates.map(|rate| (band, rate))) {
            for frames in [0, 1, 999, 12_345, 100_000] {
                let expected =
                    (u64::from(frames) * u64::from(band.rate()) + u64::from(rate) / 2) / u64::from(rate);
                let len = resampled(rate, band, &tone(rate, 440.0, frames)).len() as u64;
                assert_eq!(len, expected, "{frames} at {rate} for {band:?}");
            }
        }
    }

    #[test]
    fn a_tone_keeps_its_place_and_its_level() {
        let rates = [11_025, 12_000, 16_000, 22_050, 24_000, 44_100, 48_000];
        for (band, rate) in BANDS.into_iter().flat_map(|band| rates.map(|rate| (band, rate))) {
            for hz in [300.0, 1_000.0, 3_400.0] {
                let out = resampled(rate, band, &tone(rate, hz, rate));
                let expected = tone(band.rate(), hz, band.rate());
                let wrong: Vec<f32> =
                    out.iter().zip(&expected).map(|(out, expected)| out - expected).collect();
                let worst = loudest(&wrong);
                assert!(worst < 5e-4, "{hz} Hz at {rate} for {band:?}: {worst}");
            }
        }
    }

    #[test]
    fn what_a_telephone_cannot_carry_does_not_fold_back() {
        for (band, rate, hz, most_db) in [
            (Band::Narrow, 44_100, 4_050.0, -100.0),
            (Band::Narrow, 44_100, 5_000.0, -120.0),
            (Band::Narrow, 11_025, 4_050.0, -100.0),
            (Band::Narrow, 12_000, 5_000.0, -120.0),
            (Band::Wide, 44_100, 8_050.0, -100.0),
            (Band::Wide, 44_100, 9_000.0, -120.0),
            (Band::Wide, 22_050, 8_050.0, -100.0),
            (Band::Wide, 24_000, 9_000.0, -120.0),
        ] {
            let out = resampled(rate, band, &tone(rate, hz, rate));
            let db = 20.0 * (loudest(&out) / 0.5).log10();
            assert!(db < most_db, "{hz} Hz at {rate} for {band:?}: {db} dB");
        }
    }

    #[test]
    fn a_rate_that_no_recording_has_is_refused() {
        for rate in [0, 999, u32::MAX] {
            assert_eq!(Resampler::new(rate, Band::Narrow).err(), Some(UnsupportedRate(rate)));
        }
    }
}
