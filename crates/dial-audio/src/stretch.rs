//! Changes the speed of speech and keeps its pitch: waveform-similarity overlap-add (WSOLA).
//!
//! Verhelst and Roelands, 1993: frames are taken from the recording at the new pace, each moved a
//! little to where it fits best to what went before, and cross-faded.

use crate::g711;

/// Half a frame: 20 ms, the step of the result.
const STEP: usize = 160;
/// A frame may move by so much to either side: 10 ms, a period of the deepest voice.
const SEARCH: usize = 80;
/// Every second sample is compared: the telephone's sound is smooth enough.
const STRIDE: usize = 2;

/// How many bytes come out of so many at a speed.
pub fn stretched_len(len: usize, speed: f64) -> usize {
    (len as f64 / speed).round() as usize
}

/// The sound at another speed, in blocks of at most 20 ms; exactly [`stretched_len`] bytes in all.
pub fn stretch(sound: &[u8], speed: f64) -> Stretching<&[u8]> {
    Stretching::new(sound, speed)
}

/// A sound on its way to another speed; it may own its bytes or borrow them.
#[derive(Debug, Clone)]
pub struct Stretching<S> {
    sound: S,
    speed: f64,
    left: usize,
    step: usize,
    /// Where the last frame was taken.
    place: usize,
}

impl<S: AsRef<[u8]>> Iterator for Stretching<S> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.left == 0 {
            return None;
        }
        // What would naturally follow the last frame fades out, the new frame fades in.
        let follows = if self.step == 0 { 0 } else { self.place + STEP };
        let wanted = (self.step as f64 * STEP as f64 * self.speed) as usize;
        let place = if self.step == 0 { 0 } else { self.best(follows, wanted) };
        let size = STEP.min(self.left);
        let block = (0..size).map(|at| {
            let rise = at as f32 / STEP as f32;
            let sample = self.sample(follows + at) * (1.0 - rise) + self.sample(place + at) * rise;
            g711::encode(sample as i16)
        });
        let block = block.collect();
        self.left -= size;
        self.step += 1;
        self.place = place;
        Some(block)
    }
}

impl<S: AsRef<[u8]>> Stretching<S> {
    /// At its start; speeds from 0.25 to 4.
    pub fn new(sound: S, speed: f64) -> Self {
        let speed = speed.clamp(0.25, 4.0);
        let left = stretched_len(sound.as_ref().len(), speed);
        Self { sound, speed, left, step: 0, place: 0 }
    }

    fn sample(&self, at: usize) -> f32 {
        self.sound.as_ref().get(at).map_or(0.0, |byte| f32::from(g711::decode(*byte)))
    }

    /// The place near the wanted one that resembles most what would follow.
    fn best(&self, follows: usize, wanted: usize) -> usize {
        let (first, last) = (wanted.saturating_sub(SEARCH), wanted + SEARCH);
        if (first..=last).contains(&follows) && (self.speed - 1.0).abs() < 1e-9 {
            return follows;
        }
        let pattern: Vec<f32> = (0..STEP).step_by(STRIDE).map(|at| self.sample(follows + at)).collect();
        let near: Vec<f32> = (first..=last + STEP).map(|at| self.sample(at)).collect();
        let likeness = |from: usize| {
            let (mut product, mut power) = (0.0, 1.0);
            for (at, sample) in pattern.iter().enumerate() {
                let other = near[from + at * STRIDE];
                product += sample * other;
                power += other * other;
            }
            product / power.sqrt()
        };
        let likest = |places: &mut dyn Iterator<Item = usize>| {
            places.map(|from| (from, likeness(from))).max_by(|one, other| one.1.total_cmp(&other.1))
        };
        // The likeness is smooth: the best of every fourth place lies beside the best of all.
        let rough = likest(&mut (0..=last - first).step_by(4)).map_or(0, |(from, _)| from);
        let best = likest(&mut (rough.saturating_sub(3)..=(rough + 3).min(last - first)));
        first + best.map_or(0, |(from, _)| from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32, seconds: f32) -> Vec<u8> {
        let samples = (8000.0 * seconds) as usize;
        (0..samples)
            .map(|at| g711::encode_f32((std::f32::consts::TAU * hz * at as f32 / 8000.0).sin() * 0.4))
            .collect()
    }

    fn crossings(sound: &[u8]) -> usize {
        let samples: Vec<i16> = sound.iter().map(|byte| g711::decode(*byte)).collect();
        samples.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count()
    }

    #[test]
    fn the_length_is_exactly_as_stated() {
        for len in [0, 1, 159, 160, 161, 8000, 12_345] {
            for speed in [0.75, 0.85, 1.0, 1.15, 1.3, 1.5] {
                let out: usize = stretch(&vec![0x55; len], speed).map(|block| block.len()).sum();
                assert_eq!(out, stretched_len(len, speed));
            }
        }
    }

    #[test]
    fn the_pitch_stays_at_every_speed() {
        for speed in [0.75, 0.85, 1.15, 1.3, 1.5] {
            for hz in [110.0, 440.0, 1200.0] {
                let out: Vec<u8> = stretch(&tone(hz, 4.0), speed).flatten().collect();
                let heard = crossings(&out) as f64 / (out.len() as f64 / 8000.0);
                assert!((heard - f64::from(hz)).abs() / f64::from(hz) < 0.02, "{hz} Hz at {speed}: {heard}");
            }
        }
    }

    #[test]
    fn at_the_usual_speed_nothing_changes() {
        let sound = tone(300.0, 1.0);
        let out: Vec<u8> = stretch(&sound, 1.0).flatten().collect();
        let worst = sound
            .iter()
            .zip(&out)
            .map(|(a, b)| (i32::from(g711::decode(*a)) - i32::from(g711::decode(*b))).abs());
        assert!(worst.max().unwrap() <= 300);
    }
}
