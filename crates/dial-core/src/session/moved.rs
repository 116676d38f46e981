//! The call goes on over another way: what was asked is asked again, what was playing plays on.

use super::{CallSession, Prompt, Stage, Turn, gather, say};
use crate::phrase::Phrase;
use crate::time::Millis;

impl CallSession<'_> {
    /// Any => the same: a turn that leads to where the broken one would have.
    pub(super) fn moved(&mut self, heard: Millis, at: Millis) -> Turn {
        match self.state.stage {
            Stage::Ringing | Stage::Over => self.over(),
            Stage::Resuming { recording, .. } if self.find(recording).is_none() => {
                self.cannot_play(recording)
            }
            Stage::Resuming { recording, position } => {
                let was_at = position + self.rules.resume_back;
                let prompts = vec![Prompt::Say(Phrase::Resume(recording, was_at)), say("resume_offer")];
                gather(prompts, self.rules.resume_wait)
            }
            Stage::Menu { offset, silence } => self.offer(Vec::new(), offset, silence),
            Stage::Playing { recording, from, to } => {
                self.play(Vec::new(), recording, (from + heard).min(to), at)
            }
            Stage::Paused { recording, position, reminders } => {
                self.wait_paused(vec![self.go_on_key("still_paused")], recording, position, reminders)
            }
            Stage::Wondering { recording, position, asked } => {
                self.wonder(recording, position, asked.saturating_sub(1))
            }
        }
    }
}
