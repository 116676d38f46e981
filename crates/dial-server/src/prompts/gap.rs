//! Words that no clip says, and how they end: what another voice is asked for.

use dial_voice::pack::{Piece, Tone};

/// Words that no clip says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Gap {
    /// In the form that is said, without digits or short forms.
    pub(crate) words: String,
    /// What follows them.
    pub(crate) tone: Tone,
}

impl Gap {
    pub(super) fn of(piece: &Piece<'_>) -> Self {
        Self { words: piece.words.clone(), tone: piece.tone }
    }

    /// The words with the sign that lets a voice end them rightly.
    pub(crate) fn text(&self) -> String {
        let sign = match self.tone {
            Tone::Running => "",
            Tone::Rising => ",",
            Tone::Falling => ".",
        };
        format!("{}{sign}", self.words)
    }
}
