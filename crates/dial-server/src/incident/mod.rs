//! What went wrong and how it ended, in plain sentences, for a volunteer and for the days after.
//!
//! Events of the origins and answers to calls come in; incidents, a status and posts come out. All of it
//! is pure, the time is an argument; only `journal.rs` touches the disk. It stands beside the calls: it
//! must not know a caller, and no call waits for it.

mod board;
mod cause;
mod desk;
pub(crate) mod journal;
mod level;
mod opening;
mod post;
mod record;
mod status;
#[cfg(test)]
pub(crate) mod tests;
mod timeline;
pub(crate) mod words;

pub(crate) use self::board::{Board, Newest};
pub(crate) use self::cause::Cause;
pub(crate) use self::desk::{Desk, Signatures};
pub(crate) use self::journal::Journal;
pub(crate) use self::level::Level;
pub(crate) use self::post::post;
pub(crate) use self::record::{Acknowledged, Entry, Heard, Incident};
pub(crate) use self::status::{Light, LineStatus, OriginStatus, Sight, Status, StatusShelf};
pub(crate) use self::timeline::{Change, Notice, Timeline, Trouble};

use jiff::tz::TimeZone;

/// What must be known of a line before anything happens to it.
#[derive(Debug, Clone)]
pub(crate) struct WatchedLine {
    /// Its name.
    pub(crate) name: String,
    /// The zone in which its times are told.
    pub(crate) zone: TimeZone,
    /// How long a cycle may take to begin, in seconds: the longest `poll_s` of its origins.
    pub(crate) poll_s: u32,
    /// The names of its origins, the preferred one first.
    pub(crate) origins: Vec<String>,
}
