//! The languages that a line speaks: its sentences, and how dates, times and lengths stand in them.
//!
//! Another language is a file beside `welsh.rs`, a file of phrases, and a row in [`Language`].

mod english;
mod welsh;

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use crate::key::Key;
use crate::time::Millis;

/// A language that a line speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// As it is spoken in Britain.
    #[default]
    English,
    /// Cymraeg.
    Welsh,
}

impl Language {
    /// The language of a tag of BCP 47, such as `en-GB` or `cy`; English for all that we do not speak.
    pub fn of_tag(tag: &str) -> Self {
        match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "cy" => Self::Welsh,
            _ => Self::English,
        }
    }

    /// Its tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en-GB",
            Self::Welsh => "cy-GB",
        }
    }

    /// The file of its phrases.
    pub(crate) const fn phrases(self) -> &'static str {
        match self {
            Self::English => include_str!("../phrases.en-GB.toml"),
            Self::Welsh => include_str!("../phrases.cy-GB.toml"),
        }
    }

    const fn speech(self) -> &'static dyn Speech {
        match self {
            Self::English => &english::English,
            Self::Welsh => &welsh::Welsh,
        }
    }

    /// `Sunday the 12th of June`.
    pub fn day(self, date: Date) -> String {
        self.speech().day(date)
    }

    /// `Sunday the 12th of June 2022`.
    pub fn day_with_year(self, date: Date) -> String {
        format!("{} {}", self.day(date), date.year())
    }

    /// `7.30 in the evening`.
    pub fn time(self, instant: Timestamp, zone: &TimeZone) -> String {
        let time = instant.to_zoned(zone.clone()).time();
        self.speech().time(time.hour().unsigned_abs(), time.minute().unsigned_abs())
    }

    /// A name, and the time by which it differs from others.
    pub fn at(self, name: &str, time: &str) -> String {
        self.speech().at(name, time)
    }

    /// `1 hour and 5 minutes`, `less than a minute`.
    pub fn length(self, length: Millis) -> String {
        let minutes = length.as_seconds() / 60;
        self.speech().length(minutes / 60, minutes % 60)
    }

    /// `12 minutes into 58`.
    pub fn place(self, position: Millis, length: Millis) -> String {
        let (at, of) = (position.as_seconds() / 60, (length.as_seconds() + 30) / 60);
        let whole = if at > 0 && of < 60 { of.to_string() } else { self.length(Millis::seconds(of * 60)) };
        self.speech().place(&self.length(position), &whole)
    }

    /// How a key is called.
    pub fn key(self, key: Key) -> String {
        match key {
            Key::STAR => self.speech().star().into(),
            Key::HASH => self.speech().hash().into(),
            digit => digit.sign().into(),
        }
    }

    /// What a recording without any name is called.
    pub(crate) fn nameless(self) -> &'static str {
        self.speech().nameless()
    }

    /// What a recording is called that is no longer on the list.
    pub(crate) fn the_recording(self) -> &'static str {
        self.speech().the_recording()
    }
}

/// How a language says what is filled in.
trait Speech {
    fn day(&self, date: Date) -> String;
    /// Hours from 0 to 23.
    fn time(&self, hour: u8, minute: u8) -> String;
    fn at(&self, name: &str, time: &str) -> String;
    fn length(&self, hours: u32, minutes: u32) -> String;
    fn place(&self, position: &str, whole: &str) -> String;
    fn star(&self) -> &'static str;
    fn hash(&self) -> &'static str;
    fn nameless(&self) -> &'static str;
    fn the_recording(&self) -> &'static str;
}
