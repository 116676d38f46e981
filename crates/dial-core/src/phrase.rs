//! Everything the line can say. The words are in `phrases.en-GB.toml`, one row for each phrase.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::catalogue::{Catalogue, RecordingId};
use crate::date;
use crate::key::{Action, Key};
use crate::language::Language;
use crate::name::{self, Naming};
use crate::time::Millis;

/// Something the line can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phrase {
    /// A row without anything but the church's name to fill in, by its name.
    Plain(&'static str),
    /// A row about a recording.
    Recording(&'static str, RecordingId),
    /// A row that offers a recording on a key.
    Offer(&'static str, RecordingId, Key),
    /// A row about a key.
    Key(&'static str, Key),
    /// What a key does, and by how many seconds where it moves.
    Does(Action, Key, Moves),
    /// Where the caller was in a recording.
    Resume(RecordingId, Millis),
    /// Where the caller is, and how long the recording is.
    YouAre(Millis, Millis),
    /// When there will be something to hear.
    NothingUntil(Timestamp),
}

/// How a key moves the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moves {
    /// By so many seconds.
    Seconds(u32),
    /// By chapters.
    Chapters,
}

/// What the words depend on besides the phrase.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The catalogue of the call.
    pub catalogue: &'a Catalogue,
    /// When the call was answered.
    pub as_of: Timestamp,
    /// How recordings are named.
    pub naming: Naming,
}

impl Phrase {
    /// The row of the phrase file that holds the words.
    pub fn row(&self) -> &'static str {
        match self {
            Self::Plain(row) | Self::Recording(row, _) | Self::Offer(row, ..) | Self::Key(row, _) => row,
            Self::Does(Action::PreviousChapter, _, Moves::Seconds(_)) => "key_back_far",
            Self::Does(Action::NextChapter, _, Moves::Seconds(_)) => "key_forward_far",
            Self::Does(action, ..) => match action {
                Action::Back => "key_back",
                Action::Pause => "key_pause",
                Action::Forward => "key_forward",
                Action::PreviousChapter => "key_previous_chapter",
                Action::NextChapter => "key_next_chapter",
                Action::Louder => "key_louder",
                Action::Quieter => "key_quieter",
                Action::Slower => "key_slower",
                Action::Faster => "key_faster",
                Action::Help | Action::None => "key_help",
                Action::Where => "key_where",
                Action::Menu => "key_menu",
                Action::NextRecording => "key_next_recording",
            },
            Self::Resume(..) => "resume",
            Self::YouAre(..) => "you_are",
            Self::NothingUntil(_) => "nothing_until",
        }
    }

    fn fill(&self, placeholder: &str, context: &Context, language: Language) -> String {
        let recording = |id: RecordingId| {
            let recording = context.catalogue.all().iter().find(|recording| recording.id == id);
            recording.map_or(language.the_recording().into(), |recording| {
                name::name(recording, context.catalogue, context.as_of, context.naming, language)
            })
        };
        let zone = context.catalogue.zone();
        match (placeholder, *self) {
            ("church", _) => context.catalogue.church_name().into(),
            ("recording", Self::Recording(_, id) | Self::Offer(_, id, _) | Self::Resume(id, _)) => {
                recording(id)
            }
            ("key", Self::Offer(_, _, key) | Self::Key(_, key) | Self::Does(_, key, _)) => language.key(key),
            ("seconds", Self::Does(_, _, Moves::Seconds(seconds))) => seconds.to_string(),
            ("minutes", Self::Does(_, _, Moves::Seconds(seconds))) => (seconds / 60).to_string(),
            ("position", Self::Resume(_, position)) => language.length(position),
            ("place", Self::YouAre(position, length)) => language.place(position, length),
            ("date", Self::NothingUntil(instant)) => language.day(date::day(instant, zone)),
            ("time", Self::NothingUntil(instant)) => language.time(instant, zone),
            _ => String::new(),
        }
    }
}

/// The words of every phrase, with a line's own sentences in place of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhraseBook {
    /// The language of what is filled in.
    pub language: Language,
    rows: BTreeMap<String, String>,
}

/// Why a file of phrases cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct PhraseFault {
    /// The row.
    pub place: String,
    /// What is wrong, and what to do.
    pub what: String,
}

impl Default for PhraseBook {
    fn default() -> Self {
        Self::of(Language::default())
    }
}

impl PhraseBook {
    /// Our own words in a language.
    pub fn of(language: Language) -> Self {
        let rows = toml::from_str(language.phrases());
        Self { language, rows: rows.expect("the built-in phrases are rows of text, as a test shows") }
    }

    /// Our own words, with the rows of a line's file in place of ours. Tells every fault at once.
    pub fn with(self, text: &str) -> Result<Self, Vec<PhraseFault>> {
        let mut book = self;
        let fault = |place: &str, what: String| PhraseFault { place: place.into(), what };
        let rows: toml::Table =
            toml::from_str(text).map_err(|error| vec![fault("the file", error.to_string())])?;
        let mut faults = Vec::new();
        for (row, value) in rows {
            let (Some(ours), Some(theirs)) = (book.rows.get_mut(&row), value.as_str()) else {
                let what =
                    if value.is_str() { "there is no such phrase" } else { "write it between double quotes" };
                faults.push(fault(&row, what.into()));
                continue;
            };
            let known = placeholders(ours);
            if theirs.trim().is_empty() {
                faults.push(fault(&row, "is empty; write a sentence, or remove the row".into()));
            } else if theirs.len() > MAX_SENTENCE {
                faults.push(fault(&row, format!("is longer than {MAX_SENTENCE} bytes")));
            } else if let Some(unknown) = placeholders(theirs).into_iter().find(|word| !known.contains(word))
            {
                let may =
                    if known.is_empty() { "none".into() } else { format!("{{{}}}", known.join("}, {")) };
                faults.push(fault(&row, format!("{{{unknown}}} is not filled in here; this row has {may}")));
            } else {
                *ours = theirs.into();
            }
        }
        if faults.is_empty() { Ok(book) } else { Err(faults) }
    }

    /// Every row, by its name, with what is filled in still in braces.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rows.iter().map(|(row, words)| (row.as_str(), words.as_str()))
    }

    /// The words of a phrase.
    pub fn words(&self, phrase: &Phrase, context: &Context) -> String {
        let row = self.rows.get(phrase.row()).map_or("", String::as_str);
        filled(row, |placeholder| phrase.fill(placeholder, context, self.language))
    }
}

/// The longest sentence of a line's own, in bytes.
const MAX_SENTENCE: usize = 1000;

/// A row with what stands in braces filled in.
pub fn filled(row: &str, fill: impl Fn(&str) -> String) -> String {
    let mut words = String::new();
    let mut rest = row;
    while let Some((before, placeholder, after)) = next_placeholder(rest) {
        words.push_str(before);
        words.push_str(&fill(placeholder));
        rest = after;
    }
    words.push_str(rest);
    words
}

fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (placeholder, after) = rest.split_once('}')?;
    Some((before, placeholder, after))
}

fn placeholders(mut text: &str) -> Vec<&str> {
    let mut found = vec!["church"];
    while let Some((_, placeholder, after)) = next_placeholder(text) {
        found.push(placeholder);
        text = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_change_its_sentences_and_hears_of_every_fault() {
        let book = PhraseBook::default().with("goodbye = \"God bless, from {church}.\"").unwrap();
        let catalogue = Catalogue::new("St Anne's".into(), jiff::tz::TimeZone::UTC, Vec::new());
        let context = Context { catalogue: &catalogue, as_of: Timestamp::UNIX_EPOCH, naming: Naming::Plain };
        assert_eq!(book.words(&Phrase::Plain("goodbye"), &context), "God bless, from St Anne's.");
        let faults = PhraseBook::default()
            .with("godbye = \"x\"\npaused = 3\nwelcome = \"\"\nhint = \"{key}\"")
            .unwrap_err();
        let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "godbye: there is no such phrase",
                "hint: {key} is not filled in here; this row has {church}",
                "paused: write it between double quotes",
                "welcome: is empty; write a sentence, or remove the row",
            ]
        );
        assert_eq!(PhraseBook::default().with("not toml").unwrap_err().len(), 1);
    }

    #[test]
    fn every_language_has_the_same_rows_that_fill_in_the_same() {
        let sorted = |text: &str| {
            let mut names: Vec<_> = placeholders(text).into_iter().map(str::to_owned).collect();
            names.sort();
            names
        };
        let (english, welsh) = (PhraseBook::default(), PhraseBook::of(Language::Welsh));
        let rows = |book: &PhraseBook| -> Vec<_> {
            book.rows().map(|(row, words)| (row.to_owned(), sorted(words))).collect()
        };
        assert_eq!(rows(&english), rows(&welsh));
    }
}
