//! What a keeper knows besides snapshots, and how a person tells it what to do: by files, so that it works
//! whether or not the server runs.
//!
//! ```text
//! lines/<line>/state.json     the list that is held, the list that a person went back from
//! lines/<line>/wish.json      what a person wishes; taken away when it is done
//! ```

use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Keeper, Reporter, line_dir};
use crate::chapters::Corrections;
use crate::disk::{self, RealDisk};
use crate::event::{Hold, Release, What};
use crate::snapshot::Snapshot;

const STATE: &str = "state.json";
const WISH: &str = "wish.json";
/// Larger files are damage.
const MAX_BYTES: u64 = 64 * 1024;

/// What a keeper knows besides snapshots.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// The list that waits for a person.
    pub(super) held: Option<Held>,
    /// The list that a person approved, and that is not offered yet.
    pub(super) approved: Option<String>,
    /// The list that a person went back from: it is not taken again until it changes, or is approved.
    pub(super) refused: Option<String>,
}

/// A list that waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// What a person says to approve it.
    pub id: String,
    /// Names the list.
    pub list: String,
    /// Where it came from.
    pub origin: String,
    /// Why.
    pub reason: Hold,
    /// Since when.
    pub since: Timestamp,
    /// Since when all origins that answer say the same.
    pub agreed_since: Option<Timestamp>,
}

/// What a person wishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Wish {
    /// To offer a held list.
    Approve { list: String },
    /// To go back to a snapshot.
    GoBack { number: u64 },
}

/// How a person looks at a line's state, and wishes something of its keeper.
#[derive(Debug, Clone)]
pub struct Wishes {
    dir: std::path::PathBuf,
}

impl Wishes {
    /// Of a line whose state lies in the data folder.
    pub fn of(data_dir: &Path, line: &str) -> Self {
        Self { dir: line_dir(data_dir, line) }
    }

    /// The list that waits.
    pub fn held(&self) -> Option<Held> {
        State::read(&self.dir).held
    }

    /// Wishes that a held list is offered.
    pub fn approve(&self, held: &Held) -> io::Result<()> {
        self.write(&Wish::Approve { list: held.list.clone() })
    }

    /// Wishes to go back to a snapshot.
    pub fn go_back(&self, number: u64) -> io::Result<()> {
        self.write(&Wish::GoBack { number })
    }

    fn write(&self, wish: &Wish) -> io::Result<()> {
        disk::replace(&RealDisk, &self.dir.join(WISH), &serde_json::to_vec(wish)?)
    }
}

impl State {
    pub(super) fn read(dir: &Path) -> Self {
        let bytes = disk::read(&dir.join(STATE), MAX_BYTES).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }
}

impl Keeper {
    pub(super) fn save_state(&mut self, reporter: &mut dyn Reporter) {
        let saved = serde_json::to_vec_pretty(&self.state).map_err(io::Error::from).and_then(|bytes| {
            self.disk.make_dir(&self.dir)?;
            disk::replace(self.disk.as_ref(), &self.dir.join(STATE), &bytes)
        });
        self.note_disk(saved, reporter);
    }

    /// Does what a person wishes.
    pub(super) fn heed(&mut self, reporter: &mut dyn Reporter) {
        self.correct(reporter);
        let path = self.dir.join(WISH);
        let Ok(bytes) = disk::read(&path, MAX_BYTES) else { return };
        let wish = serde_json::from_slice(&bytes);
        let _ = self.disk.remove(&path);
        match wish {
            Ok(Wish::Approve { list }) => {
                self.state.approved = Some(list);
                self.state.refused = None;
                self.release(Release::Approved, reporter);
                self.save_state(reporter);
            }
            Ok(Wish::GoBack { number }) => self.go_back(number, reporter),
            Err(_) => {}
        }
    }

    /// Offers the chapters that a person corrected.
    pub(super) fn correct(&mut self, reporter: &mut dyn Reporter) {
        let corrections = Corrections::read(&self.dir);
        if corrections == self.corrections {
            return;
        }
        self.corrections = corrections;
        let Some(current) = &self.current else { return };
        let kept = current.record.clone();
        let (snapshot, _) = Snapshot::open(kept, &self.zone, &self.sounds, &self.corrections);
        let snapshot = std::sync::Arc::new(snapshot);
        reporter.offer(&snapshot);
        self.current = Some(snapshot);
    }

    fn go_back(&mut self, number: u64, reporter: &mut dyn Reporter) {
        let Some(record) = self.shelf.find(number) else { return };
        if let Some(current) = self.current.as_ref().filter(|current| current.record.list != record.list) {
            self.state.refused = Some(current.record.list.clone());
            self.save_state(reporter);
        }
        let pointed = self.shelf.go_back_to(number);
        self.note_disk(pointed, reporter);
        let (snapshot, damaged) = Snapshot::open(record, &self.zone, &self.sounds, &self.corrections);
        let snapshot = std::sync::Arc::new(snapshot);
        reporter.offer(&snapshot);
        reporter.tell(What::Restored { number, by_hand: true, damaged });
        self.current = Some(snapshot);
    }
}
