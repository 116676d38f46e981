//! Finds the silences of a recording while it streams by: good places to part it.

use crate::RATE;

/// Levels are taken over so many samples: 20 ms.
const FRAME: usize = RATE as usize / 50;
/// A silence is at least so many frames long: 300 ms.
const SHORTEST: u32 = 15;
/// Of each stretch of so many frames only the longest silence is kept: 5 s.
const STRETCH: u32 = 250;
/// Silence lies so far under the usual level, as a factor of power: 26 dB.
const UNDER: f32 = 0.0025;
/// What is softer than this is silence in any recording: -60 dB.
const ALWAYS: f32 = 1e-6;

/// A silence, in milliseconds from the start.
pub type Silence = (u32, u32);

/// Finds silences. Memory: at most one silence for five seconds.
#[derive(Debug, Default)]
pub struct Finder {
    power: f32,
    samples: usize,
    frame: u32,
    /// The level of the recording so far: it follows loud sound quickly and falls slowly.
    level: f32,
    since: Option<u32>,
    found: Vec<Silence>,
}

impl Finder {
    /// Hears samples.
    pub fn push(&mut self, samples: &[f32]) {
        for sample in samples {
            self.power += sample * sample;
            self.samples += 1;
            if self.samples == FRAME {
                let power = self.power / FRAME as f32;
                (self.power, self.samples) = (0.0, 0);
                self.end_frame(power);
            }
        }
    }

    /// The silences, ascending.
    pub fn finish(mut self) -> Vec<Silence> {
        self.end_silence();
        self.found
    }

    fn end_frame(&mut self, power: f32) {
        let weight = if power > self.level { 0.05 } else { 0.002 };
        self.level += (power - self.level) * weight;
        if power < ALWAYS.max(self.level * UNDER) {
            self.since.get_or_insert(self.frame);
        } else {
            self.end_silence();
        }
        self.frame += 1;
    }

    fn end_silence(&mut self) {
        let Some(since) = self.since.take() else { return };
        if self.frame - since < SHORTEST {
            return;
        }
        let (start, end) = (since * 20, self.frame * 20);
        match self.found.last_mut() {
            Some(last) if last.0 / (STRETCH * 20) == start / (STRETCH * 20) => {
                if end - start > last.1 - last.0 {
                    *last = (start, end);
                }
            }
            _ => self.found.push((start, end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_between_sentences_are_found_and_short_ones_are_not() {
        let mut finder = Finder::default();
        for (seconds, loud) in
            [(2.0, true), (0.5, false), (2.0, true), (0.1, false), (2.0, true), (1.0, false)]
        {
            let samples = (0..(seconds * 8000.0) as usize)
                .map(|at| (at as f32 * 0.7).sin() * if loud { 0.3 } else { 0.0003 });
            finder.push(&samples.collect::<Vec<_>>());
        }
        assert_eq!(finder.finish(), [(2000, 2500), (6600, 7600)]);
    }

    #[test]
    fn memory_is_bounded_by_the_time_that_passed() {
        let mut finder = Finder::default();
        for _ in 0..1000 {
            finder.push(&[0.3; 1600]);
            finder.push(&[0.0; 3200]);
        }
        assert!(finder.finish().len() <= 121);
    }
}
