//! The end of a call, and the question before a silent caller's call ends.

use super::{CallSession, Left, Prompt, Stage, Turn, gather, hang_up, say};
use crate::catalogue::RecordingId;
use crate::time::Millis;

/// How often a silent caller is asked.
const QUESTIONS: u8 = 2;

impl CallSession<'_> {
    /// (Playing | Wondering) => (Wondering | Over)
    pub(super) fn wonder(&mut self, recording: RecordingId, position: Millis, asked: u8) -> Turn {
        if asked >= QUESTIONS {
            return self.goodbye_with_place(recording, position);
        }
        self.state.stage = Stage::Wondering { recording, position, asked: asked + 1 };
        gather(vec![say("still_there")], self.rules.end_wait)
    }

    /// Any => Over
    pub(super) fn goodbye_with_place(&mut self, recording: RecordingId, position: Millis) -> Turn {
        self.state.left = self.leaving(recording, position);
        let kept = self.state.remembered && matches!(self.state.left, Left::At(..));
        self.goodbye(if kept { vec![say("place_kept")] } else { Vec::new() })
    }

    /// Any => Over
    pub(super) fn goodbye(&mut self, mut prompts: Vec<Prompt>) -> Turn {
        prompts.push(say("goodbye"));
        self.state.stage = Stage::Over;
        hang_up(prompts)
    }

    /// Any => Over: nobody is there to hear a word.
    pub(super) fn over(&mut self) -> Turn {
        self.state.left = self.left(Millis::ZERO);
        self.state.stage = Stage::Over;
        hang_up(Vec::new())
    }
}
