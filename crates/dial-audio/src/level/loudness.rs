//! How loud a stretch of sound is while something sounds in it, after ITU-T P.56: pauses do not count.

/// Frames that are quieter than the rest by more than this factor (12 dB) are pauses.
const PAUSE: f32 = 0.063;
/// The mean is estimated anew without pauses so many times.
const ROUNDS: usize = 2;
/// Less sound than this many frames is a cough.
const MIN_FRAMES: usize = 4;

/// The active level of frames in decibels, if they sound long enough; powers of 0 do not sound.
pub(super) fn active_level<'a>(powers: &(impl Iterator<Item = &'a f32> + Clone)) -> Option<f32> {
    let mut threshold = 0.0;
    let mut mean = 0.0;
    for _ in 0..=ROUNDS {
        let sounding = powers.clone().filter(|power| **power > threshold);
        let (count, sum) = sounding.fold((0, 0.0), |(count, sum), power| (count + 1, sum + power));
        if count < MIN_FRAMES {
            return None;
        }
        mean = sum / count as f32;
        threshold = mean * PAUSE;
    }
    Some(decibels(mean))
}

/// A power in decibels; nothing at all is -100 dB.
pub(super) fn decibels(power: f32) -> f32 {
    10.0 * power.max(1e-10).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_do_not_count_and_too_little_is_nothing() {
        let level = |powers: &[f32]| active_level(&powers.iter());
        let half = [[0.01; 10], [0.000_01; 10]].concat();
        assert!((level(&half).expect("it sounds") + 20.0).abs() < 0.01);
        assert_eq!(level(&[0.0; 30]), None);
        assert_eq!(level(&[[0.01; 3].as_slice(), &[0.0; 27]].concat()), None);
    }
}
