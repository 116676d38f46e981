//! A sentence as sound, and whose voices are in it.

use bytes::Bytes;
use dial_core::player::TICK;
use dial_core::time::Millis;

use super::{BYTES_PER_MS, SILENCE};

/// A tick of a player, in bytes.
const TICK_BYTES: usize = TICK.0 as usize * BYTES_PER_MS;

/// Who can speak, in the order in which they are preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Voice {
    /// A clip that the church recorded.
    Church,
    /// The clips that the program brings.
    Pack,
    /// A neural voice that was installed.
    Neural,
    /// A speech program of this machine.
    Program,
}

/// Whose voices are in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Voices(u8);

impl Voices {
    pub(super) fn add(&mut self, voice: Voice) {
        self.0 |= 1 << voice as u8;
    }

    /// Whether a voice is among them.
    pub(crate) fn has(self, voice: Voice) -> bool {
        self.0 & (1 << voice as u8) != 0
    }
}

/// A sentence as mu-law at 8 kHz, in whole ticks of a player.
#[derive(Debug, Clone)]
pub(crate) struct Clip {
    /// The sound.
    pub(crate) sound: Bytes,
    /// Who is heard.
    pub(crate) voices: Voices,
    content: blake3::Hash,
}

impl Clip {
    pub(super) fn new(mut sound: Vec<u8>, voices: Voices) -> Self {
        sound.resize(sound.len().next_multiple_of(TICK_BYTES), SILENCE);
        Self { content: blake3::hash(&sound), sound: sound.into(), voices }
    }

    /// How long it sounds.
    pub(crate) fn length(&self) -> Millis {
        Millis(u32::try_from(self.sound.len() / BYTES_PER_MS).unwrap_or(u32::MAX))
    }

    /// The name of its content: 16 hexadecimal digits.
    pub(crate) fn content(&self) -> String {
        self.content.to_hex()[..16].to_owned()
    }
}
