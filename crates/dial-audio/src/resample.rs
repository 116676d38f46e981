//! From any rate to the telephone's, as a stream of constant memory.

use rubato::audioadapter::Adapter;
use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedSync, Indexing, Resampler as _, WindowFunction};

use crate::RATE;

/// Rates that real recordings have, in Hz.
pub const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;

/// Turns a stream of samples at one rate into one at 8 kHz of the same length in time.
pub struct Resampler {
    rate: u32,
    engine: Option<Fft<f32>>,
    waiting: Vec<f32>,
    taken: u64,
    given: u64,
    /// The engine's delay, still to be cut from its start.
    delay: usize,
}

impl Resampler {
    /// From a rate within [`RATES`].
    pub fn new(rate: u32) -> Option<Self> {
        if !RATES.contains(&rate) {
            return None;
        }
        let engine = match rate {
            RATE => None,
            _ => Some(engine(rate).ok()?),
        };
        let delay = engine.as_ref().map_or(0, rubato::Resampler::output_delay);
        Some(Self { rate, engine, waiting: Vec::new(), taken: 0, given: 0, delay })
    }

    /// Takes samples in, and gives out what is ready.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.taken += samples.len() as u64;
        let Some(engine) = &mut self.engine else {
            self.given += samples.len() as u64;
            out.extend_from_slice(samples);
            return;
        };
        self.waiting.extend_from_slice(samples);
        let mut rest = self.waiting.as_slice();
        while rest.len() >= engine.input_frames_next() {
            let (chunk, after) = rest.split_at(engine.input_frames_next());
            self.given += run(engine, chunk, &mut self.delay, out);
            rest = after;
        }
        let kept = rest.len();
        let from = self.waiting.len() - kept;
        self.waiting.drain(..from);
    }

    /// Gives out the rest: in all, exactly as much time as was taken in.
    pub fn finish(mut self, out: &mut Vec<f32>) {
        let Some(mut engine) = self.engine.take() else { return };
        let wanted = (self.taken * u64::from(RATE) + u64::from(self.rate) / 2) / u64::from(self.rate);
        let rest = std::mem::take(&mut self.waiting);
        self.given += run(&mut engine, &rest, &mut self.delay, out);
        while self.given < wanted {
            self.given += run(&mut engine, &[], &mut self.delay, out);
        }
        let over = (self.given - wanted) as usize;
        out.truncate(out.len().saturating_sub(over));
    }
}

/// Works on a tenth of a second at once, undivided: shorter stretches would dull what lies near 3,400 Hz.
fn engine(rate: u32) -> Result<Fft<f32>, rubato::ResamplerConstructionError> {
    let window = WindowFunction::BlackmanHarris2;
    Fft::new_custom(rate as usize, RATE as usize, rate as usize / 10, 1, 1, window, FixedSync::Input)
}

/// Resamples a chunk; a short one counts as followed by silence. Tells how many samples came out.
fn run(engine: &mut Fft<f32>, chunk: &[f32], delay: &mut usize, out: &mut Vec<f32>) -> u64 {
    let frames = engine.input_frames_next();
    let mut padded = chunk.to_vec();
    padded.resize(frames, 0.0);
    let channels = [padded];
    let input = SequentialSliceOfVecs::new(&channels, 1, frames).expect("one channel of that many frames");
    let result =
        engine.process(&input, Some(&Indexing::new())).expect("the sizes are those that it asks for");
    let cut = (*delay).min(result.frames());
    *delay -= cut;
    let fresh = (cut..result.frames()).map(|frame| result.read_sample(0, frame).unwrap_or(0.0));
    let before = out.len();
    out.extend(fresh);
    (out.len() - before) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resampled(rate: u32, hz: f32, seconds: f32) -> Vec<f32> {
        let samples = (rate as f32 * seconds) as usize;
        let phase = |at: usize| std::f64::consts::TAU * f64::from(hz) * at as f64 / f64::from(rate);
        let tone: Vec<f32> = (0..samples).map(|at| (phase(at).sin() * 0.5) as f32).collect();
        let mut resampler = Resampler::new(rate).unwrap();
        let mut out = Vec::new();
        for part in tone.chunks(1013) {
            resampler.push(part, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    #[test]
    fn the_length_in_time_stays_to_the_sample() {
        for rate in [8000, 11_025, 16_000, 22_050, 44_100, 44_101, 48_000, 96_000] {
            for seconds in [0.001, 0.5, 3.21] {
                let samples = (rate as f32 * seconds) as u64;
                let wanted = (samples * 8000 + u64::from(rate) / 2) / u64::from(rate);
                assert_eq!(resampled(rate, 440.0, seconds).len() as u64, wanted, "{rate} {seconds}");
            }
        }
    }

    #[test]
    fn what_the_telephone_carries_stays_and_what_it_does_not_goes() {
        let level =
            |out: &[f32]| (out.iter().map(|x| x * x).sum::<f32>() / out.len() as f32).sqrt() / 0.353_55;
        for hz in [300.0, 1000.0, 3400.0] {
            let out = resampled(44_100, hz, 1.0);
            assert!((0.98..1.02).contains(&level(&out[2000..6000])), "{hz}: {}", level(&out));
        }
        for hz in [4600.0, 8000.0, 15_000.0] {
            let out = resampled(44_100, hz, 1.0);
            assert!(level(&out[2000..6000]) < 0.000_1, "{hz}: {}", level(&out));
        }
    }

    #[test]
    fn a_tone_keeps_its_place() {
        // The first crossing after half a second is where it was.
        let out = resampled(48_000, 100.0, 1.0);
        let expected = |at: usize| (std::f32::consts::TAU * 100.0 * at as f32 / 8000.0).sin() * 0.5;
        let worst = (800..7200).map(|at| (out[at] - expected(at)).abs()).fold(0.0, f32::max);
        assert!(worst < 0.01, "{worst}");
    }
}
