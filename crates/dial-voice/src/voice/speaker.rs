//! One speaker of the neural voice: words in, telephone sound out.

use std::path::Path;

use dial_audio::g711;

use super::engine::{Engine, EngineError, RATE};
use super::phonemes::Phonemes;
use crate::lexicon::Lexicon;
use crate::pack::Tone;
use crate::sound::{ends, telephone};
use crate::words::spoken;

/// A little slower than the voice's own pace; the built-in pack is spoken so, too.
pub const PACE: f32 = 0.95;
/// The model speaks best what is not too long, in phonemes.
const BREATH: usize = 300;

/// A speaker who is ready. Opening one takes about a second, and half a gigabyte of memory while it speaks.
pub struct Speaker {
    engine: Engine,
    phonemes: Phonemes,
}

impl Speaker {
    /// A speaker, such as `bm_george`, from the folder of the voice's files.
    pub fn open(folder: &Path, speaker: &str, lexicon: Lexicon) -> Result<Self, EngineError> {
        Ok(Self { engine: Engine::open(folder, speaker)?, phonemes: Phonemes::new(lexicon) })
    }

    /// The words as mu-law at 8 kHz, without a pause at their ends, as they sound before what follows.
    pub fn say(&self, words: &str, tone: Tone) -> Result<Vec<u8>, EngineError> {
        let words = spoken(words);
        let sign = match tone {
            Tone::Running => "",
            Tone::Rising => ",",
            Tone::Falling => ".",
        };
        let sounds = self.phonemes.of(&format!("{}{sign}", words.trim_end_matches([',', '.', '?'])));
        let mut speech = Vec::new();
        for breath in breaths(&sounds) {
            speech.extend(self.engine.speak(&breath, PACE)?.samples);
        }
        let sound = telephone(RATE, &speech);
        Ok(sound[ends(&sound)].iter().map(|sample| g711::encode_f32(*sample)).collect())
    }
}

/// A row of phonemes in parts that the model takes, parted between words.
fn breaths(sounds: &str) -> Vec<String> {
    let mut breaths: Vec<String> = Vec::new();
    for word in sounds.split_inclusive(' ') {
        match breaths.last_mut() {
            Some(breath) if breath.chars().count() + word.chars().count() <= BREATH => breath.push_str(word),
            // A word longer than a breath is no word.
            _ => breaths.push(word.chars().take(BREATH).collect()),
        }
    }
    breaths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_said_in_several_breaths() {
        let long = "tˈEk ˈɛvɹi wˈɜːd. ".repeat(60);
        let breaths = breaths(&long);
        assert_eq!(breaths.concat(), long);
        assert!(breaths.len() > 2 && breaths.iter().all(|breath| breath.chars().count() <= BREATH));
        assert!(super::breaths(&"x".repeat(1_000)).iter().all(|breath| breath.len() <= BREATH));
    }
}
