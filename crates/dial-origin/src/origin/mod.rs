//! A place where recordings come from: what it lists, and how to fetch what it lists. One file for each kind.

pub mod bucket;
mod content;
pub mod feed;
mod folder;
pub mod git;
mod http;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use dial_core::catalogue::{Defect, Entry};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
pub use folder::Folder;
pub use http::Http;

/// What takes its time, on the thread of one line.
pub type Wait<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// How far a fetch is: bytes that came, and bytes in all if that is known.
pub type Progress<'a> = &'a mut dyn FnMut(u64, Option<u64>);

/// A place where recordings come from.
pub trait Origin {
    /// What is there now. If nothing changed since the last time, it is the same `Arc`.
    ///
    /// Times without an offset are in the zone. It ends within the deadlines of its kind.
    fn list<'a>(&'a mut self, zone: &'a TimeZone) -> Wait<'a, Result<Arc<Listing>, Fault>>;

    /// Fetches the file of an item. `draft` is where it may be written: what an earlier attempt left there
    /// may be gone on with. Returns where the whole file lies: the draft, or a path of this machine.
    fn fetch<'a>(
        &'a mut self,
        item: &'a Item,
        draft: &'a Path,
        progress: Progress<'a>,
    ) -> Wait<'a, Result<PathBuf, Fault>>;

    /// What lies beside the file of an item and tells of its chapters, for `chapters::read`. It is asked once
    /// with each fetch; none: there is nothing.
    fn chapters<'a>(&'a mut self, item: &'a Item) -> Wait<'a, Result<Option<Vec<u8>>, Fault>> {
        let _ = item;
        Box::pin(std::future::ready(Ok(None)))
    }

    /// How the file of an item looks from outside, without fetching it. None: that is not told, or the list
    /// tells all of it.
    fn inspect<'a>(&'a mut self, item: &'a Item) -> Wait<'a, Result<Option<Seen>, Fault>> {
        let _ = item;
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Its own clock (`Date` of RFC 9110) as of the last answer, if it told.
    fn clock(&self) -> Option<Timestamp> {
        None
    }

    /// Whether its files are what the church itself put there: a file that ends early is then played as
    /// far as it goes. From elsewhere it was cut on its way.
    fn is_local(&self) -> bool {
        false
    }
}

/// How a file looks from outside: by this an origin tells that it was replaced under its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// `ETag` (RFC 9110, section 8.8.3).
    pub etag: Option<String>,
    /// `Last-Modified` (RFC 9110, section 8.8.2).
    pub last_modified: Option<String>,
    /// Bytes of the file.
    pub len: Option<u64>,
}

impl Seen {
    /// Whether it is the same file. Each of a CDN's servers may have a tag of its own for it.
    pub fn is_same(&self, other: &Self) -> bool {
        let told = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
        if self.len.is_some() && other.len.is_some() && self.len != other.len {
            return false;
        }
        let silent = self.etag.is_none() && self.last_modified.is_none();
        told(&self.etag, &other.etag) || told(&self.last_modified, &other.last_modified) || silent
    }
}

/// What an origin lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The name that the line greets with.
    pub church_name: String,
    /// Its recordings in the order of the list.
    pub items: Vec<Item>,
    /// When the origin says that the list was last changed, if it says so: the time of a commit,
    /// `Last-Modified`, `lastBuildDate`.
    pub changed_at: Option<Timestamp>,
    /// What is wrong with the list, though it can be used.
    pub defects: Vec<Defect>,
}

/// One recording that an origin lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What the list says of it.
    pub entry: Entry,
    /// Where the origin has it: an address, a path, the name of a Git object.
    pub place: String,
    /// Changes when the file does, as far as the list alone tells (a Git blob, a stamp, a length).
    /// None: the origin has to be asked again from time to time (`Origin::inspect`).
    pub mark: Option<String>,
    /// How many bytes the file has, if that is stated. What a feed states is a hint, and often wrong: no
    /// recording may be refused by it, which `sha256`, a full decoding and `duration_ms` decide.
    pub len: Option<u64>,
    /// SHA-256 of the file, if that is stated.
    pub sha256: Option<[u8; 32]>,
    /// How long the recording is said to last, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Where the origin has what tells of its chapters, if it names that apart.
    pub chapters_at: Option<String>,
}
