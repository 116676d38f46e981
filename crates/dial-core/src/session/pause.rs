//! A pause: recalled from time to time, and not without end.

use super::{CallSession, Prompt, Stage, Turn, gather, say};
use crate::catalogue::RecordingId;
use crate::key::{Action, Key};
use crate::phrase::Phrase;
use crate::time::Millis;

impl CallSession<'_> {
    /// Playing => Paused: a little of what was heard will be heard again.
    pub(super) fn pause(&mut self, recording: RecordingId, position: Millis, heard: Millis) -> Turn {
        self.state.left = self.leaving(recording, heard);
        self.wait_paused(vec![self.go_on_key("paused")], recording, position, 0)
    }

    /// Paused => (Paused | Over)
    pub(super) fn remind(&mut self, recording: RecordingId, position: Millis, reminders: u8) -> Turn {
        let reminders = reminders.saturating_add(1);
        let paused = u64::from(reminders) * u64::from(self.rules.pause_reminder.0);
        if reminders == u8::MAX || paused >= u64::from(self.rules.pause_limit.0) {
            return self.goodbye_with_place(recording, position);
        }
        self.wait_paused(vec![self.go_on_key("still_paused")], recording, position, reminders)
    }

    /// Paused => (Playing | Paused | Menu)
    pub(super) fn command_paused(
        &mut self,
        key: Key,
        recording: RecordingId,
        position: Millis,
        reminders: u8,
        at: Millis,
    ) -> Turn {
        match self.rules.keys.action(key) {
            Action::Pause => self.play(Vec::new(), recording, position, at),
            Action::None => {
                self.wait_paused(vec![self.go_on_key("still_paused")], recording, position, reminders)
            }
            Action::Help | Action::Where => {
                let mut prompts = self.tell_place(recording, position);
                prompts.push(self.go_on_key("still_paused"));
                self.wait_paused(prompts, recording, position, reminders)
            }
            action => self.command(action, recording, position, at),
        }
    }

    pub(super) fn wait_paused(
        &mut self,
        prompts: Vec<Prompt>,
        recording: RecordingId,
        position: Millis,
        reminders: u8,
    ) -> Turn {
        self.state.stage = Stage::Paused { recording, position, reminders };
        gather(prompts, self.rules.pause_reminder)
    }

    pub(super) fn go_on_key(&self, row: &'static str) -> Prompt {
        match self.rules.keys.key(Action::Pause) {
            Some(key) => Prompt::Say(Phrase::Key(row, key)),
            // Only a state from before the key was taken away leads here.
            None => say("still_there"),
        }
    }
}
