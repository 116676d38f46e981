//! An item of a feed: which of its sounds is the recording, and what the feed says of it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::tz::TimeZone;

use super::super::defect::{Defects, excerpt};
use super::super::{Chapter, Entry, FileName, Gravity, When, chapters as told};
use super::Item;
use super::document::{Integrity, Raw, Sound};
use super::identity::{self, Key};
use super::{moment, words};

/// The longest address, in bytes.
const MAX_ADDRESS: usize = 2048;

/// Reads an item; none where it has no recording.
pub(super) fn read(place: &str, raw: &Raw, zone: &TimeZone, defects: &mut Defects) -> Option<(Key, Item)> {
    let sound = raw.sounds.iter().find(|sound| is_recording(sound))?;
    if !is_web(&sound.address) {
        let what = format!("`{}` is no address of the web", excerpt(&sound.address));
        let remedy = "give the item the address of its file, beginning with https://";
        defects.report(Gravity::Ignored, format!("{place}.enclosure"), what, remedy);
        return None;
    }
    let file = identity::file(&sound.address);
    let when = when(place, raw, file.as_deref(), zone, defects);
    let spoken = |title: &Option<String>| title.as_deref().and_then(words::plain);
    let title = spoken(&raw.title).or_else(|| spoken(&raw.itunes_title));
    // What has neither title nor date would be called by its name here, which is half a hash.
    let title = title.or_else(|| file.as_deref().filter(|_| when == When::Unknown).and_then(in_words));
    let duration = raw.duration.as_deref().and_then(moment::duration);
    let duration = duration.or_else(|| moment::duration(&sound.duration));
    let key = Key::of(raw.guid.as_deref(), &sound.address);
    let item = Item {
        entry: Entry { file: key.name(), title, when, chapters: chapters(raw) },
        chapters_at: chapters_at(raw),
        guid: raw.guid.clone(),
        address: sound.address.clone(),
        len: sound.len.parse().ok().filter(|len| *len > 1),
        sha256: raw.integrities.iter().filter(|one| concerns(one, sound)).find_map(|one| sha256(&one.hash)),
        duration_ms: duration.map(|duration| duration.as_millis() as u64),
    };
    Some((key, item))
}

/// Whether this is something to listen to. The file's ending counts more than what a badly set up server
/// says of it, but a film stays a film.
fn is_recording(sound: &Sound) -> bool {
    let kind = sound.kind.as_str();
    let film = kind.starts_with("video/") || kind.starts_with("image/");
    let file = || identity::file(&sound.address);
    !sound.address.is_empty()
        && (kind.starts_with("audio/") || !film && file().is_some_and(|file| identity::is_audio(&file)))
}

/// Podlove Simple Chapters, which stand in the item itself.
fn chapters(raw: &Raw) -> Vec<Chapter> {
    let chapter = |(start, title): &(String, String)| Some(told::chapter(told::time(start)?, title));
    told::in_order(raw.chapters.iter().filter_map(chapter).collect())
}

/// Where chapters in JSON lie (podcast namespace), which any feed may name beside its recording.
fn chapters_at(raw: &Raw) -> Option<String> {
    let named = raw.chapters_at.as_ref().filter(|(_, kind)| kind.is_empty() || kind.contains("json"));
    named.map(|(address, _)| address.clone()).filter(|address| !address.is_empty() && is_web(address))
}

fn is_web(address: &str) -> bool {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme);
    // A colon behind a slash is part of a path that stands in relation to the feed.
    let scheme = scheme.filter(|scheme| !scheme.contains(['/', '?', '#']));
    address.len() <= MAX_ADDRESS
        && !address.contains(char::is_control)
        && scheme.is_none_or(|scheme| ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)))
}

fn when(place: &str, raw: &Raw, file: Option<&str>, zone: &TimeZone, defects: &mut Defects) -> When {
    for stated in [&raw.published, &raw.updated].into_iter().flatten() {
        match moment::when(stated, zone) {
            Ok(when) => return when,
            Err(error) => {
                let what = format!("`{}` {error}", excerpt(stated));
                let remedy = "write it as `Sun, 12 Jun 2022 10:00:00 +0100`";
                defects.report(Gravity::Doubtful, format!("{place}.pubDate"), what, remedy);
            }
        }
    }
    let named = file.and_then(|file| FileName::new(file).ok()).and_then(|file| file.date());
    When::named(named, zone)
}

fn in_words(file: &str) -> Option<String> {
    let words = FileName::new(file).ok()?.in_words();
    words::plain(&words).filter(|words| words.contains(char::is_alphabetic))
}

/// Whether a hash is that of this sound. One of another file would refuse a good recording.
fn concerns(integrity: &Integrity, sound: &Sound) -> bool {
    integrity.addresses.contains(&sound.address) || integrity.of_enclosure && integrity.addresses.is_empty()
}

/// Subresource Integrity, section 3.5 (`sha256-` and base64, several with spaces between), or hexadecimal.
fn sha256(text: &str) -> Option<[u8; 32]> {
    text.split_ascii_whitespace().find_map(|hash| match hash.strip_prefix("sha256-") {
        Some(base64) => {
            let base64 = base64.split('?').next().unwrap_or_default();
            BASE64_STANDARD.decode(base64).ok()?.try_into().ok()
        }
        None => hexadecimal(hash),
    })
}

fn hexadecimal(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(hash)
}
