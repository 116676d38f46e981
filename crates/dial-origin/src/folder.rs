//! A folder with `data.json` and `audio/` in it.
//!
//! Everything wrong is told at once; a file that cannot be played is named and left out, and the
//! others are offered.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dial_core::catalogue::{self, Catalogue, Defect, Entry, Gravity, Manifest, Recording, RecordingId};
use dial_core::time::Millis;
use jiff::tz::TimeZone;

use crate::sound::{Progress, Sound, SoundError, SoundStore};

/// The largest list that is read, in bytes.
const MAX_LIST: u64 = 2 * 1024 * 1024;
/// More files than this are not looked at for being written to.
const MAX_FILES: usize = 100_000;

/// What a folder holds, ready to be offered.
pub struct Loaded {
    /// The recordings whose sound is ready.
    pub catalogue: Catalogue,
    /// Their sounds, by content.
    pub sounds: Vec<(String, Arc<Sound>)>,
    /// What is wrong, the gravest first.
    pub problems: Vec<Defect>,
}

/// A list that cannot be used: why, all at once.
#[derive(Debug, thiserror::Error)]
#[error("the list of services in `{}` cannot be used", folder.display())]
pub struct LoadError {
    /// The folder.
    pub folder: PathBuf,
    /// What is wrong, the gravest first.
    pub problems: Vec<Defect>,
}

/// Reads a folder's list, prepares what is new, and tells how far it is.
pub fn load(
    folder: &Path,
    zone: &TimeZone,
    store: &SoundStore,
    progress: &mut dyn FnMut(&str, Progress),
) -> Result<Loaded, LoadError> {
    let (manifest, mut problems) = list(folder, zone)?;
    let mut recordings = Vec::with_capacity(manifest.entries.len());
    let mut sounds = Vec::with_capacity(manifest.entries.len());
    for entry in manifest.entries {
        let name = entry.file.as_str().to_owned();
        match prepare(folder, &name, store, &mut |done| progress(&name, done)) {
            Ok(sound) => {
                for warning in sound.warnings() {
                    problems.push(problem(
                        Gravity::Doubtful,
                        &name,
                        warning.clone(),
                        "listen to it, and replace it if need be",
                    ));
                }
                recordings.push(recording(entry, &sound));
                sounds.push((sound.content().to_owned(), sound));
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems.sort_by_key(|problem| problem.gravity);
    Ok(Loaded { catalogue: Catalogue::new(manifest.church_name, zone.clone(), recordings), sounds, problems })
}

/// Whether nothing in a folder's list, or among its recordings, was written to within a time.
pub fn settled(folder: &Path, within: Duration) -> bool {
    let old = |path: &Path| {
        let modified = std::fs::metadata(path).and_then(|meta| meta.modified());
        modified.map_or(true, |modified| modified.elapsed().map_or(true, |age| age >= within))
    };
    let recordings = std::fs::read_dir(folder.join("audio")).into_iter().flatten().flatten();
    old(&folder.join("data.json")) && recordings.take(MAX_FILES).all(|entry| old(&entry.path()))
}

/// Reads a folder's list alone.
fn list(folder: &Path, zone: &TimeZone) -> Result<(Manifest, Vec<Defect>), LoadError> {
    let path = folder.join("data.json");
    let refuse = |problems| LoadError { folder: folder.into(), problems };
    let bytes = read(&path).map_err(|error| refuse(vec![unreadable(&path, &error)]))?;
    let reading = Manifest::read(&bytes, zone);
    let problems: Vec<Defect> = reading.defects.into_iter().map(|defect| in_list(&path, defect)).collect();
    match reading.manifest {
        Some(manifest) => Ok((manifest, problems)),
        None => Err(refuse(problems)),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_LIST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_LIST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 2 MB"));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> Defect {
    let place = path.display().to_string();
    let (what, remedy) = match error.kind() {
        io::ErrorKind::NotFound => {
            ("is missing".into(), "put the list of services there, with the recordings in audio/ beside it")
        }
        io::ErrorKind::PermissionDenied => ("may not be read".into(), "let the user that runs dial read it"),
        _ => (format!("cannot be read ({error})"), "check the disk and the path"),
    };
    Defect { gravity: Gravity::Refused, place, what, remedy: remedy.into() }
}

fn in_list(path: &Path, defect: Defect) -> Defect {
    let place = format!("{}: {}", path.display(), defect.place);
    Defect { place, ..defect }
}

fn problem(gravity: Gravity, name: &str, what: String, remedy: &str) -> Defect {
    Defect { gravity, place: format!("audio/{name}"), what, remedy: remedy.into() }
}

/// The prepared sound of one file.
fn prepare(
    folder: &Path,
    name: &str,
    store: &SoundStore,
    progress: &mut dyn FnMut(Progress),
) -> Result<Arc<Sound>, Defect> {
    let left_out = |what: String, remedy: &str| problem(Gravity::Ignored, name, what, remedy);
    let audio = folder.join("audio");
    let path = audio.join(name);
    // A link may lead anywhere: what is offered lies in the folder, wherever the folder itself lies.
    let home_and_real = audio.canonicalize().and_then(|home| Ok((home, path.canonicalize()?)));
    let (home, real) = home_and_real.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => left_out(
            "is missing, so it is not offered".into(),
            "copy the recording there, or take it from the list",
        ),
        _ => left_out(
            format!("cannot be found ({error}), so it is not offered"),
            "let the user that runs dial read it, or take it from the list",
        ),
    })?;
    if !real.starts_with(home) {
        return Err(left_out(
            "leads out of the folder, so it is not offered".into(),
            "copy the recording itself there, or take it from the list",
        ));
    }
    store.prepare_file(&real, progress).map_err(|error| {
        left_out(format!("cannot be played ({error}), so it is not offered"), remedy(&error))
    })
}

/// What to do about a file that is not ready: not always is the file at fault.
fn remedy(error: &SoundError) -> &'static str {
    match error {
        SoundError::Read(_) => "let the user that runs dial read it, or take it from the list",
        SoundError::Changing => "it is tried again when the file has come to rest",
        SoundError::Store(_) => "make room in the data folder, and let the user that runs dial write there",
        SoundError::TooLarge | SoundError::Prepare(_) => "replace the file, or take it from the list",
    }
}

fn recording(entry: Entry, sound: &Sound) -> Recording {
    let silences = sound.silences().iter().map(|(start, end)| Millis(start + (end - start) / 2)).collect();
    let sound = catalogue::Sound {
        content: sound.content().into(),
        length: Millis(sound.len_ms()),
        chapters: Vec::new(),
        silences,
    };
    Recording {
        id: RecordingId::of(&entry.file),
        file: entry.file,
        title: entry.title,
        when: entry.when,
        sound,
    }
}
