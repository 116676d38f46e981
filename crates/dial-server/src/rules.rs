//! A line's configuration as the rules that the call flow obeys.

use dial_core::key::{Action, Key, KeyMap};
use dial_core::menu::MenuStyle;
use dial_core::session::Rules;
use dial_core::time::Millis;

use crate::config;

/// The rules of a configured line.
pub(crate) fn rules(line: &config::Line) -> Rules {
    let call = &line.call;
    let seconds = |seconds: u32| Millis::seconds(seconds);
    Rules {
        menu: match line.menu {
            config::MenuStyle::Gentle => MenuStyle::Gentle,
            config::MenuStyle::Classic => MenuStyle::Classic,
        },
        keys: key_map(&line.keys),
        menu_wait: seconds(call.menu_wait_s),
        resume_wait: seconds(call.resume_wait_s),
        end_wait: seconds(call.end_wait_s),
        pause_reminder: seconds(call.pause_reminder_s),
        pause_limit: seconds(call.pause_limit_s),
        seek: seconds(call.seek_s),
        pause_back: seconds(call.pause_back_s),
        resume_back: seconds(call.resume_back_s),
        resume_after: seconds(call.resume_after_s),
        resume_days: u16::try_from(call.resume_days).unwrap_or(u16::MAX),
        chapter: seconds(call.chapter_s),
        piece: seconds(call.piece_s),
        hint_after: seconds(call.hint_after_s),
        still_there: seconds(call.still_there_s),
    }
}

fn key_map(keys: &config::Keys) -> KeyMap {
    keys.bindings().fold(KeyMap::default(), |map, (sign, action)| {
        let key: Key = sign.parse().expect("the configuration names keys by their signs");
        map.with(key, self::action(action))
    })
}

fn action(action: config::KeyAction) -> Action {
    use config::KeyAction;
    match action {
        KeyAction::Back => Action::Back,
        KeyAction::Pause => Action::Pause,
        KeyAction::Forward => Action::Forward,
        KeyAction::PreviousChapter => Action::PreviousChapter,
        KeyAction::NextChapter => Action::NextChapter,
        KeyAction::Louder => Action::Louder,
        KeyAction::Quieter => Action::Quieter,
        KeyAction::Slower => Action::Slower,
        KeyAction::Faster => Action::Faster,
        KeyAction::Help => Action::Help,
        KeyAction::Where => Action::Where,
        KeyAction::Menu => Action::Menu,
        KeyAction::NextRecording => Action::NextRecording,
        KeyAction::None => Action::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_the_configuration_are_those_of_the_call_flow() {
        assert_eq!(rules(&config::Line::new("st-annes".into(), Vec::new())), Rules::default());
    }
}
