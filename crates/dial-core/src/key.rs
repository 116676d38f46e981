//! The twelve keys of a telephone, and what they do while a recording plays.

use std::fmt;
use std::str::FromStr;

use crate::language::Language;

/// One of the twelve keys of a telephone: `0` to `9`, `*`, `#`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u8);

const SIGNS: [char; 12] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#'];

impl Key {
    /// All twelve, `0` first.
    pub const ALL: [Self; 12] = {
        let mut all = [Self(0); 12];
        let mut i = 0;
        while i < 12 {
            all[i] = Self(i as u8);
            i += 1;
        }
        all
    };
    /// The star key.
    pub const STAR: Self = Self(10);
    /// The hash key.
    pub const HASH: Self = Self(11);

    /// The key of a digit from 0 to 9.
    pub const fn digit(digit: u8) -> Option<Self> {
        if digit < 10 { Some(Self(digit)) } else { None }
    }

    /// The number on the key; none for star and hash.
    pub const fn number(self) -> Option<u8> {
        if self.0 < 10 { Some(self.0) } else { None }
    }

    /// The sign on the key.
    pub const fn sign(self) -> char {
        SIGNS[self.0 as usize]
    }

    /// How the key is called in an English sentence.
    pub fn spoken(self) -> String {
        Language::English.key(self)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.sign())
    }
}

/// What was given is not one of the twelve keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone key: use 0 to 9, * or #")]
pub struct NotAKey;

impl TryFrom<char> for Key {
    type Error = NotAKey;
    fn try_from(sign: char) -> Result<Self, NotAKey> {
        let place = SIGNS.iter().position(|known| *known == sign);
        place.map(|place| Self(place as u8)).ok_or(NotAKey)
    }
}

impl FromStr for Key {
    type Err = NotAKey;
    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let mut signs = text.chars();
        match (signs.next(), signs.next()) {
            (Some(sign), None) => sign.try_into(),
            _ => Err(NotAKey),
        }
    }
}

/// What a key does while a recording plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Goes back, 30 seconds by default.
    Back,
    /// Pauses, and goes on.
    Pause,
    /// Goes forward, 30 seconds by default.
    Forward,
    /// To the start of this chapter or the one before; five minutes where there are none.
    PreviousChapter,
    /// To the next chapter; five minutes where there are none.
    NextChapter,
    /// Raises the volume by a step.
    Louder,
    /// Lowers the volume by a step.
    Quieter,
    /// Slows the recording by a step; its pitch stays.
    Slower,
    /// Speeds the recording by a step; its pitch stays.
    Faster,
    /// Says where the caller is and what the keys do.
    Help,
    /// Says where the caller is.
    Where,
    /// Back to the menu.
    Menu,
    /// The next recording of the list.
    NextRecording,
    /// Nothing: the recording goes on.
    None,
}

impl Action {
    /// Every action with its name in a configuration.
    pub const NAMES: [(&'static str, Self); 14] = [
        ("back", Self::Back),
        ("pause", Self::Pause),
        ("forward", Self::Forward),
        ("previous-chapter", Self::PreviousChapter),
        ("next-chapter", Self::NextChapter),
        ("louder", Self::Louder),
        ("quieter", Self::Quieter),
        ("slower", Self::Slower),
        ("faster", Self::Faster),
        ("help", Self::Help),
        ("where", Self::Where),
        ("menu", Self::Menu),
        ("next-recording", Self::NextRecording),
        ("none", Self::None),
    ];
    /// What is announced before the first recording of a call; help tells the rest.
    pub const ANNOUNCED: [Self; 5] = [Self::Back, Self::Pause, Self::Forward, Self::Help, Self::Menu];
}

impl FromStr for Action {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, action)| *action).ok_or_else(|| {
            let names: Vec<_> = Self::NAMES.iter().map(|(name, _)| *name).collect();
            format!("unknown action `{name}`: use one of {}", names.join(", "))
        })
    }
}

/// Which key does what while a recording plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyMap([Action; 12]);

impl Default for KeyMap {
    fn default() -> Self {
        use Action::*;
        Self([
            Help,
            PreviousChapter,
            Louder,
            NextChapter,
            Back,
            Pause,
            Forward,
            Slower,
            Quieter,
            Faster,
            Menu,
            NextRecording,
        ])
    }
}

impl KeyMap {
    /// This map with another action on one key.
    #[must_use]
    pub fn with(mut self, key: Key, action: Action) -> Self {
        self.0[key.0 as usize] = action;
        self
    }

    /// What the key does.
    pub fn action(&self, key: Key) -> Action {
        self.0[key.0 as usize]
    }

    /// The first key that does it, if any does.
    pub fn key(&self, action: Action) -> Option<Key> {
        Key::ALL.into_iter().find(|key| self.action(*key) == action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read_as_it_is_written_and_nothing_else_is() {
        for key in Key::ALL {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for wrong in ["", "11", "A", "٣", "w"] {
            assert_eq!(wrong.parse::<Key>(), Err(NotAKey), "{wrong:?}");
        }
    }

    #[test]
    fn the_key_table_is_the_documented_one() {
        let table = "0 help,1 previous-chapter,2 louder,3 next-chapter,4 back,5 pause,6 forward,7 slower,8 quieter,9 faster,* menu,# next-recording";
        for row in table.split(',') {
            let (key, action) = row.split_once(' ').unwrap();
            assert_eq!(Ok(KeyMap::default().action(key.parse().unwrap())), action.parse());
        }
    }
}
