//! The menu: which recording. A wrong key costs nothing, and silence is an answer.

use super::{CallSession, Prompt, Silence, Stage, Turn, gather, say};
use crate::catalogue::RecordingId;
use crate::key::{Action, Key};
use crate::menu::{Menu, MenuStyle};
use crate::phrase::Phrase;
use crate::time::Millis;

/// The key that turns the page.
const EARLIER: Key = Key::digit(0).expect("0 is a digit");

impl<'a> CallSession<'a> {
    fn menu(&self, offset: u32) -> Menu<'a> {
        Menu::new(self.audible(), offset as usize, self.rules.menu)
    }

    /// Any => Menu
    pub(super) fn offer(&mut self, mut prompts: Vec<Prompt>, offset: u32, silence: Silence) -> Turn {
        if self.audible().is_empty() {
            return self.nothing(prompts);
        }
        let menu = self.menu(offset);
        self.state.stage = Stage::Menu { offset: menu.offset() as u32, silence };
        for (place, (key, recording)) in menu.spoken().enumerate() {
            let row = match (self.rules.menu, place) {
                (MenuStyle::Gentle, 0) if menu.offset() == 0 => "offer_newest",
                (MenuStyle::Gentle, _) => "offer",
                (MenuStyle::Classic, 0) => "classic_first",
                (MenuStyle::Classic, _) => "classic_other",
            };
            prompts.push(Prompt::Say(Phrase::Offer(row, recording.id, key)));
        }
        if self.rules.menu == MenuStyle::Gentle {
            if menu.earlier().is_some() {
                prompts.push(Prompt::Say(Phrase::Key("offer_earlier", EARLIER)));
            } else if menu.offset() > 0 {
                prompts.push(Prompt::Say(Phrase::Key("offer_newest_again", EARLIER)));
            }
            prompts.push(match silence {
                Silence::Repeats | Silence::Plays => say("offer_wait"),
                Silence::Ends => say("offer_hang_up"),
            });
        }
        gather(prompts, self.rules.menu_wait)
    }

    /// Menu => (Menu | Playing)
    pub(super) fn choose(&mut self, key: Key, offset: u32, silence: Silence, at: Millis) -> Turn {
        let menu = self.menu(offset);
        // Who presses a key is there: the offer may be repeated again.
        let silence = if silence == Silence::Ends { Silence::Ends } else { Silence::Repeats };
        match (key, menu.pick(key), menu.earlier()) {
            (_, Some(recording), _) => self.start(Vec::new(), recording.id, at),
            (EARLIER, _, Some(earlier)) => self.offer(Vec::new(), earlier as u32, silence),
            (EARLIER, _, None) if menu.offset() > 0 => self.offer(Vec::new(), 0, silence),
            (Key::STAR, ..) => self.offer(Vec::new(), 0, silence),
            (Key::HASH, ..) => self.offer(Vec::new(), offset, silence),
            _ => self.offer(vec![Prompt::Say(Phrase::Key("no_such_key", key))], offset, silence),
        }
    }

    /// Menu => (Menu | Playing | Over)
    pub(super) fn chose_nothing(&mut self, offset: u32, silence: Silence, at: Millis) -> Turn {
        match (silence, self.audible().first()) {
            (Silence::Repeats, _) => self.offer(vec![say("silence_repeat")], offset, Silence::Plays),
            (Silence::Plays, Some(newest)) => self.start(vec![say("silence_plays")], newest.id, at),
            (Silence::Plays, None) | (Silence::Ends, _) => self.goodbye(Vec::new()),
        }
    }

    /// Begins a recording, and tells the keys the first time.
    pub(super) fn start(&mut self, mut prompts: Vec<Prompt>, recording: RecordingId, at: Millis) -> Turn {
        if self.rules.menu == MenuStyle::Gentle {
            prompts.push(Prompt::Say(Phrase::Recording("now_playing", recording)));
            if !self.state.told_keys {
                prompts.extend(self.tell_keys(&Action::ANNOUNCED, recording));
                self.state.told_keys = true;
            }
        }
        self.play(prompts, recording, Millis::ZERO, at)
    }
}
