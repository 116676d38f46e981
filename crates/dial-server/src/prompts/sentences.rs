//! What a line may come to say: so that a voice can say it before anybody rings.

use std::collections::BTreeSet;

use dial_core::catalogue::Catalogue;
use dial_core::key::Key;
use dial_core::language::Language;
use dial_core::name;
use dial_core::phrase::{Context, filled};
use dial_core::session::{CallSession, Event, Memory, Turn};
use dial_core::time::Millis;
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::{TimeZone, offset};

use crate::line::Line;

/// So many recordings are looked at, the newest first.
const MAX_RECORDINGS: usize = 2_000;
/// A sentence that can be said with one key can be said with the others, unless it is looked at closely.
const ANY_KEY: Key = Key::STAR;
/// What differs from call to call, besides recordings and keys.
const SLOTS: [&str; 6] = ["{seconds}", "{minutes}", "{position}", "{place}", "{date}", "{time}"];

/// What a line may come to say.
pub(super) struct Sentences {
    /// What nearly every caller hears.
    pub(super) usual: Vec<String>,
    /// All else, with samples of what is filled in.
    pub(super) others: Vec<String>,
}

/// What a line may come to say with a catalogue.
pub(super) fn of(line: &Line, catalogue: &Catalogue, as_of: Timestamp) -> Sentences {
    let (naming, language) = (line.rules.menu.naming(), line.phrases.language);
    let fill = |row: &str, recording: &str, key: Key| {
        filled(row, |placeholder| match placeholder {
            "church" => catalogue.church_name().into(),
            "recording" => recording.into(),
            "key" => language.key(key),
            other => sample(language, other),
        })
    };
    let (mut usual, mut others) = (BTreeSet::new(), BTreeSet::new());
    for (_, row) in line.phrases.rows() {
        match row {
            _ if row.contains("{recording}") => {
                let audible = catalogue.audible(as_of);
                let names = audible
                    .iter()
                    .take(MAX_RECORDINGS)
                    .map(|recording| name::name(recording, catalogue, as_of, naming, language));
                others.extend(names.map(|name| fill(row, &name, ANY_KEY)));
            }
            _ if row.contains("{key}") => {
                others.extend(Key::ALL.map(|key| fill(row, "", key)));
            }
            _ if SLOTS.iter().any(|slot| row.contains(slot)) => {
                others.insert(fill(row, "", ANY_KEY));
            }
            _ => drop(usual.insert(fill(row, "", ANY_KEY))),
        }
    }
    let mut session = CallSession::new(&line.rules, catalogue, as_of);
    let answered = session.handle(Event::Answered { memory: Memory::default() }, Millis::ZERO);
    usual.extend(told(line, &answered, &session.context()));
    Sentences { usual: usual.into_iter().collect(), others: others.into_iter().collect() }
}

fn told(line: &Line, turn: &Turn, context: &Context) -> Vec<String> {
    turn.phrases().map(|phrase| line.words(phrase, context)).collect()
}

/// What is filled in besides the names of the church and of recordings: a voice that can say these can say
/// the others.
fn sample(language: Language, placeholder: &str) -> String {
    let (position, whole) = (Millis::seconds(12 * 60), Millis::seconds(58 * 60));
    match placeholder {
        "seconds" => "30".into(),
        "minutes" => "5".into(),
        "position" => language.length(position),
        "place" => language.place(position, whole),
        "date" => language.day(date(2026, 10, 4)),
        "time" => language.time(Timestamp::UNIX_EPOCH, &TimeZone::fixed(offset(10))),
        _ => String::new(),
    }
}
