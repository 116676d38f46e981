//! What a key does while a recording plays. A key without a meaning is never punished: play goes on.

use super::{CallSession, Prompt, Silence, Turn, say};
use crate::catalogue::RecordingId;
use crate::key::{Action, Key};
use crate::phrase::{Moves, Phrase};
use crate::time::Millis;

impl CallSession<'_> {
    /// Playing => (Playing | Paused | Menu)
    pub(super) fn command(&mut self, action: Action, id: RecordingId, position: Millis, at: Millis) -> Turn {
        let Some(recording) = self.find(id) else {
            return self.cannot_play(id);
        };
        self.state.left = self.leaving(id, position);
        let sound = &recording.sound;
        let (mut prompts, mut from) = (Vec::new(), position);
        match action {
            Action::Back => from = position - self.rules.seek,
            Action::Forward => from = position + self.rules.seek,
            Action::Pause => return self.pause(id, position - self.rules.pause_back, position),
            Action::PreviousChapter if sound.chapters.is_empty() => from = position - self.rules.chapter,
            Action::NextChapter if sound.chapters.is_empty() => from = position + self.rules.chapter,
            Action::PreviousChapter => from = sound.previous_chapter(position).unwrap_or_default(),
            Action::NextChapter => from = sound.next_chapter(position).unwrap_or(position),
            Action::Louder | Action::Quieter => prompts.push(self.change_volume(action)),
            Action::Slower | Action::Faster => prompts.push(self.change_speed(action)),
            Action::Help => {
                prompts = self.tell_place(id, position);
                let all: Vec<Action> = Action::NAMES.iter().map(|(_, action)| *action).collect();
                prompts.extend(self.tell_keys(&all, id));
                prompts.push(say("going_on"));
            }
            Action::Where => prompts = self.tell_place(id, position),
            Action::Menu => return self.offer(Vec::new(), 0, Silence::Repeats),
            Action::NextRecording => {
                let after = self.audible().iter().skip_while(|other| other.id != id).nth(1);
                return match after {
                    Some(next) => self.start(Vec::new(), next.id, at),
                    None => self.offer(vec![say("no_more")], 0, Silence::Repeats),
                };
            }
            Action::None => {}
        }
        self.play(prompts, id, from, at)
    }

    fn change_volume(&mut self, action: Action) -> Prompt {
        let (volume, changed, limit) = match action {
            Action::Louder => (self.state.volume.louder(), "louder", "loudest"),
            _ => (self.state.volume.quieter(), "quieter", "quietest"),
        };
        let Some(volume) = volume else {
            return say(limit);
        };
        self.state.volume = volume;
        say(changed)
    }

    fn change_speed(&mut self, action: Action) -> Prompt {
        let (speed, changed, limit) = match action {
            Action::Slower => (self.state.speed.slower(), "slower", "slowest"),
            _ => (self.state.speed.faster(), "faster", "fastest"),
        };
        let usual = super::Speed::default();
        match speed {
            Some(speed) if speed == usual || !self.usual_speed_only => {
                self.state.speed = speed;
                say(if speed == usual { "usual_speed" } else { changed })
            }
            _ => say(limit),
        }
    }

    /// The title, and "you are 12 minutes into 58".
    pub(super) fn tell_place(&self, id: RecordingId, position: Millis) -> Vec<Prompt> {
        let length = self.find(id).map_or(position, |recording| recording.sound.length);
        vec![Prompt::Say(Phrase::Recording("title", id)), Prompt::Say(Phrase::YouAre(position, length))]
    }

    /// What the keys do, for those actions that have a key.
    pub(super) fn tell_keys(&self, actions: &[Action], id: RecordingId) -> Vec<Prompt> {
        let chapters = self.find(id).is_some_and(|recording| !recording.sound.chapters.is_empty());
        let does = |action: Action| -> Option<Prompt> {
            let key: Key = self.rules.keys.key(action)?;
            let moves = match action {
                Action::None => return None,
                Action::PreviousChapter | Action::NextChapter if chapters => Moves::Chapters,
                Action::PreviousChapter | Action::NextChapter => {
                    Moves::Seconds(self.rules.chapter.as_seconds())
                }
                _ => Moves::Seconds(self.rules.seek.as_seconds()),
            };
            Some(Prompt::Say(Phrase::Does(action, key, moves)))
        };
        actions.iter().filter_map(|action| does(*action)).collect()
    }
}
