//! A piece of a recording that is being heard; it is told when it ends, with how much of it was heard.

use dial_core::session::Piece;
use dial_core::time::Millis;

use crate::channel::transcript::{Happening, TranscriptEvent};

/// A piece that is being heard.
#[derive(Clone)]
pub(super) struct PieceHeard {
    pub(super) began: Millis,
    pub(super) piece: Piece,
    pub(super) title: Option<String>,
}

impl PieceHeard {
    /// It ends, when so much of it was heard.
    pub(super) fn event(self, heard: Millis) -> TranscriptEvent {
        let Self { began, piece, title } = self;
        let to = (piece.from + heard).min(piece.to);
        let what = Happening::Play {
            recording: piece.recording.to_string(),
            title,
            from_ms: piece.from.0.into(),
            to_ms: to.0.into(),
            speed: piece.speed.factor(),
        };
        TranscriptEvent { at_ms: began.0.into(), what }
    }
}
