//! What happened to a line's recordings: facts, in the order in which they came true.
//!
//! Whoever listens makes incidents, alarms and numbers of them. It must not know who that is.

use std::fmt;
use std::sync::Arc;

use dial_core::catalogue::Defect;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::certificate::{Certificate, Life};
use crate::fault::Fault;

/// Something happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The line that it concerns.
    pub line: String,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// An origin's list was asked for and came; told at every cycle.
    OriginAnswered {
        /// Its name.
        origin: String,
        /// How long it took, in milliseconds.
        took_ms: u64,
    },
    /// An origin's list was asked for and could not be had; told at every cycle.
    OriginFailed {
        /// Its name.
        origin: String,
        /// Why.
        fault: Fault,
        /// How many cycles it has failed in a row, this one included.
        cycles: u32,
        /// How long it took, in milliseconds.
        took_ms: u64,
    },
    /// The list is taken from another origin than before.
    Switched {
        /// From where.
        from: Option<String>,
        /// To where; none: no origin is of use, and the copy on the disk is all there is.
        to: Option<String>,
    },
    /// An origin lags behind what we offer.
    Behind {
        /// Its name.
        origin: String,
        /// How many of the recordings that we offer it lacks.
        lacks: usize,
    },
    /// It no longer does.
    CaughtUp {
        /// Its name.
        origin: String,
    },
    /// A list waits for a person.
    Held {
        /// Where it came from.
        origin: String,
        /// Why.
        reason: Hold,
        /// What a person says to approve it.
        id: String,
    },
    /// A list waits no more.
    Released {
        /// What it was called.
        id: String,
        /// How.
        how: Release,
    },
    /// A recording of the list cannot be offered, or its older sound is kept.
    LeftOut {
        /// The origin that was asked last.
        origin: String,
        /// Its file.
        file: String,
        /// Why.
        fault: Fault,
        /// Whether an older sound of it is offered instead.
        kept: bool,
    },
    /// A file was replaced under its name, and is fetched anew.
    Replaced {
        /// The origin.
        origin: String,
        /// The file.
        file: String,
    },
    /// A recording that was left out is offered, or is not in the list any more.
    TakenIn {
        /// Its file.
        file: String,
    },
    /// What is doubtful about a list that is used, and about its sound; told when it changes.
    Doubts {
        /// The origin of the list.
        origin: String,
        /// What looks like a slip; none: all is well.
        defects: Vec<Defect>,
    },
    /// The work on the line's copy broke off by a fault of the program, and begins anew.
    RefreshFailed,
    /// A snapshot is offered from now on.
    Published {
        /// The origin of its list.
        origin: String,
        /// The snapshot's number.
        number: u64,
        /// How many recordings it has.
        recordings: usize,
        /// How many of them are new.
        added: usize,
        /// How many are gone.
        removed: usize,
    },
    /// A snapshot from the disk is offered: at the start, or because a person went back to it.
    Restored {
        /// The snapshot's number.
        number: u64,
        /// Whether a person asked for it.
        by_hand: bool,
        /// Snapshots and recordings that did not stand their check, in words.
        damaged: Vec<String>,
    },
    /// There is no snapshot: callers hear the polite message.
    Empty,
    /// Our disk fails.
    DiskFailed {
        /// Why, in words.
        why: String,
    },
    /// Our disk works again, and has room enough.
    DiskWorks,
    /// Little room is left on the disk, and older copies were given up for it.
    DiskLow {
        /// Bytes that are free.
        free: u64,
    },
    /// Another process has the data folder: this one only reads.
    ReadOnly,
    /// Our clock differs from those of the origins by more than five minutes.
    ClockWrong {
        /// By how many seconds ours is ahead.
        ahead_s: i64,
    },
    /// Our clock agrees with them again.
    ClockRight,
    /// What a server presents of itself was looked at.
    CertificateSeen {
        /// The origin; none for our own public name.
        origin: Option<String>,
        /// What it presented.
        certificate: Arc<Certificate>,
        /// How long it still lives.
        life: Life,
        /// What is remarkable about it beside what was seen before.
        remarks: Vec<Remark>,
    },
    /// What a server presents is refused by the strict check.
    CertificateRefused {
        /// The origin; none for our own public name.
        origin: Option<String>,
        /// Why.
        fault: Fault,
    },
    /// A cycle came to its end.
    CycleEnded {
        /// Whether any origin confirmed or renewed what we offer.
        fresh: bool,
    },
}

/// Why a list waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    /// It is empty.
    Empty,
    /// It lacks many of the recordings that are offered.
    Shrunken {
        /// How many are gone.
        gone: usize,
        /// Of how many.
        of: usize,
    },
    /// It has none of them.
    Changed {
        /// How many there were.
        of: usize,
    },
}

/// `a list without 4 of the 10 recordings`.
impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an empty list"),
            Self::Shrunken { gone, of } => write!(f, "a list without {gone} of the {of} recordings"),
            Self::Changed { of } => write!(f, "a list with none of the {of} recordings"),
        }
    }
}

/// How a list came to wait no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// A person approved it.
    Approved,
    /// All origins said the same for long enough.
    Agreed,
    /// The origin gave another list.
    Withdrawn,
}

/// What is remarkable about a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// It comes from another issuer than the one before.
    IssuerChanged {
        /// Who issued the one before.
        from: String,
    },
    /// It is older than the one that was presented before.
    Older,
    /// A certificate between it and the one we trust is missing.
    BrokenChain,
}
