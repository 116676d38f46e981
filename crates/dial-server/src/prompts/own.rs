//! The clips that a church recorded: a folder of sound files, each named after its sentence or its words.
//!
//! `welcome.mp3` is the sentence of that name in the phrase file; `Harvest Festival.mp3` are these words,
//! wherever they are said.

use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use dial_audio::prepare::prepare;
use dial_core::phrase::{PhraseBook, filled};

/// More files than this are no clips.
const MAX_CLIPS: usize = 1_000;
/// A clip is no recording: at most this many bytes, and this much telephone sound.
const MAX_FILE: u64 = 10 * 1024 * 1024;
const MAX_SOUND: usize = 90 * 8000;
/// What clips may be.
const KINDS: [&str; 8] = ["mp3", "wav", "m4a", "ogg", "opus", "flac", "aac", "mp4"];

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// Words and their sound, mu-law.
    pub(super) clips: Vec<(String, Vec<u8>)>,
    /// Files that cannot be used, and why.
    pub(super) faults: Vec<String>,
}

/// What tells that a folder has changed.
pub(super) type Print = Vec<(String, u64, Option<SystemTime>)>;

/// The files of a folder, without reading them.
pub(super) fn print(folder: &Path) -> Print {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter_map(|entry| {
        let (name, data) = (entry.file_name().to_str()?.to_owned(), entry.metadata().ok()?);
        let kind = name.rsplit_once('.')?.1.to_lowercase();
        (data.is_file() && KINDS.contains(&kind.as_str())).then(|| (name, data.len(), data.modified().ok()))
    });
    let mut files: Print = files.take(MAX_CLIPS).collect();
    files.sort();
    files
}

/// Reads the clips of a folder.
pub(super) fn read(folder: &Path, phrases: &PhraseBook, church: &str) -> Own {
    let mut own = Own::default();
    if !folder.is_dir() {
        own.faults.push(format!("there is no folder `{}`", folder.display()));
    }
    for (name, size, _) in print(folder) {
        match words(&name, phrases, church).and_then(|words| Ok((words, sound(&folder.join(&name), size)?))) {
            Ok(clip) => own.clips.push(clip),
            Err(why) => own.faults.push(format!("`{name}` {why}")),
        }
    }
    own
}

/// What a file says, by its name.
fn words(file: &str, phrases: &PhraseBook, church: &str) -> Result<String, String> {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let Some((_, row)) = phrases.rows().find(|(row, _)| *row == stem) else {
        return Ok(stem.replace('_', " "));
    };
    let words = filled(row, |placeholder| if placeholder == "church" { church.into() } else { "{}".into() });
    if words.contains("{}") {
        return Err(format!(
            "is a sentence that differs from call to call (`{row}`): record its words in parts, and name each \
             file after its words"
        ));
    }
    Ok(words)
}

fn sound(path: &Path, size: u64) -> Result<Vec<u8>, String> {
    if size > MAX_FILE {
        return Err(format!("is larger than {} MB", MAX_FILE / 1024 / 1024));
    }
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    let kind = path.extension().and_then(|kind| kind.to_str());
    let mut sound = Vec::new();
    prepare(Box::new(file), kind, &mut sound, &mut |_| {}).map_err(|error| error.to_string())?;
    if sound.len() > MAX_SOUND {
        return Err(format!("is longer than {} seconds", MAX_SOUND / 8000));
    }
    Ok(sound)
}
