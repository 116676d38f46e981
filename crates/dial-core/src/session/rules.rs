//! How a line treats its callers: the settings that the call flow obeys.

use crate::key::KeyMap;
use crate::menu::MenuStyle;
use crate::time::Millis;

/// How a line treats its callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// How recordings are offered.
    pub menu: MenuStyle,
    /// What the keys do while a recording plays.
    pub keys: KeyMap,
    /// How long the menu waits for a key.
    pub menu_wait: Millis,
    /// How long a caller may choose the menu before the recording carries on.
    pub resume_wait: Millis,
    /// How long the line waits after a recording, and when it asks whether the caller is there.
    pub end_wait: Millis,
    /// How often a pause is recalled.
    pub pause_reminder: Millis,
    /// How long a pause may last.
    pub pause_limit: Millis,
    /// How far back and forward go.
    pub seek: Millis,
    /// How far a pause steps back.
    pub pause_back: Millis,
    /// How far carrying on after a call steps back.
    pub resume_back: Millis,
    /// A place is remembered from so far into a recording, until so far from its end.
    pub resume_after: Millis,
    /// For how many days a place is remembered.
    pub resume_days: u16,
    /// How far the chapter keys go where there are no chapters.
    pub chapter: Millis,
    /// How much of a recording one turn plays; it is parted in a silence where there is one.
    pub piece: Millis,
    /// When a caller is told that an hour is nearly over; zero: never.
    pub hint_after: Millis,
    /// After how long without a key the line asks whether the caller is there; zero: never.
    pub still_there: Millis,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            menu: MenuStyle::Gentle,
            keys: KeyMap::default(),
            menu_wait: Millis::seconds(8),
            resume_wait: Millis::seconds(4),
            end_wait: Millis::seconds(8),
            pause_reminder: Millis::seconds(60),
            pause_limit: Millis::seconds(30 * 60),
            seek: Millis::seconds(30),
            pause_back: Millis::seconds(5),
            resume_back: Millis::seconds(10),
            resume_after: Millis::seconds(30),
            resume_days: 30,
            chapter: Millis::seconds(5 * 60),
            piece: Millis::seconds(10 * 60),
            hint_after: Millis::seconds(55 * 60),
            still_there: Millis::seconds(3 * 3600),
        }
    }
}
