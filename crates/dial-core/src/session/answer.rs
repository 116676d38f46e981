//! The line answers: a greeting, and for a caller who was cut off the place where they were.

use super::{CallSession, Event, Memory, Place, Prompt, Silence, Stage, Turn, gather, hang_up, say};
use crate::menu::MenuStyle;
use crate::phrase::Phrase;

const DAY_S: i64 = 86_400;

impl CallSession<'_> {
    /// Ringing => (Resuming | Menu | Over)
    pub(super) fn answered(&mut self, memory: Memory) -> Turn {
        if self.catalogue.is_unread() {
            return self.trouble();
        }
        self.state.remembered = memory.remembered;
        self.state.speed = memory.speed;
        self.state.volume = memory.volume;
        if let Some(turn) = memory.place.and_then(|place| self.resume(place)) {
            return turn;
        }
        let welcome = match self.rules.menu {
            MenuStyle::Gentle => say("welcome"),
            MenuStyle::Classic => say("classic_welcome"),
        };
        self.offer(vec![welcome], 0, Silence::Repeats)
    }

    /// Nothing where the place is too old, or its recording is gone or was nearly over.
    fn resume(&mut self, place: Place) -> Option<Turn> {
        let age_s = self.state.answered_at.as_second() - place.left_at.as_second();
        let length = self.find(place.recording)?.sound.length;
        let margin = self.rules.resume_after;
        // Clocks of nodes differ, and a simulated call may end ahead of the clock: that is fresh too.
        let fresh = age_s <= i64::from(self.rules.resume_days) * DAY_S;
        if !fresh || place.position < margin || length - place.position < margin {
            return None;
        }
        let position = place.position - self.rules.resume_back;
        self.state.stage = Stage::Resuming { recording: place.recording, position };
        let prompts = vec![
            say("welcome_back"),
            Prompt::Say(Phrase::Resume(place.recording, place.position)),
            say("resume_offer"),
        ];
        Some(gather(prompts, self.rules.resume_wait))
    }

    /// There is nothing to hear: says so, and when to ring again.
    pub(super) fn nothing(&mut self, mut prompts: Vec<Prompt>) -> Turn {
        prompts.push(match self.catalogue.next_audible(self.state.answered_at) {
            Some(instant) => Prompt::Say(Phrase::NothingUntil(instant)),
            None => say("nothing_yet"),
        });
        prompts.push(say("goodbye"));
        self.state.stage = Stage::Over;
        hang_up(prompts)
    }

    /// Something is wrong with the line itself.
    pub(super) fn trouble(&mut self) -> Turn {
        self.handle(Event::Hangup, self.state.last_key);
        hang_up(vec![say("trouble")])
    }
}
