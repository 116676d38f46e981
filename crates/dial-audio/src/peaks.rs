//! The loudest sample of each tenth of a second: what a waveform is drawn from.

use crate::TELEPHONE_RATE;

/// Peaks in a second.
pub(crate) const PEAKS_PER_S: usize = 10;
/// Samples of a peak.
const SPAN: usize = TELEPHONE_RATE as usize / PEAKS_PER_S;

/// Finds the peaks of one stream of samples at 8,000 Hz.
#[derive(Default)]
pub(crate) struct PeakFinder {
    peaks: Vec<u8>,
    highest: f32,
    filled: usize,
}

impl PeakFinder {
    /// Takes the next samples, from -1 to 1.
    pub(crate) fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let (now, later) = samples.split_at(samples.len().min(SPAN - self.filled));
            self.highest = now.iter().fold(self.highest, |highest, sample| highest.max(sample.abs()));
            self.filled += now.len();
            samples = later;
            if self.filled == SPAN {
                self.close();
            }
        }
    }

    /// The peaks: 255 is full scale.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.filled > 0 {
            self.close();
        }
        self.peaks
    }

    fn close(&mut self) {
        self.peaks.push((self.highest * 255.0).round().min(255.0) as u8);
        (self.highest, self.filled) = (0.0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tenth_of_a_second_has_its_peak_however_it_comes() {
        let mut samples = vec![0.0; 2 * SPAN + 10];
        (samples[5], samples[SPAN], samples[2 * SPAN + 9]) = (-1.0, 0.5, 0.1);
        for block in [1, 77, 4_000] {
            let mut finder = PeakFinder::default();
            samples.chunks(block).for_each(|block| finder.push(block));
            assert_eq!(finder.finish(), [255, 128, 26]);
        }
    }
}
