//! Listening: a recording plays on, piece by piece, without a word between them.

use super::{CallSession, Left, Piece, Prompt, Silence, Speed, Stage, Turn, gather, say};
use crate::catalogue::{RecordingId, Sound};
use crate::phrase::Phrase;
use crate::player::TICK;
use crate::time::Millis;

/// A piece is parted in a silence no further away than this.
const PART_WITHIN: Millis = Millis::seconds(20);
/// What is due within this time is due now; longer than a piece may be off, so that none is cut twice.
const SOON: Millis = Millis::seconds(30);
/// No piece is shorter, unless the recording ends.
const SHORTEST: Millis = Millis::seconds(5);

impl CallSession<'_> {
    /// Any => (Playing | Menu): plays from a place on.
    pub(super) fn play(
        &mut self,
        mut prompts: Vec<Prompt>,
        id: RecordingId,
        from: Millis,
        at: Millis,
    ) -> Turn {
        let Some(recording) = self.find(id) else {
            return self.cannot_play(id);
        };
        if from >= recording.sound.length {
            return self.ended(id);
        }
        if is_due(self.rules.hint_after, at) && !self.state.hinted {
            self.state.hinted = true;
            prompts.push(say(if self.state.remembered { "hint" } else { "hint_withheld" }));
        }
        if self.usual_speed_only && std::mem::take(&mut self.state.speed) != Speed::default() {
            prompts.push(say("usual_speed"));
        }
        let to = self.piece_end(&recording.sound, from, at);
        self.state.stage = Stage::Playing { recording: id, from, to };
        let (speed, volume) = (self.state.speed, self.state.volume);
        prompts.push(Prompt::Play(Piece { recording: id, from, to, speed, volume }));
        gather(prompts, Millis::ZERO)
    }

    /// Playing => (Playing | Wondering | Menu): a piece was heard to its end.
    pub(super) fn go_on(&mut self, recording: RecordingId, from: Millis, at: Millis) -> Turn {
        if is_due(self.rules.still_there, at - self.state.last_key) {
            return self.wonder(recording, from, 0);
        }
        self.play(Vec::new(), recording, from, at)
    }

    /// Playing => Menu
    pub(super) fn ended(&mut self, id: RecordingId) -> Turn {
        self.state.left = Left::Finished;
        self.offer(vec![Prompt::Say(Phrase::Recording("ended", id))], 0, Silence::Ends)
    }

    /// Playing => Menu: silence will not try again.
    pub(super) fn cannot_play(&mut self, id: RecordingId) -> Turn {
        self.offer(vec![Prompt::Say(Phrase::Recording("cannot_play", id))], 0, Silence::Ends)
    }

    /// Where this turn's piece ends: at the recording's end if that is near, else in a silence; in
    /// time for what the line has to say.
    fn piece_end(&self, sound: &Sound, from: Millis, at: Millis) -> Millis {
        let speed = self.state.speed;
        let until = |limit: Millis, at: Millis| (limit > at + SOON).then(|| speed.heard(limit - at));
        let hint = until(self.rules.hint_after, at).filter(|_| !self.state.hinted);
        let question = until(self.rules.still_there, at - self.state.last_key);
        let due = hint.into_iter().chain(question).min();
        let length = due.map_or(self.rules.piece, |due| due.min(self.rules.piece)).max(SHORTEST);
        let rest = sound.length - from;
        let whole =
            due.is_none_or(|due| rest <= due) && rest <= self.rules.piece + Millis(self.rules.piece.0 / 2);
        if whole || rest <= length + SHORTEST {
            return sound.length;
        }
        let to = sound.part_near(from + length, PART_WITHIN.min(Millis(length.0 / 2)));
        // On a whole tick, so that the next piece joins without a gap.
        let to = Millis(to.0 - to.0 % TICK.0);
        to.clamp(from + TICK, sound.length)
    }
}

fn is_due(limit: Millis, at: Millis) -> bool {
    limit > Millis::ZERO && at + SOON >= limit
}
