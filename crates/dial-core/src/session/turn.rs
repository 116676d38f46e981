//! One turn: what to play now, then exactly one ending.

use super::{Speed, Volume};
use crate::catalogue::RecordingId;
use crate::phrase::Phrase;
use crate::time::Millis;

/// What to play now, then exactly one ending. A key ends it early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// What the caller hears, in order; at most one piece, and that one last.
    pub prompts: Vec<Prompt>,
    /// What follows.
    pub next: Next,
}

/// Something to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// Words.
    Say(Phrase),
    /// A part of a recording.
    Play(Piece),
}

/// A part of a recording, and how it is to sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Which recording.
    pub recording: RecordingId,
    /// Where it begins, in the recording's time.
    pub from: Millis,
    /// Where it ends, in the recording's time.
    pub to: Millis,
    /// How fast, pitch kept.
    pub speed: Speed,
    /// How loud.
    pub volume: Volume,
}

impl Piece {
    /// How long it sounds.
    pub fn sounding(&self) -> Millis {
        self.speed.sounding(self.to - self.from)
    }
}

/// How a turn ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Listens for one key; after so long without one the answer is [`super::Event::NoInput`].
    Gather {
        /// How long, after the last sound. Zero: what follows joins without a gap.
        wait: Millis,
    },
    /// Ends the call.
    Hangup,
}

impl Turn {
    /// The piece of a recording in it.
    pub fn piece(&self) -> Option<&Piece> {
        self.prompts.iter().find_map(|prompt| match prompt {
            Prompt::Play(piece) => Some(piece),
            Prompt::Say(_) => None,
        })
    }

    /// The phrases in it.
    pub fn phrases(&self) -> impl Iterator<Item = &Phrase> {
        self.prompts.iter().filter_map(|prompt| match prompt {
            Prompt::Say(phrase) => Some(phrase),
            Prompt::Play(_) => None,
        })
    }
}
