//! Clips of what the line usually says, in one British voice: no model, no program, no wait.
//!
//! The pack is made by `script/voice-pack` from the phrase file, and lies in the program.

mod cut;
mod file;
mod join;
mod pieces;
pub mod script;
mod take;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

pub use cut::{Uneven, cut};
pub use file::{PackError, write};
pub use pieces::Piece;
pub use take::{Label, Take, Tone};

const BUILT_IN: &[u8] = include_bytes!("../../pack/en-GB.pack");

/// Clips, and the words of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Whose voice it is.
    pub speaker: String,
    /// The checksum of the script that it was made from.
    pub script: String,
    clips: BTreeMap<String, [Option<Range<usize>>; 3]>,
    sound: Cow<'static, [u8]>,
    /// What a church recorded itself, by the words.
    own: BTreeMap<String, Vec<u8>>,
    /// The most words that a clip has.
    longest: usize,
}

/// Whose clip a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The church recorded it.
    Church,
    /// It lies in the program.
    Pack,
}

/// A clip that fits.
struct Found<'a> {
    sound: &'a [u8],
    /// Whether it is in the tone that was asked for.
    fits: bool,
    by: By,
}

impl Pack {
    /// The pack that lies in the program.
    pub fn built_in() -> Self {
        Self::read(Cow::Borrowed(BUILT_IN)).expect("the built-in pack is one, as a test shows")
    }

    /// A pack without clips.
    pub fn empty() -> Self {
        Self {
            speaker: String::new(),
            script: String::new(),
            clips: BTreeMap::new(),
            sound: Cow::Borrowed(&[]),
            own: BTreeMap::new(),
            longest: 0,
        }
    }

    /// The same with clips that a church recorded: words as they are written, and their sound as mu-law at
    /// 8 kHz. Each is said wherever its words are, in place of ours.
    #[must_use]
    pub fn overlaid(mut self, clips: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        for (words, sound) in clips {
            let label = pieces::label(&words);
            self.longest = self.longest.max(label.split(' ').count());
            self.own.insert(label, sound);
        }
        self
    }

    /// How many clips there are, and how many bytes of sound.
    pub fn size(&self) -> (usize, usize) {
        let clips = self.clips.values().flatten().flatten();
        clips.fold((0, 0), |(count, bytes), clip| (count + 1, bytes + clip.len()))
    }

    /// A text in the longest pieces that there are clips of, with gaps for all else.
    pub fn pieces(&self, text: &str) -> Vec<Piece<'_>> {
        pieces::pieces(self, text)
    }

    /// The pieces that have a sound as one sound, mu-law at 8 kHz.
    pub fn speak(pieces: &[Piece]) -> Vec<u8> {
        let clips: Vec<_> =
            pieces.iter().filter_map(|piece| Some((piece.sound.as_deref()?, piece.tone))).collect();
        join::join(&clips)
    }

    /// The clip of some words in the tone that is nearest to one.
    fn find(&self, words: &str, tone: Tone) -> Option<Found<'_>> {
        if let Some(sound) = self.own.get(words) {
            return Some(Found { sound, fits: true, by: By::Church });
        }
        let clips = self.clips.get(words)?;
        let order = match tone {
            Tone::Running => [Tone::Running, Tone::Rising, Tone::Falling],
            Tone::Rising => [Tone::Rising, Tone::Falling, Tone::Running],
            Tone::Falling => [Tone::Falling, Tone::Rising, Tone::Running],
        };
        order.into_iter().find_map(|nearest| {
            let sound = &self.sound[clips[nearest as usize].clone()?];
            Some(Found { sound, fits: nearest == tone, by: By::Pack })
        })
    }
}

#[cfg(test)]
mod tests;
