//! `[line.call]`: how long a line waits, and what it does by itself during a call.
//!
//! It must not know how a call goes on; it only holds the numbers,
//! and takes their defaults from the call flow.

use dial_core::key::KeyMap;
use dial_core::menu::MenuStyle;
use dial_core::session::Rules;
use dial_core::time::Millis;
use serde::Serialize;

use super::section::Section;

/// How long a line waits, and what it does by itself. All but `resume_days` are seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Call {
    /// The wait for a key after the menu.
    pub(crate) menu_wait_s: u32,
    /// The wait for a key after the offer to go on where the caller was last time.
    pub(crate) resume_wait_s: u32,
    /// The wait for a key after the end of a recording.
    pub(crate) end_wait_s: u32,
    /// How often a pause is spoken of.
    pub(crate) pause_reminder_s: u32,
    /// The longest pause; then the line says goodbye.
    pub(crate) pause_limit_s: u32,
    /// How far the keys for back and forward go.
    pub(crate) seek_s: u32,
    /// How far a recording goes back after a pause.
    pub(crate) pause_back_s: u32,
    /// How far a recording goes back when it is resumed in a later call.
    pub(crate) resume_back_s: u32,
    /// A recording that was left earlier than this is not offered again.
    pub(crate) resume_after_s: u32,
    /// How many days a caller's place is remembered; 0 for never.
    pub(crate) resume_days: u32,
    /// How far the chapter keys go in a recording without chapters.
    pub(crate) chapter_s: u32,
    /// The length of the pieces in which a provider is given a recording.
    pub(crate) piece_s: u32,
    /// When a hint is spoken that many tariffs cut a call off at the hour; 0 for never.
    pub(crate) hint_after_s: u32,
    /// When the line asks whether anybody is still there; 0 for never.
    pub(crate) still_there_s: u32,
}

/// What the call flow does by itself.
impl Default for Call {
    fn default() -> Self {
        let rules = Rules::default();
        Self {
            menu_wait_s: rules.menu_wait.as_seconds(),
            resume_wait_s: rules.resume_wait.as_seconds(),
            end_wait_s: rules.end_wait.as_seconds(),
            pause_reminder_s: rules.pause_reminder.as_seconds(),
            pause_limit_s: rules.pause_limit.as_seconds(),
            seek_s: rules.seek.as_seconds(),
            pause_back_s: rules.pause_back.as_seconds(),
            resume_back_s: rules.resume_back.as_seconds(),
            resume_after_s: rules.resume_after.as_seconds(),
            resume_days: rules.resume_days.into(),
            chapter_s: rules.chapter.as_seconds(),
            piece_s: rules.piece.as_seconds(),
            hint_after_s: rules.hint_after.as_seconds(),
            still_there_s: rules.still_there.as_seconds(),
        }
    }
}

impl Call {
    /// The rules of a call, with the menu and the keys of its line.
    pub(super) fn rules(&self, menu: MenuStyle, keys: KeyMap) -> Rules {
        Rules {
            menu,
            keys,
            menu_wait: Millis::seconds(self.menu_wait_s),
            resume_wait: Millis::seconds(self.resume_wait_s),
            end_wait: Millis::seconds(self.end_wait_s),
            pause_reminder: Millis::seconds(self.pause_reminder_s),
            pause_limit: Millis::seconds(self.pause_limit_s),
            seek: Millis::seconds(self.seek_s),
            pause_back: Millis::seconds(self.pause_back_s),
            resume_back: Millis::seconds(self.resume_back_s),
            resume_after: Millis::seconds(self.resume_after_s),
            resume_days: u16::try_from(self.resume_days).unwrap_or(u16::MAX),
            chapter: Millis::seconds(self.chapter_s),
            piece: Millis::seconds(self.piece_s),
            hint_after: Millis::seconds(self.hint_after_s),
            still_there: Millis::seconds(self.still_there_s),
        }
    }

    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let mut call = Self::default();
        section.number("menu_wait_s", 1..=60, &mut call.menu_wait_s);
        section.number("resume_wait_s", 1..=60, &mut call.resume_wait_s);
        section.number("end_wait_s", 1..=60, &mut call.end_wait_s);
        section.number("pause_reminder_s", 10..=600, &mut call.pause_reminder_s);
        section.number("pause_limit_s", 60..=7200, &mut call.pause_limit_s);
        section.number("seek_s", 5..=600, &mut call.seek_s);
        section.number("pause_back_s", 0..=60, &mut call.pause_back_s);
        section.number("resume_back_s", 0..=300, &mut call.resume_back_s);
        section.number("resume_after_s", 0..=3600, &mut call.resume_after_s);
        section.number("resume_days", 0..=365, &mut call.resume_days);
        section.number("chapter_s", 30..=3600, &mut call.chapter_s);
        // Twilio's documentation of <Play>: files longer than 40 minutes can drop the call.
        section.number("piece_s", 60..=2400, &mut call.piece_s);
        section.number_or_never("hint_after_s", 60..=14_400, &mut call.hint_after_s);
        section.number_or_never("still_there_s", 600..=86_400, &mut call.still_there_s);
        if call.pause_reminder_s > call.pause_limit_s {
            let what =
                format!("{} is longer than pause_limit_s, {}", call.pause_reminder_s, call.pause_limit_s);
            section.conflict("pause_reminder_s", &what, "use a shorter reminder or a longer limit");
        }
        section.finish();
        call
    }
}
