//! Where a recording is silent for a moment, so that it can be cut there and not within a word.
//!
//! It must not know why it is cut. It keeps one byte for 20 ms (an hour is 180 kB), because "silent" is
//! relative to the whole recording, which is known only at its end.

use crate::TELEPHONE_RATE;

/// A stretch of a recording, in milliseconds from its start; `end_ms` is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// Where it begins.
    pub start_ms: u64,
    /// Where it ends.
    pub end_ms: u64,
}

impl Silence {
    /// How long it is, in milliseconds.
    pub fn len_ms(&self) -> u64 {
        self.end_ms - self.start_ms
    }

    /// The place to cut: its middle, in milliseconds.
    pub fn middle_ms(&self) -> u64 {
        self.start_ms.midpoint(self.end_ms)
    }
}

const FRAME_MS: u64 = 20;
const FRAME: usize = (TELEPHONE_RATE as u64 * FRAME_MS / 1_000) as usize;
/// A pause between sentences; a shorter one is within them.
const MIN_SILENCE_MS: u64 = 300;
/// Of each stretch this long only the longest silence is kept: cuts are never nearer to each other.
const WINDOW_MS: u64 = 10_000;
/// Silence is this far under the loud tenth of the recording.
const BELOW_LOUD_DB: u8 = 30;
/// In a noisy building silence is what is near the quiet tenth instead.
const ABOVE_QUIET_DB: u8 = 6;
/// Nothing nearer than this to the loud tenth is silence.
const ALWAYS_SOUND_DB: u8 = 12;
/// Levels are kept as decibels above this one.
const FLOOR_DB: f32 = -100.0;

/// Finds the silences of a stream of samples at 8,000 Hz.
#[derive(Default)]
pub struct SilenceFinder {
    levels: Vec<u8>,
    energy: f32,
    filled: usize,
}

impl SilenceFinder {
    /// A finder that has heard nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next samples, from -1 to 1.
    pub fn push(&mut self, samples: &[f32]) {
        for sample in samples {
            self.energy += sample * sample;
            self.filled += 1;
            if self.filled == FRAME {
                self.close_frame();
            }
        }
    }

    /// The silences of everything that was pushed.
    pub fn finish(mut self) -> Vec<Silence> {
        let end_ms = self.levels.len() as u64 * FRAME_MS + self.filled as u64 * FRAME_MS / FRAME as u64;
        if self.filled > 0 {
            self.close_frame();
        }
        let histogram = self.levels.iter().fold([0_u64; 256], |mut histogram, level| {
            histogram[usize::from(*level)] += 1;
            histogram
        });
        let loud = percentile(&histogram, self.levels.len() as u64, 90);
        let quiet = percentile(&histogram, self.levels.len() as u64, 10);
        let threshold = loud
            .saturating_sub(BELOW_LOUD_DB)
            .max(quiet.saturating_add(ABOVE_QUIET_DB).min(loud.saturating_sub(ALWAYS_SOUND_DB)));
        let mut silences = longest_of_each_window(runs_under(&self.levels, threshold));
        // The last frame may not be full.
        if let Some(last) = silences.last_mut() {
            last.end_ms = last.end_ms.min(end_ms);
        }
        silences
    }

    fn close_frame(&mut self) {
        let power = self.energy / self.filled as f32;
        self.levels.push((10.0 * power.log10() - FLOOR_DB).clamp(0.0, 255.0) as u8);
        self.energy = 0.0;
        self.filled = 0;
    }
}

fn percentile(histogram: &[u64; 256], total: u64, percent: u64) -> u8 {
    let mut below = 0;
    for (level, count) in histogram.iter().enumerate() {
        below += count;
        if below * 100 > total * percent {
            return level as u8;
        }
    }
    0
}

fn runs_under(levels: &[u8], threshold: u8) -> impl Iterator<Item = Silence> {
    let mut at_ms = 0;
    levels.chunk_by(move |a, b| (*a <= threshold) == (*b <= threshold)).filter_map(move |run| {
        let start_ms = at_ms;
        at_ms += run.len() as u64 * FRAME_MS;
        let silence = Silence { start_ms, end_ms: at_ms };
        (run[0] <= threshold && silence.len_ms() >= MIN_SILENCE_MS).then_some(silence)
    })
}

fn longest_of_each_window(silences: impl Iterator<Item = Silence>) -> Vec<Silence> {
    let mut kept: Vec<Silence> = Vec::new();
    for silence in silences {
        match kept.last_mut() {
            Some(last) if last.middle_ms() / WINDOW_MS == silence.middle_ms() / WINDOW_MS => {
                if silence.len_ms() > last.len_ms() {
                    *last = silence;
                }
            }
            _ => kept.push(silence),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds of tone (true) and of hiss 50 dB under it (false).
    fn silences(parts: &[(bool, f32)], loudness: f32) -> Vec<Silence> {
        let mut finder = SilenceFinder::new();
        for (sounds, seconds) in parts {
            let amplitude = if *sounds { loudness } else { loudness * 0.003 };
            let part: Vec<f32> =
                (0..(seconds * 8_000.0) as u32).map(|n| (n as f32 * 0.7).sin() * amplitude).collect();
            finder.push(&part);
        }
        finder.finish()
    }

    #[test]
    fn a_pause_is_found_whatever_the_level_of_the_recording() {
        for loudness in [0.9, 0.1, 0.01] {
            let found =
                silences(&[(true, 3.0), (false, 0.5), (true, 3.0), (false, 0.2), (true, 1.0)], loudness);
            assert_eq!(found, [Silence { start_ms: 3_000, end_ms: 3_500 }], "{loudness}");
        }
    }

    #[test]
    fn of_ten_seconds_only_the_longest_pause_is_kept() {
        let found = silences(
            &[(true, 1.0), (false, 0.4), (true, 1.0), (false, 0.8), (true, 20.0), (false, 0.3)],
            0.5,
        );
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].len_ms(), 800);
    }

    #[test]
    fn a_silence_at_the_end_goes_no_further_than_the_recording() {
        let found = silences(&[(true, 3.0), (false, 0.505)], 0.5);
        assert_eq!(found, [Silence { start_ms: 3_000, end_ms: 3_505 }]);
    }

    #[test]
    fn steady_sound_has_no_silence() {
        assert_eq!(silences(&[(true, 30.0)], 0.5), []);
    }

    #[test]
    fn nothing_at_all_has_no_silence() {
        assert_eq!(SilenceFinder::new().finish(), []);
    }
}
