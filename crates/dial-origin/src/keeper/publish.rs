//! Publishes what was gathered: on the disk first, then to callers. And keeps the disk in order.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::sync::Arc;

use super::choose::Chosen;
use super::gather::Gathered;
use super::{Keeper, Reporter, Settings};
use crate::event::What;
use crate::fault::{Fault, FaultKind};
use crate::snapshot::record::Record;
use crate::snapshot::{KEPT, Shelf, Snapshot};

/// And so many where the disk is nearly full.
const KEPT_AT_NEED: usize = 2;
/// So many bytes of sound are checked against their hash in a cycle.
const SCRUB_BYTES: u64 = 512 * 1024 * 1024;

/// Why there is no room for more sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lack {
    Disk { free: u64, reserve_percent: u64 },
    Quota { used: u64, quota: u64 },
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MB: u64 = 1_000_000;
        match self {
            Self::Disk { free, reserve_percent } => {
                write!(f, "only {} MB are free, and {reserve_percent} % of the disk are kept free", free / MB)
            }
            Self::Quota { used, quota } => {
                write!(f, "sound takes {} MB, and quota_gb allows {} MB", used / MB, quota / MB)
            }
        }
    }
}

impl Keeper {
    /// Offers what was gathered, if it differs from what is offered.
    pub(super) fn publish(&mut self, chosen: &Chosen, gathered: &Gathered, reporter: &mut dyn Reporter) {
        let record = self.record(chosen, gathered, reporter);
        // A list none of whose recordings can be had offers callers nothing: what they have is better.
        if record.recordings.is_empty() && !chosen.listing.items.is_empty() {
            return;
        }
        if self.current.as_ref().is_some_and(|current| same(&current.record, &record)) {
            self.accept(&record);
            return;
        }
        let written = self.shelf.publish(&record);
        let failed = written.is_err();
        self.note_disk(written, reporter);
        if failed {
            return;
        }
        let before = self.current.take();
        let ids = |snapshot: &Snapshot| -> HashSet<_> {
            snapshot.catalogue.all().iter().map(|recording| recording.id).collect()
        };
        let (snapshot, damaged) = Snapshot::open(record, &self.zone, &self.sounds, &self.corrections);
        let (old, new) = (before.as_deref().map(ids).unwrap_or_default(), ids(&snapshot));
        let superseded =
            before.as_deref().filter(|before| is_draft_of(before, &snapshot)).map(Snapshot::number);
        self.shelf.prune(KEPT, superseded);
        let snapshot = Arc::new(snapshot);
        reporter.offer(&snapshot);
        if damaged.is_empty() {
            reporter.tell(What::Published {
                origin: snapshot.origin().into(),
                number: snapshot.number(),
                recordings: new.len(),
                added: new.difference(&old).count(),
                removed: old.difference(&new).count(),
            });
        } else {
            reporter.tell(What::Restored { number: snapshot.number(), by_hand: false, damaged });
        }
        self.accept(&snapshot.record);
        self.current = Some(snapshot);
    }

    fn record(&self, chosen: &Chosen, gathered: &Gathered, reporter: &dyn Reporter) -> Record {
        let items = || chosen.listing.items.iter().enumerate();
        let missing = items().filter(|(number, _)| !gathered.rows.contains_key(number));
        Record {
            number: self.shelf.next_number(),
            taken_at: reporter.now(),
            origin: self.places.get(chosen.place).map(|place| place.name.clone()).unwrap_or_default(),
            list: chosen.hash.clone(),
            changed_at: chosen.listing.changed_at,
            church_name: chosen.listing.church_name.clone(),
            recordings: items().filter_map(|(number, _)| gathered.rows.get(&number).cloned()).collect(),
            missing: missing.map(|(_, item)| item.entry.file.as_str().to_owned()).collect(),
        }
    }

    /// What was approved is offered now; what was refused is past.
    fn accept(&mut self, record: &Record) {
        if self.state.approved.as_deref() == Some(&record.list) {
            self.state.approved = None;
        }
        self.state.refused = None;
    }

    /// Before a file is fetched: room for it, with the reserve kept free. Old snapshots are given up first.
    pub(super) fn make_room(&mut self, len: Option<u64>, reporter: &mut dyn Reporter) -> Result<(), Fault> {
        let len = len.unwrap_or(0);
        let Some(lack) = self.lack(len) else { return Ok(()) };
        self.shelf.prune(KEPT_AT_NEED, None);
        self.tidy();
        if matches!(lack, Lack::Disk { .. }) && self.health.fails() {
            let free = self.disk.room(&self.dir).map_or(0, |(free, _)| free);
            reporter.tell(What::DiskLow { free });
        }
        let Some(lack) = self.lack(len) else { return Ok(()) };
        Err(Fault::new(FaultKind::Disk(lack.to_string()), self.dir.display().to_string()))
    }

    /// Whether there is no room for more sound.
    pub(super) fn is_full(&self) -> bool {
        self.lack(0).is_some()
    }

    fn lack(&self, len: u64) -> Option<Lack> {
        let Settings { quota, reserve_percent, .. } = self.settings;
        let _ = self.disk.make_dir(&self.dir);
        // A disk that does not tell is not refused for it: writing will show.
        let (free, total) = self.disk.room(&self.dir).unwrap_or((u64::MAX, 0));
        if free <= (total / 100 * reserve_percent).saturating_add(len) {
            return Some(Lack::Disk { free, reserve_percent });
        }
        let quota = quota?;
        let used = self.sounds.used();
        (used.saturating_add(len) > quota).then_some(Lack::Quota { used, quota })
    }

    /// Takes away sound that no kept snapshot of any line names, and files that nobody fetches any more.
    pub fn tidy(&self) -> u64 {
        let Some(lines) = self.dir.parent() else { return 0 };
        let mut wanted = HashSet::new();
        for line in fs::read_dir(lines).into_iter().flatten().flatten() {
            wanted.extend(Shelf::new(&line.path(), Arc::clone(&self.disk)).contents());
        }
        self.sounds.keep(&wanted)
    }

    /// Checks some of the offered sound against its hash, in turn; what fails is withdrawn, and fetched anew.
    pub(super) fn scrub(&mut self, reporter: &mut dyn Reporter) {
        let Some(current) = self.current.clone() else { return };
        let (mut bytes, mut bad) = (0, Vec::new());
        for _ in 0..current.sounds.len() {
            if bytes >= SCRUB_BYTES {
                break;
            }
            self.scrubbed = (self.scrubbed + 1) % current.sounds.len();
            let Some((content, sound)) = current.sounds.get(self.scrubbed) else { break };
            bytes += sound.bytes().len() as u64;
            if !sound.is_sound() {
                bad.push(content.clone());
            }
        }
        if bad.is_empty() {
            return;
        }
        for content in &bad {
            self.sounds.discard(content);
        }
        let (snapshot, damaged) =
            Snapshot::open(current.record.clone(), &self.zone, &self.sounds, &self.corrections);
        let snapshot = Arc::new(snapshot);
        reporter.offer(&snapshot);
        reporter.tell(What::Restored { number: snapshot.number(), by_hand: false, damaged });
        self.current = Some(snapshot);
    }
}

/// Whether two snapshots offer the same, from the same sources.
fn same(a: &Record, b: &Record) -> bool {
    let of = |record: &Record| (record.list.clone(), record.origin.clone(), record.changed_at);
    of(a) == of(b) && a.missing == b.missing && a.recordings == b.recordings
}

/// A part of the same list, or the same recordings by other marks, is not worth going back to.
fn is_draft_of(before: &Snapshot, after: &Snapshot) -> bool {
    before.catalogue.revision() == after.catalogue.revision()
        || (before.record.list == after.record.list && !before.record.missing.is_empty())
}
