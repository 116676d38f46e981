//! A download that is not complete yet, and beside it a note by what it may be gone on with.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::fault::{Class, FaultKind};

/// A larger note is damage, in bytes.
const MAX_NOTE: u64 = 10_000;

/// Of which file the draft is the beginning.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// SHA-256 of the address: the address itself may hold a token.
    place: String,
    /// A strong tag (RFC 9110, section 8.8.1).
    etag: String,
}

/// A draft and its note.
#[derive(Debug)]
pub(crate) struct Draft {
    path: PathBuf,
    note: PathBuf,
    place: String,
}

/// What an earlier attempt left.
#[derive(Debug)]
pub(crate) struct Begun {
    /// In bytes, at least one.
    pub(crate) len: u64,
    pub(crate) etag: String,
}

impl Draft {
    pub(crate) fn new(path: &Path, address: &str) -> Self {
        let mut note = OsString::from(path);
        note.push(".etag");
        let mut place = String::with_capacity(64);
        for byte in Sha256::digest(address) {
            write!(place, "{byte:02x}").expect("a string takes all that is written to it");
        }
        Self { path: path.into(), note: note.into(), place }
    }

    /// What an earlier attempt left, if it may be gone on with.
    pub(crate) fn begun(&self) -> Option<Begun> {
        let len = fs::metadata(&self.path).ok().filter(fs::Metadata::is_file)?.len();
        if len == 0 || fs::metadata(&self.note).ok()?.len() > MAX_NOTE {
            return None;
        }
        let note: Note = serde_json::from_slice(&fs::read(&self.note).ok()?).ok()?;
        (note.place == self.place).then_some(Begun { len, etag: note.etag })
    }

    /// Opens the draft to add to it.
    pub(crate) fn go_on(&self) -> io::Result<File> {
        OpenOptions::new().append(true).open(&self.path)
    }

    /// Begins anew. The old note goes first: it must never stand beside other bytes.
    pub(crate) fn begin(&self, etag: Option<&str>) -> io::Result<File> {
        self.forget()?;
        let file = File::create(&self.path)?;
        if let Some(etag) = etag {
            let note = Note { place: self.place.clone(), etag: etag.into() };
            fs::write(&self.note, serde_json::to_vec(&note)?)?;
        }
        Ok(file)
    }

    /// Removes draft and note.
    pub(crate) fn discard(&self) {
        // What cannot be removed is begun anew the next time: there is nothing else to do.
        let _ = self.forget();
        let _ = fs::remove_file(&self.path);
    }

    /// After a fault: removes what cannot be gone on with.
    pub(crate) fn give_up(&self, kind: &FaultKind) {
        if spoils(kind) || self.begun().is_none() {
            self.discard();
        }
    }

    /// Removes the note alone: the draft is whole, or may not be gone on with.
    pub(crate) fn forget(&self) -> io::Result<()> {
        match fs::remove_file(&self.note) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Whether what came so far is no beginning of anything: another attempt must not go on with it.
fn spoils(kind: &FaultKind) -> bool {
    let also = matches!(
        kind,
        FaultKind::Garbled | FaultKind::NoContent | FaultKind::BadEncoding | FaultKind::Missing
    );
    also || kind.class() == Class::Content
}
