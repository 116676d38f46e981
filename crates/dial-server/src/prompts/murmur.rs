//! A soft tone for each word, where no voice is at hand: it shows where words stand, and for how long.

use dial_audio::g711;
use dial_core::time::Millis;

const PITCHES_HZ: [f32; 5] = [196.0, 220.0, 247.0, 262.0, 220.0];
const LEVEL: f32 = 0.12;
const RATE: f32 = 8000.0;

/// A tone for each word, each as long as its share of the letters.
pub(super) fn murmur(words: &str, length: Millis) -> Vec<u8> {
    let total = length.0 as usize * 8;
    let letters: usize = words.split_whitespace().map(|word| word.chars().count() + 1).sum();
    let mut sound = Vec::with_capacity(total);
    for (place, word) in words.split_whitespace().enumerate() {
        let samples = total * (word.chars().count() + 1) / letters.max(1);
        let pitch = PITCHES_HZ[(place + word.len()) % PITCHES_HZ.len()];
        for sample in 0..samples {
            // A rise and a fall, and a breath before the next word.
            let swell = (std::f32::consts::PI * sample as f32 / samples as f32).sin();
            let phase = std::f32::consts::TAU * pitch * sample as f32 / RATE;
            sound.push(g711::encode((LEVEL * swell * swell * phase.sin() * 32767.0) as i16));
        }
    }
    sound.resize(total, super::SILENCE);
    sound
}
