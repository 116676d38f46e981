//! A folder of this machine with `data.json` and `audio/` in it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dial_core::catalogue::chapters::MAX_CHAPTERS_FILE;
use dial_core::catalogue::{Defect, Entry, Gravity, Manifest};
use jiff::tz::TimeZone;

use super::{Item, Listing, Origin, Progress, Wait};
use crate::disk;
use crate::fault::{Fault, FaultKind};
use crate::sound::source::Stamp;

/// The largest list that is read, in bytes.
pub(crate) const MAX_LIST: u64 = 2 * 1024 * 1024;
/// A file that changed this recently may still be being copied.
const SETTLED: Duration = Duration::from_secs(5);
/// A folder that never comes to rest is read all the same after so many looks.
const PATIENCE: u32 = 10;

/// A folder of this machine.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    last: Option<Arc<Listing>>,
    restless: u32,
}

impl Folder {
    /// The folder at a path; it need not be there yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, last: None, restless: 0 }
    }

    fn read(&mut self, zone: &TimeZone) -> Result<Arc<Listing>, Fault> {
        let path = self.path.join("data.json");
        let bytes = disk::read(&path, MAX_LIST).map_err(|error| unreadable(&path, &error))?;
        let listing = Arc::new(self.listing(&bytes, &path, zone)?);
        if let Some(last) = self.last.as_ref().filter(|last| ***last == *listing) {
            return Ok(Arc::clone(last));
        }
        if let Some(last) =
            self.last.as_ref().filter(|last| self.restless < PATIENCE && !self.is_settled(last, &listing))
        {
            let last = Arc::clone(last);
            self.restless += 1;
            return Ok(last);
        }
        self.restless = 0;
        self.last = Some(Arc::clone(&listing));
        Ok(listing)
    }

    fn listing(&self, bytes: &[u8], path: &Path, zone: &TimeZone) -> Result<Listing, Fault> {
        let reading = Manifest::read(bytes, zone);
        let defects = reading.defects.into_iter().map(|defect| in_list(path, defect)).collect();
        let Some(manifest) = reading.manifest else {
            return Err(Fault::new(FaultKind::List(defects), self.path.display().to_string()));
        };
        let items = manifest.entries.into_iter().map(|entry| self.item(entry)).collect();
        Ok(Listing { church_name: manifest.church_name, items, changed_at: None, defects })
    }

    fn item(&self, entry: Entry) -> Item {
        let path = self.path.join("audio").join(entry.file.as_str());
        let stamp = Stamp::of(&path).ok();
        let beside = Stamp::of(&beside(&path)).ok();
        let mark = |stamp: Stamp| format!("{}-{}", stamp.len, stamp.modified_ns);
        Item {
            place: path.display().to_string(),
            mark: stamp.map(|stamp| match beside {
                Some(beside) => format!("{} {}", mark(stamp), mark(beside)),
                None => mark(stamp),
            }),
            len: stamp.map(|stamp| stamp.len),
            sha256: None,
            duration_ms: None,
            chapters_at: None,
            entry,
        }
    }

    /// Whether nothing that is new is still being written.
    fn is_settled(&self, last: &Listing, new: &Listing) -> bool {
        let known: HashMap<&str, &Option<String>> =
            last.items.iter().map(|item| (item.place.as_str(), &item.mark)).collect();
        let changed = new.items.iter().filter(|item| known.get(item.place.as_str()) != Some(&&item.mark));
        let paths = changed.map(|item| PathBuf::from(&item.place));
        paths.chain([self.path.join("data.json")]).all(|path| at_rest(&path))
    }
}

impl Origin for Folder {
    fn list<'a>(&'a mut self, zone: &'a TimeZone) -> Wait<'a, Result<Arc<Listing>, Fault>> {
        Box::pin(async move { self.read(zone) })
    }

    fn fetch<'a>(
        &'a mut self,
        item: &'a Item,
        _draft: &'a Path,
        _progress: Progress<'a>,
    ) -> Wait<'a, Result<PathBuf, Fault>> {
        Box::pin(async move { inside(&self.path.join("audio"), &item.entry) })
    }

    fn chapters<'a>(&'a mut self, item: &'a Item) -> Wait<'a, Result<Option<Vec<u8>>, Fault>> {
        Box::pin(async move {
            let path = beside(&inside(&self.path.join("audio"), &item.entry)?);
            match disk::read(&path, MAX_CHAPTERS_FILE) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(unreadable(&path, &error)),
            }
        })
    }

    fn is_local(&self) -> bool {
        true
    }
}

/// Chapters of `audio/2022-06-12.mp3` are told in `audio/2022-06-12.chapters.txt`.
fn beside(path: &Path) -> PathBuf {
    path.with_extension("chapters.txt")
}

/// A link may lead anywhere: what is offered lies in the folder, wherever the folder itself lies.
fn inside(audio: &Path, entry: &Entry) -> Result<PathBuf, Fault> {
    let path = audio.join(entry.file.as_str());
    let home_and_real = audio.canonicalize().and_then(|home| Ok((home, path.canonicalize()?)));
    let host = path.display().to_string();
    match home_and_real {
        Ok((home, real)) if real.starts_with(&home) => Ok(real),
        Ok(_) => Err(Fault::new(FaultKind::Folder("it leads out of the folder".into()), host)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Fault::new(FaultKind::Missing, host)),
        Err(error) => Err(Fault::new(FaultKind::Folder(error.to_string()), host)),
    }
}

#[allow(clippy::disallowed_methods, reason = "a file is dated by the disk's clock, which is this one")]
fn at_rest(path: &Path) -> bool {
    let Ok(stamp) = Stamp::of(path) else { return true };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.saturating_sub(Duration::from_nanos(stamp.modified_ns)) >= SETTLED
}

fn unreadable(path: &Path, error: &io::Error) -> Fault {
    let host = path.display().to_string();
    match error.kind() {
        io::ErrorKind::NotFound => Fault::new(FaultKind::Missing, host),
        io::ErrorKind::FileTooLarge => {
            let (gravity, place) = (Gravity::Refused, host.clone());
            let (what, remedy) =
                ("is larger than 2 MB".into(), "take what is no longer offered out of it".into());
            Fault::new(FaultKind::List(vec![Defect { gravity, place, what, remedy }]), host)
        }
        io::ErrorKind::PermissionDenied => Fault::new(FaultKind::Folder("it may not be read".into()), host),
        _ => Fault::new(FaultKind::Folder(error.to_string()), host),
    }
}

fn in_list(path: &Path, defect: Defect) -> Defect {
    let place = format!("{}: {}", path.display(), defect.place);
    Defect { place, ..defect }
}
