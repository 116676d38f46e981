//! What the model says, made ready for the telephone: its band, its loudness, its rate.

mod loudness;

use std::f64::consts::FRAC_1_SQRT_2;

use dial_audio::band::Band;
use dial_audio::resample::Resampler;

use loudness::Biquad;

/// Speech is as loud as recordings are after levelling.
const TARGET_LUFS: f64 = -21.0;
/// No sample is louder: -3.5 dBFS, so that the law's rounding stays under -3.
const CEILING: f32 = 0.668;
/// Below this is hum. A recognizer errs less the less else is changed: a lift of what consonants are made of, by 3
/// or 6 dB, made it err more.
const LOWEST_HZ: f64 = 100.0;
/// The limiter looks so far to both sides: 5 ms at 8 kHz.
const REACH: usize = 40;

/// What is quieter than this beside the loudest is a pause: -38 dB.
const AUDIBLE: f32 = 0.0126;
/// Kept of the pauses at both ends: 12 ms before, 40 ms after.
const LEAD: usize = 96;
const TAIL: usize = 320;

/// Speech at some rate as telephone samples at 8 kHz, levelled and limited.
pub fn telephone(rate: u32, speech: &[f32]) -> Vec<f32> {
    let mut low = Biquad::high_pass(f64::from(rate), LOWEST_HZ, FRAC_1_SQRT_2);
    let shaped: Vec<f32> = speech.iter().map(|sample| low.next(f64::from(*sample)) as f32).collect();
    let mut resampler = Resampler::new(rate, Band::Narrow).expect("a voice has a usual rate");
    let mut sound = Vec::new();
    resampler.push(&shaped, &mut sound);
    resampler.finish(&mut sound);
    let Some(loudness) = loudness::loudness(dial_audio::TELEPHONE_RATE, &sound) else {
        return sound;
    };
    let gain = 10_f64.powf((TARGET_LUFS - loudness) / 20.0) as f32;
    for sample in &mut sound {
        *sample *= gain;
    }
    limit(&sound)
}

/// The part of telephone sound that is heard, with a little of what is around it.
pub fn ends(sound: &[f32]) -> std::ops::Range<usize> {
    let loudest = sound.iter().fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
    let heard = |sample: &f32| sample.abs() > loudest * AUDIBLE;
    let (Some(first), Some(last)) = (sound.iter().position(heard), sound.iter().rposition(heard)) else {
        return 0..0;
    };
    first.saturating_sub(LEAD)..(last + 1 + TAIL).min(sound.len())
}

/// How loud telephone sound is, in LUFS.
pub fn loudness(sound: &[f32]) -> Option<f64> {
    loudness::loudness(dial_audio::TELEPHONE_RATE, sound)
}

/// Turns down what is too loud, smoothly: the gain that the loudest sample nearby needs, averaged.
fn limit(sound: &[f32]) -> Vec<f32> {
    let needed: Vec<f32> =
        sound.iter().map(|sample| (CEILING / sample.abs().max(CEILING)).min(1.0)).collect();
    let near = |at: usize, reach: usize| at.saturating_sub(reach)..(at + reach + 1).min(needed.len());
    let held: Vec<f32> =
        (0..needed.len()).map(|at| needed[near(at, REACH)].iter().copied().fold(1.0, f32::min)).collect();
    let smooth = |at: usize| {
        let window = &held[near(at, REACH / 2)];
        window.iter().sum::<f32>() / window.len() as f32
    };
    sound.iter().enumerate().map(|(at, sample)| sample * smooth(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_of_any_level_comes_out_as_loud_as_recordings_and_under_the_ceiling() {
        for level in [0.01_f32, 0.1, 0.9] {
            let speech: Vec<f32> = (0..48_000)
                .map(|at| {
                    let time = at as f32 / 24_000.0;
                    // Voiced pulses that swell and fade, as syllables do.
                    let pulse = (std::f32::consts::TAU * 120.0 * time).sin().powi(15);
                    level * pulse * (std::f32::consts::TAU * 3.0 * time).sin().abs()
                })
                .collect();
            let sound = telephone(24_000, &speech);
            assert_eq!(sound.len(), 16_000);
            let loud = loudness(&sound).unwrap();
            assert!((-23.0..-20.0).contains(&loud), "{level}: {loud}");
            assert!(sound.iter().all(|sample| sample.abs() <= CEILING + 1e-3));
        }
    }
}
