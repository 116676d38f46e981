//! `[line.keys]`: what each key of the telephone does while a recording plays.
//!
//! It must not know how any of it is done.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::section::Section;

/// The keys of a telephone, in the order of [`Keys`].
const SIGNS: [&str; 12] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"];

/// What a key does while a recording plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeyAction {
    /// Goes back by `call.seek_s`.
    Back,
    /// Goes forward by `call.seek_s`.
    Forward,
    /// Pauses, and goes on.
    Pause,
    /// To the start of this chapter or the one before.
    PreviousChapter,
    /// To the next chapter.
    NextChapter,
    /// Raises the volume.
    Louder,
    /// Lowers the volume.
    Quieter,
    /// Slows the recording.
    Slower,
    /// Speeds the recording.
    Faster,
    /// Says what the keys do.
    Help,
    /// Says where the caller is.
    Where,
    /// Back to the menu.
    Menu,
    /// The next recording of the list.
    NextRecording,
    /// Nothing.
    None,
}

/// What each of the twelve keys does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keys([KeyAction; 12]);

impl Default for Keys {
    fn default() -> Self {
        use KeyAction::{
            Back, Faster, Forward, Help, Louder, Menu, NextChapter, NextRecording, Pause, PreviousChapter,
            Quieter, Slower,
        };

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

impl Keys {
    /// Each key, `0` to `9`, `*` and `#`, with what it does.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = (&'static str, KeyAction)> + '_ {
        SIGNS.into_iter().zip(self.0)
    }

    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let mut keys = Self::default();
        for (sign, action) in SIGNS.into_iter().zip(&mut keys.0) {
            *action = section.choice(sign).unwrap_or(*action);
        }
        section.finish();
        keys
    }
}

impl Serialize for Keys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(SIGNS.len()))?;
        for (sign, action) in self.bindings() {
            map.serialize_entry(sign, &action)?;
        }
        map.end()
    }
}
