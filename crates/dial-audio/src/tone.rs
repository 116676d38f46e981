//! Bells and an organ, made of sine waves: what the demonstration plays.

use std::f32::consts::TAU;

use crate::TELEPHONE_RATE as RATE;

/// The partials of a bell tuned in the English way: ratio to the nominal's octave, strength, and how
/// fast it dies away (Simpson tuning: hum, prime, tierce, quint, nominal, and two above).
const PARTIALS: [(f32, f32, f32); 7] = [
    (0.5, 0.5, 0.35),
    (1.0, 0.6, 0.6),
    (1.2, 0.5, 0.9),
    (1.5, 0.25, 1.4),
    (2.0, 0.7, 1.3),
    (2.5, 0.2, 2.4),
    (3.0, 0.15, 3.2),
];

/// The ranks of an organ: ratio to the key's pitch, and strength.
const RANKS: [(f32, f32); 5] = [(1.0, 0.5), (2.0, 0.35), (3.0, 0.12), (4.0, 0.18), (0.5, 0.25)];

/// A stretch of sound that is being composed, at 8 kHz.
#[derive(Debug, Clone, Default)]
pub struct Canvas {
    samples: Vec<f32>,
}

impl Canvas {
    /// The composed samples, the loudest of them at a comfortable level.
    pub fn finish(mut self) -> Vec<f32> {
        let peak = self.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        if peak > 0.0 {
            self.samples.iter_mut().for_each(|sample| *sample *= 0.5 / peak);
        }
        self.samples
    }

    /// A bell is struck, `at` seconds from the start; its prime has the pitch.
    pub fn bell(&mut self, at: f32, pitch_hz: f32, strength: f32) {
        let length = 6.0;
        for (ratio, level, decay) in PARTIALS {
            let turn = Turn::new(pitch_hz * ratio);
            let fall = (-decay / RATE as f32).exp();
            self.add(at, length, turn, strength * level, fall, 0.004);
        }
    }

    /// An organ key is held for `seconds`, from `at` seconds on.
    pub fn organ(&mut self, at: f32, seconds: f32, pitch_hz: f32, strength: f32) {
        for (ratio, level) in RANKS {
            if pitch_hz * ratio < 3800.0 {
                self.add(at, seconds, Turn::new(pitch_hz * ratio), strength * level, 1.0, 0.04);
            }
        }
    }

    /// Sound that exists already.
    pub fn sound(&mut self, at: f32, samples: &[f32], strength: f32) {
        let start = self.reach(at, samples.len());
        for (mine, sample) in self.samples[start..].iter_mut().zip(samples) {
            *mine += sample * strength;
        }
    }

    fn reach(&mut self, at: f32, samples: usize) -> usize {
        let start = (at.max(0.0) * RATE as f32) as usize;
        if self.samples.len() < start + samples {
            self.samples.resize(start + samples, 0.0);
        }
        start
    }

    fn add(&mut self, at: f32, seconds: f32, mut turn: Turn, mut level: f32, fall: f32, edge_s: f32) {
        let count = (seconds * RATE as f32) as usize;
        let edge = (edge_s * RATE as f32).max(1.0);
        let start = self.reach(at, count);
        for (place, sample) in self.samples[start..start + count].iter_mut().enumerate() {
            let rise = (place as f32 / edge).min(1.0).min((count - place) as f32 / edge);
            *sample += turn.next() * level * rise;
            level *= fall;
        }
    }
}

/// A sine wave by rotation, without a call of `sin` for each sample.
struct Turn {
    cos: f32,
    sin: f32,
    x: f32,
    y: f32,
}

impl Turn {
    fn new(hz: f32) -> Self {
        let (sin, cos) = (TAU * hz / RATE as f32).sin_cos();
        Self { cos, sin, x: 1.0, y: 0.0 }
    }

    fn next(&mut self) -> f32 {
        let y = self.y;
        (self.x, self.y) = (self.x * self.cos - self.y * self.sin, self.x * self.sin + self.y * self.cos);
        y
    }
}

/// The pitch of a key, counted in semitones from the A of 440 Hz.
pub fn pitch(semitones: i32) -> f32 {
    440.0 * 2_f32.powf(semitones as f32 / 12.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bell_dies_away_and_an_organ_does_not() {
        let power = |samples: &[f32]| samples.iter().map(|sample| sample * sample).sum::<f32>();
        let (mut bell, mut organ) = (Canvas::default(), Canvas::default());
        bell.bell(0.0, pitch(0), 1.0);
        organ.organ(0.0, 6.0, pitch(0), 1.0);
        let (bell, organ) = (bell.finish(), organ.finish());
        assert!(power(&bell[..8000]) > 10.0 * power(&bell[24_000..32_000]));
        assert!(power(&organ[..8000]) < 1.2 * power(&organ[24_000..32_000]));
        assert!(organ.iter().chain(&bell).all(|sample| sample.abs() <= 0.501));
    }
}
