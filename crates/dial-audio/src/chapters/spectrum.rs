//! What can be measured of 64 ms of sound: how its spectrum is shaped, and how much of it stays.
//!
//! It must not know what is concluded from that. Everything is relative: the level of a recording changes nothing.

use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex};

use crate::TELEPHONE_RATE;

/// A frame is 64 ms long, and one begins each 32 ms.
const FRAME: usize = 512;
const STEP: usize = FRAME / 2;
/// Milliseconds from frame to frame.
pub(super) const STEP_MS: u64 = STEP as u64 * 1_000 / TELEPHONE_RATE as u64;
/// From 94 Hz to what the telephone carries; a bin is 15.6 Hz wide.
const LOWEST: usize = 6;
const HIGHEST: usize = 218;
const BINS: usize = HIGHEST - LOWEST;
/// Above this, 2 kHz, lie most of the hissing sounds of speech.
const HIGH: usize = 128 - LOWEST;
/// A tone stands out against so many bins to either side.
const AROUND: usize = 8;
/// The borders of four bands: about 95, 400, 900 and 1,800 Hz.
const BANDS: [usize; 5] = [0, 20, 52, 109, BINS];
/// Spectra are compared with those 160 ms and 416 ms before: a syllable has passed, a note stays.
const SOON: usize = 5;
const LATER: usize = 13;
/// Below this there is no sound, in dB.
const FLOOR_DB: f32 = -100.0;

/// What was measured of one frame.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Frame {
    /// Level in dB; full scale is about 0.
    pub(super) level_db: f32,
    /// Levels of four bands in dB.
    pub(super) bands_db: [f32; 4],
    /// Shape and change, see [`SHAPES`].
    pub(super) shapes: [f32; SHAPES],
}

/// How many shapes: tones that stay for 160 ms and for 416 ms, change since 64 ms ago, how far tones stand
/// out, flatness, share of high sound, and where the middle of the spectrum lies.
pub(super) const SHAPES: usize = 7;

/// Measures a stream of samples at 8,000 Hz, frame by frame.
pub(super) struct Spectra {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    waiting: Vec<f32>,
    windowed: Vec<f32>,
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// Tones of the last frames, each of length one; a ring.
    tones: Vec<[f32; BINS]>,
    /// Rough spectra of the last two frames.
    before: [[f32; BINS]; 2],
    count: usize,
}

impl Spectra {
    pub(super) fn new() -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(FRAME);
        let hann = |at: usize| 0.5 - 0.5 * (std::f32::consts::TAU * at as f32 / FRAME as f32).cos();
        Self {
            window: (0..FRAME).map(hann).collect(),
            waiting: Vec::with_capacity(FRAME + STEP),
            windowed: fft.make_input_vec(),
            bins: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
            tones: vec![[0.0; BINS]; LATER],
            before: [[0.0; BINS]; 2],
            count: 0,
        }
    }

    /// Takes some samples, and hands on each frame that is full.
    pub(super) fn push(&mut self, mut samples: &[f32], take: &mut impl FnMut(&Frame)) {
        while !samples.is_empty() {
            let (now, later) = samples.split_at(samples.len().min(FRAME - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            samples = later;
            if self.waiting.len() == FRAME {
                take(&self.measure());
                self.waiting.drain(..STEP);
            }
        }
    }

    fn measure(&mut self) -> Frame {
        for (out, (sample, weight)) in self.windowed.iter_mut().zip(self.waiting.iter().zip(&self.window)) {
            *out = sample * weight;
        }
        self.fft
            .process_with_scratch(&mut self.windowed, &mut self.bins, &mut self.scratch)
            .expect("the buffers are those that the plan asked for");
        let mut power = [0.0; BINS];
        for (power, bin) in power.iter_mut().zip(&self.bins[LOWEST..HIGHEST]) {
            // A sample that is no number would spoil every frame after it.
            *power = Some(bin.norm_sqr()).filter(|power| power.is_finite()).unwrap_or_default();
        }
        // The square root of the magnitude: near to what is heard, and cheap.
        let rough = power.map(|power| power.sqrt().sqrt());
        let frame = Frame {
            level_db: decibels(power.iter().sum()),
            bands_db: std::array::from_fn(|band| decibels(power[BANDS[band]..BANDS[band + 1]].iter().sum())),
            shapes: self.shapes(&power, &rough),
        };
        self.before[self.count % 2] = rough;
        self.count += 1;
        frame
    }

    fn shapes(&mut self, power: &[f32; BINS], rough: &[f32; BINS]) -> [f32; SHAPES] {
        let (sum, squares) = (rough.iter().sum::<f32>(), dot(rough, rough));
        let mut tones = standing_out(rough);
        let strength = dot(&tones, &tones);
        let unit = 1.0 / strength.sqrt().max(f32::MIN_POSITIVE);
        for tone in &mut tones {
            *tone *= unit;
        }
        let stays = |ago: usize| dot(&tones, &self.tones[(self.count + LATER - ago) % LATER]);
        let (soon, later) = (stays(SOON), stays(LATER));
        let before = &self.before[self.count % 2];
        let alike = dot(rough, before) / (squares * dot(before, before)).sqrt().max(f32::MIN_POSITIVE);
        let (low, high) = power.split_at(HIGH);
        let middle: f32 = rough.iter().enumerate().map(|(bin, rough)| bin as f32 * rough).sum();
        self.tones[self.count % LATER] = tones;
        let whole = |value: f32| value / f32::MIN_POSITIVE.max(squares);
        [
            soon,
            later,
            1.0 - alike,
            whole(strength),
            whole(sum * sum / BINS as f32),
            (decibels(high.iter().sum()) - decibels(low.iter().sum())) / 10.0,
            middle / sum.max(f32::MIN_POSITIVE) / BINS as f32,
        ]
    }
}

/// The spectrum less what is around each bin.
fn standing_out(rough: &[f32; BINS]) -> [f32; BINS] {
    let mut sum: f32 = rough[..AROUND].iter().sum();
    std::array::from_fn(|bin| {
        sum += rough.get(bin + AROUND).unwrap_or(&0.0);
        let first = bin.saturating_sub(AROUND);
        let width = (bin + AROUND + 1).min(BINS) - first;
        let out = rough[bin] - sum / width as f32;
        if bin >= AROUND {
            sum -= rough[first];
        }
        out
    })
}

/// Eight sums side by side: the compiler makes vector instructions of them.
fn dot(a: &[f32; BINS], b: &[f32; BINS]) -> f32 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// Full scale is about 0.
fn decibels(power: f32) -> f32 {
    const FULL: f32 = (FRAME * FRAME) as f32 * 3.0 / 32.0;
    (10.0 * (power / FULL).log10()).max(FLOOR_DB)
}
