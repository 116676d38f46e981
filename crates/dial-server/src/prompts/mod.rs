//! The sound of what the line says, for channels that play sound themselves.
//!
//! The words are the same on every channel. Where no voice is at hand, a soft murmur of the same length
//! stands in its place, so that a call can be tried and recorded on any machine.

mod murmur;
mod program;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use dial_audio::stretch;
use dial_core::time::Millis;

pub(crate) use program::Program;

/// The mu-law value of silence (ITU-T G.711).
pub(crate) const SILENCE: u8 = 0xff;
/// Bytes of telephone sound in a millisecond.
const BYTES_PER_MS: usize = 8;
/// A voice that speaks more slowly than the estimate is hurried, but not beyond this.
const MOST_HURRIED: f64 = 2.0;

/// Words as telephone sound.
pub(crate) struct PromptBook {
    voice: Option<Program>,
    clips: Mutex<HashMap<String, Arc<[u8]>>>,
}

impl PromptBook {
    /// Speaks with the first speech program that this machine has.
    pub(crate) fn with_any_voice() -> Self {
        Self { voice: Program::find(), clips: Mutex::default() }
    }

    /// Murmurs.
    #[cfg(test)]
    pub(crate) fn without_voice() -> Self {
        Self { voice: None, clips: Mutex::default() }
    }

    /// What speaks.
    pub(crate) fn voice(&self) -> &str {
        self.voice.as_ref().map_or("a murmur, for want of a speech program", Program::name)
    }

    /// The words, in exactly the time that they take in a call, as mu-law. May take a while.
    pub(crate) fn clip(&self, words: &str, length: Millis) -> Arc<[u8]> {
        let known = |clips: &HashMap<String, Arc<[u8]>>| clips.get(words).cloned();
        let lock = || self.clips.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(clip) = known(&lock()) {
            return clip;
        }
        let spoken = self.voice.as_ref().and_then(|voice| voice.speak(words));
        let clip: Arc<[u8]> = match spoken {
            Some(sound) => fit(sound, length).into(),
            None => murmur::murmur(words, length).into(),
        };
        lock().insert(words.to_owned(), Arc::clone(&clip));
        clip
    }
}

/// Hurries or pads a sound to a length.
fn fit(sound: Vec<u8>, length: Millis) -> Vec<u8> {
    let wanted = length.0 as usize * BYTES_PER_MS;
    let mut sound = if sound.len() > wanted {
        let speed = (sound.len() as f64 / wanted as f64).min(MOST_HURRIED);
        stretch::stretch(&sound, speed).flatten().collect()
    } else {
        sound
    };
    sound.resize(wanted, SILENCE);
    sound
}
