//! The snapshots of one line on the disk: the last ten, and which of them is offered.
//!
//! ```text
//! lines/<line>/snapshots/000042-<hash>.json    never changed once it is there
//! lines/<line>/current                         the name of the one that is offered
//! ```
//! The name of a snapshot holds the hash of its bytes. It is published by replacing `current`, whole.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::record::Record;
use crate::disk::{self, Disk};

/// So many snapshots are kept to go back to.
pub(crate) const KEPT: usize = 10;
/// A larger file is damage: ten thousand recordings need 4 MB.
const MAX_RECORD: u64 = 64 * 1024 * 1024;
/// The name of a snapshot is short.
const MAX_NAME: u64 = 200;
/// Half of BLAKE3, in hexadecimal.
const HASH_DIGITS: usize = 32;

/// The snapshots of one line.
pub struct Shelf {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
}

/// A snapshot in a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its number.
    pub number: u64,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// The origin of its list.
    pub origin: String,
    /// How many recordings it offers.
    pub recordings: usize,
    /// Whether it is the one that is offered.
    pub current: bool,
}

impl Shelf {
    /// The shelf in a line's folder.
    pub fn new(dir: &Path, disk: Arc<dyn Disk>) -> Self {
        Self { dir: dir.into(), disk }
    }

    /// Sweeps away what interrupted writes left. Only for the one process that writes.
    pub(crate) fn sweep(&self) {
        disk::sweep(self.disk.as_ref(), &self.dir);
        disk::sweep(self.disk.as_ref(), &self.snapshots());
    }

    /// The snapshot to offer: the current one, or the newest before it that stands its check. With it, the
    /// names of those that did not.
    pub(crate) fn load(&self) -> (Option<Record>, Vec<String>) {
        let mut damaged = Vec::new();
        let current = self.current();
        let mut names = self.names();
        // What is newer than the current one was written, but never published, or a person went back from it.
        if let Some(current) = current.as_deref().filter(|current| names.iter().any(|name| name == current)) {
            names.retain(|name| name.as_str() <= current);
        }
        for name in names.iter().rev() {
            match self.read(name) {
                Some(record) => return (Some(record), damaged),
                None => damaged.push(name.clone()),
            }
        }
        (None, damaged)
    }

    /// A snapshot by its number, if it is kept and stands its check.
    pub(crate) fn find(&self, number: u64) -> Option<Record> {
        let prefix = format!("{number:06}-");
        self.names().iter().rev().filter(|name| name.starts_with(&prefix)).find_map(|name| self.read(name))
    }

    /// The number for the next snapshot: no name is ever used twice.
    pub(crate) fn next_number(&self) -> u64 {
        let last = self.names().iter().filter_map(|name| number(name)).max();
        last.unwrap_or(0) + 1
    }

    /// Writes a snapshot and offers it; returns when it is on the disk.
    pub(crate) fn publish(&self, record: &Record) -> io::Result<()> {
        let bytes = serde_json::to_vec(record)?;
        let name = format!("{:06}-{}.json", record.number, hash(&bytes));
        self.disk.make_dir(&self.snapshots())?;
        disk::replace(self.disk.as_ref(), &self.snapshots().join(&name), &bytes)?;
        self.point_to(&name)
    }

    /// Offers a snapshot that is kept.
    pub(crate) fn go_back_to(&self, number: u64) -> io::Result<()> {
        let prefix = format!("{number:06}-");
        let name = self.names().into_iter().find(|name| name.starts_with(&prefix));
        self.point_to(&name.ok_or(io::ErrorKind::NotFound)?)
    }

    /// Takes away all but the last `kept` snapshots and the current one.
    pub(crate) fn prune(&self, kept: usize, superseded: Option<u64>) {
        let (names, current) = (self.names(), self.current());
        let old = names.len().saturating_sub(kept.clamp(1, KEPT));
        for (place, name) in names.iter().enumerate() {
            let gone = place < old || (superseded.is_some() && number(name) == superseded);
            if gone && current.as_ref() != Some(name) {
                let _ = self.disk.remove(&self.snapshots().join(name));
            }
        }
    }

    /// The contents that the kept snapshots name.
    pub fn contents(&self) -> HashSet<String> {
        let records = self.names().into_iter().filter_map(|name| self.read(&name));
        records.flat_map(|record| record.recordings.into_iter().map(|row| row.content)).collect()
    }

    /// The kept snapshots, the newest first.
    pub fn summaries(&self) -> Vec<Summary> {
        let current = self.current();
        let summary = |name: String| {
            let record = self.read(&name)?;
            let (recordings, current) = (record.recordings.len(), current.as_ref() == Some(&name));
            let Record { number, taken_at, origin, .. } = record;
            Some(Summary { number, taken_at, origin, recordings, current })
        };
        self.names().into_iter().rev().filter_map(summary).collect()
    }

    fn snapshots(&self) -> PathBuf {
        self.dir.join("snapshots")
    }

    fn point_to(&self, name: &str) -> io::Result<()> {
        disk::replace(self.disk.as_ref(), &self.dir.join("current"), name.as_bytes())
    }

    fn current(&self) -> Option<String> {
        let bytes = disk::read(&self.dir.join("current"), MAX_NAME).ok()?;
        String::from_utf8(bytes).ok().map(|name| name.trim().to_owned())
    }

    /// Names of snapshots, the oldest first.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.snapshots()).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| number(name).is_some()).collect();
        names.sort();
        names
    }

    /// A snapshot whose bytes are what its name says.
    fn read(&self, name: &str) -> Option<Record> {
        let bytes = disk::read(&self.snapshots().join(name), MAX_RECORD).ok()?;
        let said = name.split_once('-')?.1.strip_suffix(".json")?;
        (hash(&bytes) == said).then(|| serde_json::from_slice(&bytes).ok())?
    }
}

fn number(name: &str) -> Option<u64> {
    let (number, rest) = name.split_once('-')?;
    rest.strip_suffix(".json")?;
    number.parse().ok()
}

fn hash(bytes: &[u8]) -> String {
    let hash = blake3::hash(bytes).to_hex();
    hash.get(..HASH_DIGITS).unwrap_or_default().to_owned()
}
