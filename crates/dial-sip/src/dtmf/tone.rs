//! Keys as tones among the sound (ITU-T Q.23, Q.24), for callers whose network sends no events.
//!
//! Eight filters (Goertzel) look at 20 ms of sound every 10 ms. Three looks in a row that agree are a key, so
//! that 40 ms are always enough and 23 ms never are. What is spoken or sung has more beside the two tones,
//! or tones of unequal strength, and is no key.

use std::f32::consts::TAU;

use super::Digit;
use crate::sdp::Codec;

/// Samples that are looked at together: 20 ms.
const BLOCK: usize = 160;
/// Samples between two looks: 10 ms.
const STEP: usize = 80;
/// Looks in a row that make a key.
const LOOKS_ON: u8 = 3;
/// Looks without a key that end it, so that a dropout of 20 ms does not make two of one.
const LOOKS_OFF: u8 = 3;
/// The faintest tone, as mean energy of a sample where full scale is 1: about -36 dBm0 for both.
const FAINTEST: f32 = 1.0e-4;
/// How much of all the sound the two tones are, at least.
const SHARE: f32 = 0.6;
/// How much stronger than the others of its group a tone is, at least: 8 dB.
const PEAK: f32 = 6.3;
/// How much stronger the high tone may be: 4 dB.
const TWIST: f32 = 2.51;
/// How much stronger the low tone may be: 8 dB.
const REVERSE_TWIST: f32 = 6.31;

const LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
const KEYS: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// Hears the tones of one call.
#[derive(Debug, Clone)]
pub struct Tones {
    table: [f32; 256],
    block: [f32; BLOCK],
    filled: usize,
    candidate: Option<char>,
    looks: u8,
    pressed: Option<char>,
    silent: u8,
}

impl Tones {
    /// For sound of a codec.
    pub fn new(codec: Codec) -> Self {
        let decode = match codec {
            Codec::Pcmu => mu_law,
            Codec::Pcma => a_law,
        };
        let table = std::array::from_fn(|byte| f32::from(decode(byte as u8)) / 32_768.0);
        Self { table, block: [0.0; BLOCK], filled: 0, candidate: None, looks: 0, pressed: None, silent: 0 }
    }

    /// Hears the payload of a packet; the keys that it completes go to `press`.
    pub fn hear(&mut self, payload: &[u8], mut press: impl FnMut(Digit)) {
        for byte in payload {
            let sample = self.table.get(usize::from(*byte)).copied().unwrap_or_default();
            if let Some(place) = self.block.get_mut(self.filled) {
                *place = sample;
            }
            self.filled += 1;
            if self.filled >= BLOCK {
                let key = look(&self.block);
                if let Some(digit) = self.note(key) {
                    press(digit);
                }
                self.block.copy_within(STEP.., 0);
                self.filled = BLOCK - STEP;
            }
        }
    }

    fn note(&mut self, key: Option<char>) -> Option<Digit> {
        self.looks = if key.is_some() && key == self.candidate { self.looks.saturating_add(1) } else { 1 };
        self.candidate = key;
        self.silent = if key.is_some() && key == self.pressed { 0 } else { self.silent.saturating_add(1) };
        if self.silent >= LOOKS_OFF {
            self.pressed = None;
        }
        if key.is_none() || key == self.pressed || self.looks < LOOKS_ON {
            return None;
        }
        (self.pressed, self.silent) = (key, 0);
        Digit::of_sign(key?)
    }
}

/// The key whose two tones are in a block.
fn look(block: &[f32; BLOCK]) -> Option<char> {
    let energy: f32 = block.iter().map(|sample| sample * sample).sum();
    if energy < FAINTEST * BLOCK as f32 {
        return None;
    }
    let (row, low) = strongest(block, &LOW)?;
    let (column, high) = strongest(block, &HIGH)?;
    // The squared sum of a pure tone is half the block's length times its energy.
    let share = (low + high) / (energy * BLOCK as f32 / 2.0);
    let even = high <= low * TWIST && low <= high * REVERSE_TWIST;
    (even && share >= SHARE).then(|| KEYS.get(row)?.get(column).copied())?
}

/// The strongest tone of a group, if it stands out.
fn strongest(block: &[f32; BLOCK], group: &[f32; 4]) -> Option<(usize, f32)> {
    let powers = group.map(|frequency| power(block, frequency));
    let (place, best) = powers.into_iter().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let stands_out = powers.iter().enumerate().all(|(other, power)| other == place || best >= power * PEAK);
    stands_out.then_some((place, best))
}

/// Goertzel's filter: the energy of one frequency.
fn power(block: &[f32; BLOCK], frequency: f32) -> f32 {
    let coefficient = 2.0 * (TAU * frequency / 8_000.0).cos();
    let (mut before, mut last) = (0.0_f32, 0.0_f32);
    for sample in block {
        (before, last) = (last, sample + coefficient * last - before);
    }
    last * last + before * before - coefficient * last * before
}

/// ITU-T G.711 mu-law.
fn mu_law(byte: u8) -> i16 {
    let bits = !byte;
    let magnitude = (((i32::from(bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
    (if bits & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}

/// ITU-T G.711 A-law.
fn a_law(byte: u8) -> i16 {
    let bits = byte ^ 0x55;
    let mantissa = i32::from(bits & 0x0f) << 4;
    let magnitude = match (bits >> 4) & 7 {
        0 => mantissa + 8,
        segment => (mantissa + 0x108) << (segment - 1),
    };
    (if bits & 0x80 == 0 { -magnitude } else { magnitude }) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The nearest byte of a law.
    fn encode(codec: Codec, sample: f32) -> u8 {
        let tones = Tones::new(codec);
        let near = |byte: &u8| (tones.table[usize::from(*byte)] - sample).abs();
        (0..=255u8).min_by(|one, other| near(one).total_cmp(&near(other))).unwrap()
    }

    /// Milliseconds of two tones of amplitudes, then silence; a burst begins at an odd sample.
    fn burst(codec: Codec, tones: &[(f32, f32)], ms: usize) -> Vec<u8> {
        let sound = |place: usize| {
            let at = place as f32 / 8_000.0;
            tones.iter().map(|(frequency, loud)| loud * (TAU * frequency * at).sin()).sum()
        };
        let silence = |samples: usize| vec![encode(codec, 0.0); samples];
        let on: Vec<u8> = (0..ms * 8).map(|place| encode(codec, sound(place))).collect();
        [silence(37), on, silence(800)].concat()
    }

    fn heard(codec: Codec, sound: &[u8]) -> String {
        let mut keys = String::new();
        let mut tones = Tones::new(codec);
        for packet in sound.chunks(160) {
            tones.hear(packet, |digit| keys.push(digit.sign()));
        }
        keys
    }

    #[test]
    fn every_key_is_heard_in_both_laws_at_forty_milliseconds() {
        for codec in Codec::ALL {
            for (row, low) in LOW.into_iter().enumerate() {
                for (column, high) in HIGH.into_iter().enumerate() {
                    let sound = burst(codec, &[(low, 0.2), (high, 0.2)], 40).repeat(2);
                    let key = KEYS[row][column];
                    assert_eq!(heard(codec, &sound), format!("{key}{key}"));
                }
            }
        }
    }

    #[test]
    fn what_is_short_faint_uneven_or_off_its_frequency_is_no_key() {
        let key = |low: f32, high: f32, a: f32, b: f32, ms| {
            heard(Codec::Pcmu, &burst(Codec::Pcmu, &[(low, a), (high, b)], ms))
        };
        assert_eq!(key(697.0, 1_209.0, 0.2, 0.2, 23), "", "short");
        assert_eq!(key(697.0, 1_209.0, 0.005, 0.005, 60), "", "faint");
        assert_eq!(key(697.0, 1_209.0, 0.1, 0.2, 60), "", "the high tone is 6 dB stronger");
        assert_eq!(key(697.0, 1_209.0, 0.3, 0.1, 60), "", "the low tone is 9.5 dB stronger");
        assert_eq!(key(733.0, 1_209.0, 0.2, 0.2, 60), "", "between two tones");
        assert_eq!(key(697.0, 0.0, 0.2, 0.0, 60), "", "one tone");
        assert_eq!(key(697.0 * 1.015, 1_209.0 * 0.985, 0.2, 0.25, 60), "1", "within 1.5 per cent");
        assert_eq!(key(941.0, 1_336.0, 0.2, 0.12, 500), "0", "a long press is one key");
    }

    #[test]
    fn noise_and_chords_are_no_keys() {
        let mut chance = fastrand::Rng::with_seed(4);
        let noise: Vec<u8> = (0..80_000).map(|_| chance.u8(..)).collect();
        assert_eq!(heard(Codec::Pcma, &noise), "");
        let chord: Vec<(f32, f32)> =
            [220.0, 440.0, 697.0, 880.0, 1_209.0, 1_760.0].map(|tone| (tone, 0.1)).to_vec();
        assert_eq!(heard(Codec::Pcmu, &burst(Codec::Pcmu, &chord, 400)), "");
    }
}
