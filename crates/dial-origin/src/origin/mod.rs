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
    /// None: the origin has to be asked again from time to time.
    pub mark: Option<String>,
    /// How many bytes the file has, if that is stated. What a feed states is a hint, and often wrong: no
    /// recording may be refused by it, which `sha256`, a full decoding and `duration_ms` decide.
    pub len: Option<u64>,
    /// SHA-256 of the file, if that is stated.
    pub sha256: Option<[u8; 32]>,
    /// How long the recording is said to last, in milliseconds.
    pub duration_ms: Option<u64>,
}
