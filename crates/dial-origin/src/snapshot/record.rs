//! A snapshot as it lies on the disk: one file of JSON whose name holds the hash of its bytes.

use dial_core::catalogue::{FileName, When};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chapters::Row;
use crate::origin::Seen;

/// A snapshot on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// Counts up with each snapshot of the line.
    pub(crate) number: u64,
    /// When it was taken.
    pub(crate) taken_at: Timestamp,
    /// The origin of its list.
    pub(crate) origin: String,
    /// Names the meaning of the list, all it lists included.
    pub(crate) list: String,
    /// When the origin says that the list was last changed.
    pub(crate) changed_at: Option<Timestamp>,
    /// The name that the line greets with.
    pub(crate) church_name: String,
    /// What is offered, in the order of the list.
    pub(crate) recordings: Vec<RecordingRecord>,
    /// What is listed and not offered, by its file.
    pub(crate) missing: Vec<String>,
}

/// A recording of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordingRecord {
    /// The file that the list names.
    pub(crate) file: String,
    /// What the list calls it.
    pub(crate) title: Option<String>,
    /// When it was made.
    pub(crate) when: WhenRecord,
    /// The name of its prepared sound.
    pub(crate) content: String,
    /// The hash of its prepared sound.
    pub(crate) blake3: String,
    /// Where its parts begin in the file, as the list tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) chapters: Vec<Row>,
    /// The same, as what lies beside the file tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) beside: Option<Beside>,
    /// Where its file came from, so that it is not fetched again while it is the same.
    pub(crate) source: Source,
}

/// What lay beside a file when it was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Beside {
    /// Chapters.
    Chapters(Vec<Row>),
    /// Something else, or nothing that could be had; why, in words.
    Fault(String),
}

/// Where the file of a sound came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// The origin.
    pub(crate) origin: String,
    /// Its place there.
    pub(crate) place: String,
    /// What changes with it, as far as the list alone tells.
    pub(crate) mark: Option<String>,
    /// Bytes of the file.
    pub(crate) len: u64,
    /// How it looked from outside when it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<Seen>,
}

/// When a recording was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WhenRecord {
    /// The list tells the moment.
    Told(Timestamp),
    /// The file name tells the day.
    Named(Timestamp),
    /// Nothing tells.
    Unknown,
}

impl From<When> for WhenRecord {
    fn from(when: When) -> Self {
        match when {
            When::Told(at) => Self::Told(at),
            When::Named(at) => Self::Named(at),
            When::Unknown => Self::Unknown,
        }
    }
}

impl From<WhenRecord> for When {
    fn from(when: WhenRecord) -> Self {
        match when {
            WhenRecord::Told(at) => Self::Told(at),
            WhenRecord::Named(at) => Self::Named(at),
            WhenRecord::Unknown => Self::Unknown,
        }
    }
}

impl RecordingRecord {
    /// Its file's name; none only if the record is damaged.
    pub(crate) fn file_name(&self) -> Option<FileName> {
        FileName::new(&self.file).ok()
    }
}
