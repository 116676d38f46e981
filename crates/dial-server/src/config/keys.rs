//! `[line.keys]`: what each key of the telephone does while a recording plays.
//!
//! It must not know how any of it is done, nor what the defaults are: the call flow says both.

use dial_core::key::{Action, Key, KeyMap};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::section::Section;

/// The keys of a telephone as keys of a table.
const SIGNS: [&str; 12] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"];

/// What each of the twelve keys does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Keys(pub(crate) KeyMap);

impl Keys {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let mut keys = KeyMap::default();
        for (sign, key) in SIGNS.into_iter().zip(Key::ALL) {
            let action = section.named(sign, &Action::NAMES);
            keys = keys.with(key, action.unwrap_or(keys.action(key)));
        }
        section.finish();
        Self(keys)
    }
}

impl Serialize for Keys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(SIGNS.len()))?;
        for (sign, key) in SIGNS.into_iter().zip(Key::ALL) {
            let named = Action::NAMES.into_iter().find(|(_, action)| *action == self.0.action(key));
            map.serialize_entry(sign, named.expect("every action has a name").0)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_the_table_are_the_keys_of_the_telephone() {
        assert_eq!(SIGNS.map(|sign| sign.parse::<Key>().unwrap()), Key::ALL);
    }
}
