//! The demonstration: a line with recordings that the program makes itself, without a network.

mod compose;
pub(crate) mod incident;

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use dial_audio::{g711, wav};
use dial_core::date;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use serde_json::json;

use crate::prompts::PromptBook;
use compose::Piece;

/// The church of the demonstration; it is nowhere.
const CHURCH: &str = "St Dunstan's, Bellham";

/// What is played, the newest first: title, days after the Sunday before last, hour, and its music.
const SERVICES: [(Option<&str>, i64, i8, Piece); 14] = [
    (Some("Choral Evensong"), 7, 18, Piece::Evensong),
    (None, 7, 10, Piece::Morning),
    (Some("Bells for a wedding"), 6, 14, Piece::Rounds(8)),
    (Some("Evening prayer"), 3, 19, Piece::Chimes(19)),
    (None, 0, 10, Piece::Hymn(0)),
    (Some("Harvest Festival"), -7, 10, Piece::Hymn(5)),
    (Some("Choral Evensong"), -7, 18, Piece::Evensong),
    (Some("Organ recital"), -9, 12, Piece::Recital),
    (None, -14, 10, Piece::Hymn(-2)),
    (Some("Ringing practice"), -16, 19, Piece::Rounds(6)),
    (Some("Patronal Festival"), -21, 10, Piece::Morning),
    (None, -28, 10, Piece::Hymn(3)),
    (Some("Midday chimes"), -30, 12, Piece::Chimes(12)),
    (None, -35, 10, Piece::Hymn(-5)),
];

/// Writes the folder of the demonstration, unless it is there already for this day.
/// `progress` is told each recording's name as it begins.
pub(crate) fn write(
    folder: &Path,
    today: Date,
    voice: &PromptBook,
    progress: &mut dyn FnMut(&str),
) -> Result<()> {
    let stamp = folder.join("made-for");
    let made_for = format!("{today} {}\n", env!("CARGO_PKG_VERSION"));
    if fs::read_to_string(&stamp).is_ok_and(|made| made == made_for) {
        return Ok(());
    }
    let audio = folder.join("audio");
    fs::create_dir_all(&audio).with_context(|| format!("cannot make the folder `{}`", audio.display()))?;
    let sunday =
        today.checked_sub(Span::new().days(i64::from(today.weekday().to_sunday_zero_offset()) + 7))?;
    let mut services = Vec::new();
    for (number, (title, days, hour, piece)) in SERVICES.into_iter().enumerate() {
        let day = sunday.checked_add(days.days())?;
        let file = format!("{day}-{:02}.wav", number + 1);
        progress(title.unwrap_or("a Sunday service"));
        let path = audio.join(&file);
        if !path.exists() {
            let words = announcement(title, day);
            write_wav(&path, &compose::compose(piece, &words, voice))?;
        }
        let time = TimeZone::get("Europe/London")?.to_ambiguous_zoned(day.at(hour, 0, 0, 0)).compatible()?;
        let mut service =
            json!({ "file": file, "datetime": time.strftime("%Y-%m-%dT%H:%M:%S%z").to_string() });
        if let Some(title) = title {
            service["title"] = title.into();
        }
        services.push(service);
    }
    let list = json!({ "church_name": CHURCH, "services": services });
    fs::write(folder.join("data.json"), serde_json::to_string_pretty(&list)?)?;
    fs::write(stamp, made_for)?;
    Ok(())
}

fn announcement(title: Option<&str>, day: Date) -> String {
    let title = title.unwrap_or("The Parish Eucharist");
    format!("{title}, {}. This is a demonstration recording.", date::spoken(day))
}

fn write_wav(path: &Path, samples: &[f32]) -> Result<()> {
    let encoded: Vec<u8> = samples.iter().map(|sample| g711::encode_f32(*sample)).collect();
    let mut file = atomic_write_file::AtomicWriteFile::open(path)?;
    file.write_all(&wav::mulaw_header(u32::try_from(encoded.len())?))?;
    file.write_all(&encoded)?;
    file.commit().with_context(|| format!("cannot write `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dial_core::catalogue::Manifest;

    #[test]
    fn the_demonstration_is_a_faultless_list_of_at_least_twelve_past_services() {
        let dir = tempfile::tempdir().unwrap();
        let today = jiff::civil::date(2026, 3, 31);
        let mut made = 0;
        let voice = PromptBook::without_voice();
        write(dir.path(), today, &voice, &mut |_| made += 1).unwrap();
        assert_eq!(made, SERVICES.len());
        let zone = TimeZone::get("Europe/London").unwrap();
        let reading = Manifest::read(&fs::read(dir.path().join("data.json")).unwrap(), &zone);
        assert_eq!(reading.defects, []);
        let entries = reading.manifest.unwrap().entries;
        let end_of_today = today.at(0, 0, 0, 0).to_zoned(zone).unwrap().timestamp();
        assert!(
            entries.len() >= 12 && entries.iter().all(|entry| entry.when.instant().unwrap() < end_of_today)
        );
        write(dir.path(), today, &voice, &mut |_| made += 1).unwrap();
        assert_eq!(made, SERVICES.len(), "what is there is not made again");
    }
}
