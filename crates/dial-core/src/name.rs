//! What a recording is called in a sentence.

use jiff::Timestamp;

use crate::catalogue::{Audible, Catalogue, Recording, When};
use crate::date;
use crate::language::Language;

/// How fully a recording is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Title and date alone, as the first Dial-A-Service did.
    Plain,
    /// With the year where it is long ago, and the time of day where two would be called the same.
    Distinct,
}

/// Dates older than this are spoken with their year.
const YEAR_AFTER_DAYS: i64 = 300;

/// The name of a recording in a sentence: `Evensong, Sunday the 12th of June`.
pub fn name(
    recording: &Recording,
    catalogue: &Catalogue,
    as_of: Timestamp,
    naming: Naming,
    language: Language,
) -> String {
    let named = |recording: &Recording| named(recording, catalogue, as_of, naming, language);
    let name = named(recording);
    let instant = match (naming, recording.when) {
        (Naming::Distinct, When::Told(instant)) => instant,
        _ => return name,
    };
    let same = |other: &&Recording| other.id != recording.id && named(other) == name;
    match near(catalogue.audible(as_of), instant).find(same) {
        Some(_) => language.at(&name, &language.time(instant, catalogue.zone())),
        None => name,
    }
}

/// The recordings of the same day: all that can be called the same.
fn near(audible: Audible<'_>, instant: Timestamp) -> impl Iterator<Item = &Recording> {
    const DAY_S: i64 = 26 * 3600;
    let second = instant.as_second();
    let close = move |recording: &&Recording| {
        recording.when.instant().is_some_and(|other| (other.as_second() - second).abs() <= DAY_S)
    };
    audible.iter().filter(close)
}

fn named(
    recording: &Recording,
    catalogue: &Catalogue,
    as_of: Timestamp,
    naming: Naming,
    language: Language,
) -> String {
    let spoken = |instant: Timestamp| {
        let day = date::day(instant, catalogue.zone());
        let age_days = (as_of.as_second() - instant.as_second()) / 86_400;
        match naming {
            Naming::Distinct if age_days > YEAR_AFTER_DAYS => language.day_with_year(day),
            _ => language.day(day),
        }
    };
    match (&recording.title, recording.when) {
        (Some(title), When::Told(instant)) => format!("{title}, {}", spoken(instant)),
        // A title with a number in it tells its date already: "Sunday 10th May".
        (Some(title), When::Named(instant)) if !title.contains(|sign: char| sign.is_ascii_digit()) => {
            format!("{title}, {}", spoken(instant))
        }
        (Some(title), _) => title.clone(),
        (None, When::Told(instant) | When::Named(instant)) => spoken(instant),
        (None, When::Unknown) => match recording.file.in_words() {
            words if words.contains(char::is_alphanumeric) => words,
            _ => language.nameless().into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::tests::{at, london};
    use crate::catalogue::{FileName, RecordingId, Sound};
    use crate::time::Millis;

    fn recording(file: &str, title: &str, told: &str) -> Recording {
        let file = FileName::new(file).unwrap();
        let when = match told {
            "" => When::named(file.date(), &london()),
            told => When::Told(at(told)),
        };
        let title = (!title.is_empty()).then(|| title.to_owned());
        Recording { id: RecordingId::of(&file), file, title, when, sound: Sound::plain(Millis::ZERO, "") }
    }

    #[test]
    fn a_recording_is_called_by_what_is_known_of_it() {
        let table = [
            ("a.mp3", "Evensong", "2022-06-12T17:00:00Z", "Evensong, Sunday the 12th of June"),
            ("b.mp3", "", "2022-06-05T09:00:00Z", "Sunday the 5th of June"),
            ("2022-05-29.mp3", "", "", "Sunday the 29th of May"),
            ("2022-05-22.mp3", "Rogation", "", "Rogation, Sunday the 22nd of May"),
            ("2022-05-15.mp3", "Sunday 15th May", "", "Sunday 15th May"),
            ("choir_practice.mp3", "", "", "choir practice"),
            ("---.mp3", "", "", "a recording without a name"),
            ("c.mp3", "", "2020-06-12T17:00:00Z", "Friday the 12th of June 2020"),
        ];
        let recordings = table.iter().map(|(file, title, told, _)| recording(file, title, told)).collect();
        let catalogue = Catalogue::new("St Anne's".into(), london(), recordings);
        for (file, _, _, expected) in table {
            let recording = catalogue.all().iter().find(|recording| recording.file.as_str() == file).unwrap();
            assert_eq!(
                name(recording, &catalogue, at("2022-07-01T00:00:00Z"), Naming::Distinct, Language::English),
                expected
            );
        }
    }

    #[test]
    fn two_services_of_one_day_are_told_apart_by_the_hour_except_in_the_original_words() {
        let recordings =
            vec![recording("a", "", "2022-06-12T09:00:00Z"), recording("b", "", "2022-06-12T17:30:00Z")];
        let catalogue = Catalogue::new("St Anne's".into(), london(), recordings);
        let newest = &catalogue.all()[0];
        let now = at("2022-07-01T00:00:00Z");
        assert_eq!(
            name(newest, &catalogue, now, Naming::Distinct, Language::English),
            "Sunday the 12th of June, at 6.30 in the evening"
        );
        assert_eq!(
            name(newest, &catalogue, now, Naming::Plain, Language::English),
            "Sunday the 12th of June"
        );
    }
}
