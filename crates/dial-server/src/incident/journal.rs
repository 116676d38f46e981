//! Incidents on the disk: `incidents/journal.jsonl` under the data folder, a row for each change.
//!
//! A row holds the whole incident; the last one of each counts. A disk that fails stops nothing: what
//! could not be written is kept in memory, and written when the disk works again.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use atomic_write_file::AtomicWriteFile;
use dial_origin::disk::{self, RealDisk};
use tracing::{info, warn};

use super::timeline::MAX_CLOSED;
use super::{Incident, Notice};

/// No row of ours is longer, in bytes; a longer one is damage.
const MAX_ROW: u64 = 256 * 1024;
/// A name and an office are short.
const MAX_ACKNOWLEDGEMENT: u64 = 4096;
/// After so many bytes of new rows the file is written anew without what is out of date.
const MAX_GROWTH: u64 = 4 * 1024 * 1024;

/// The incidents on the disk.
pub(crate) struct Journal {
    /// None: nothing is ever written.
    path: Option<PathBuf>,
    file: Option<File>,
    /// What the disk did not take; the latest of each incident.
    unwritten: BTreeMap<String, Arc<Incident>>,
    grown: u64,
}

impl Journal {
    /// Opens the journal of a data folder, with what it holds, the oldest first. A torn row costs no
    /// other, and a disk that fails is told in the log only.
    pub(crate) fn open(data_dir: &Path) -> (Self, Vec<Incident>) {
        let path = path(data_dir);
        let known = read(data_dir).unwrap_or_else(|error| {
            warn!(%error, "Earlier incidents cannot be read from `{}`", path.display());
            Vec::new()
        });
        let mut journal = Self { path: Some(path), ..Self::in_memory() };
        if let Err(error) = journal.compact(&known) {
            warn!(%error, "Incidents are kept in memory only: the journal cannot be written");
        }
        (journal, known)
    }

    /// A journal that writes nothing: for a process that does not own the data folder.
    pub(crate) fn in_memory() -> Self {
        Self { path: None, file: None, unwritten: BTreeMap::new(), grown: 0 }
    }

    /// Writes down what changed. Blocks for the disk. `all` is called for every incident that is known,
    /// when the file is to be written anew.
    pub(crate) fn write(&mut self, notices: &[Notice], all: impl FnOnce() -> Vec<Arc<Incident>>) {
        if self.path.is_none() || (notices.is_empty() && self.unwritten.is_empty()) {
            return;
        }
        let was_well = self.unwritten.is_empty();
        for notice in notices {
            self.unwritten.insert(notice.incident.id.clone(), Arc::clone(&notice.incident));
        }
        match self.append() {
            Ok(()) if !was_well => info!("Incidents are written down again"),
            Ok(()) => {}
            Err(error) if was_well => {
                warn!(%error, "Incidents are kept in memory only, until the disk takes them");
            }
            Err(_) => {}
        }
        self.bound();
        if self.grown > MAX_GROWTH
            && let Err(error) = self.compact(&all())
        {
            warn!(%error, "The journal of incidents cannot be tidied");
        }
    }

    fn append(&mut self) -> io::Result<()> {
        let mut rows = String::new();
        for incident in self.unwritten.values() {
            // The line break comes first, so that a row torn by a crash cannot swallow this one.
            rows.extend(["\n", &serde_json::to_string(&**incident)?, "\n"]);
        }
        let file = match (&mut self.file, &self.path) {
            (Some(file), _) => file,
            (None, Some(path)) => self.file.insert(appending(path)?),
            (None, None) => return Ok(()),
        };
        if let Err(error) = file.write_all(rows.as_bytes()).and_then(|()| file.sync_data()) {
            // Perhaps the folder was moved away; it is opened anew the next time.
            self.file = None;
            return Err(error);
        }
        self.grown += rows.len() as u64;
        self.unwritten.clear();
        Ok(())
    }

    /// What waits for the disk is bounded too: the oldest are given up first.
    fn bound(&mut self) {
        while self.unwritten.len() > MAX_CLOSED {
            self.unwritten.pop_first();
        }
    }

    /// Writes the file anew: open incidents, and the last closed ones.
    fn compact<T: AsRef<Incident>>(&mut self, known: &[T]) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        (self.file, self.grown) = (None, 0);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = AtomicWriteFile::open(path)?;
        for incident in newest(known) {
            writeln!(file, "{}", serde_json::to_string(incident)?)?;
        }
        file.commit()?;
        self.file = Some(appending(path)?);
        Ok(())
    }
}

impl AsRef<Incident> for Incident {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// What a journal holds: the last row of each incident, the oldest incident first. None is no error.
pub(crate) fn read(data_dir: &Path) -> io::Result<Vec<Incident>> {
    let file = match File::open(path(data_dir)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut reader = BufReader::new(file);
    let mut latest = HashMap::new();
    loop {
        let mut row = Vec::new();
        if reader.by_ref().take(MAX_ROW).read_until(b'\n', &mut row)? == 0 {
            break;
        }
        if let Ok(incident) = serde_json::from_slice::<Incident>(&row) {
            latest.insert(incident.id.clone(), incident);
        }
    }
    let all: Vec<_> = latest.into_values().collect();
    let mut kept: Vec<_> = newest(&all).cloned().collect();
    kept.sort_by(|one, other| (one.opened_at, &one.id).cmp(&(other.opened_at, &other.id)));
    Ok(kept)
}

/// The open incidents, and the last closed ones.
fn newest<T: AsRef<Incident>>(known: &[T]) -> impl Iterator<Item = &Incident> {
    let mut all: Vec<&Incident> = known.iter().map(AsRef::as_ref).collect();
    all.sort_by_key(|incident| (incident.is_open(), incident.closed_at));
    let open = all.iter().filter(|incident| incident.is_open()).count();
    let surplus = (all.len() - open).saturating_sub(MAX_CLOSED);
    all.into_iter().skip(surplus)
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("incidents/journal.jsonl")
}

fn appending(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// Writes down that somebody sees to an incident; the server reads it within a minute.
pub(crate) fn acknowledge(data_dir: &Path, id: &str, by: &str) -> io::Result<()> {
    let bytes = serde_json::to_vec(&(id, by))?;
    disk::replace(&RealDisk, &acknowledgement(data_dir), &bytes)
}

/// Takes what somebody wrote down.
pub(crate) fn take_acknowledgement(data_dir: &Path) -> Option<(String, String)> {
    let path = acknowledgement(data_dir);
    let bytes = disk::read(&path, MAX_ACKNOWLEDGEMENT).ok()?;
    let _ = fs::remove_file(&path);
    serde_json::from_slice(&bytes).ok()
}

fn acknowledgement(data_dir: &Path) -> PathBuf {
    data_dir.join("incidents/seen-to.json")
}

