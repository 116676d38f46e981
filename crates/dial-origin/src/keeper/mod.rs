//! Keeps one line's copy: asks its origins, judges what they list, gathers the sound, publishes.
//!
//! A cycle is a value of the origins, the disk and the time that it is given; it starts nothing, and
//! nobody waits for it. Whatever fails, what is offered stays offered.

mod ahead;
mod ask;
mod choose;
mod gather;
mod health;
mod inspect;
mod once;
mod publish;
mod state;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dial_core::catalogue::Defect;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::chapters::Corrections;
use crate::disk::{Disk, RealDisk};
use crate::event::What;
use crate::failover::Fortune;
use crate::fault::Fault;
use crate::judge::Limits;
use crate::origin::{Listing, Origin};
use crate::snapshot::{Shelf, Snapshot};
use crate::sound::SoundStore;
use gather::Attempt;
use health::DiskHealth;
use inspect::Turns;
pub use once::Once;
use state::State;
pub use state::{Held, Wishes};

/// Whoever hears what a keeper does.
pub trait Reporter {
    /// The time.
    fn now(&self) -> Timestamp;
    /// A number from 0 to 1, each as likely as the other.
    fn chance(&mut self) -> f64;
    /// Something happened.
    fn tell(&mut self, what: What);
    /// This is offered to callers from now on.
    fn offer(&mut self, snapshot: &Arc<Snapshot>);
    /// How far the work on a file is.
    fn progress(&mut self, file: &str, stage: Stage);
}

/// The work on a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It is fetched: bytes that came, and bytes in all if that is known.
    Fetching(u64, Option<u64>),
    /// It is prepared for the telephone.
    Preparing(crate::sound::Progress),
}

/// How a line's copy is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// From one cycle to the next.
    pub poll: Duration,
    /// How far a list may shrink.
    pub limits: Limits,
    /// After so long a held list is taken, if all origins that answer say the same; none: never.
    pub accept_after: Option<SignedDuration>,
    /// Of the disk, so much stays free, in per cent.
    pub reserve_percent: u64,
    /// Prepared sound takes no more than this, in bytes.
    pub quota: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            poll: Duration::from_mins(1),
            limits: Limits::default(),
            accept_after: Some(SignedDuration::from_hours(24)),
            reserve_percent: 10,
            quota: None,
        }
    }
}

/// An origin by its name.
pub struct NamedOrigin {
    /// Its name.
    pub name: String,
    /// What it is.
    pub origin: Box<dyn Origin>,
}

/// An origin, and how it fares.
struct Place {
    name: String,
    origin: Box<dyn Origin>,
    fortune: Fortune,
    /// What it listed in this cycle.
    listing: Option<Arc<Listing>>,
    behind: bool,
}

/// Keeps one line's copy.
pub struct Keeper {
    zone: TimeZone,
    dir: PathBuf,
    places: Vec<Place>,
    settings: Settings,
    disk: Arc<dyn Disk>,
    shelf: Shelf,
    sounds: Arc<SoundStore>,
    state: State,
    /// Chapters that a person corrected.
    corrections: Corrections,
    current: Option<Arc<Snapshot>>,
    /// The origin that the list was last taken from.
    source: Option<String>,
    /// What could not be had, by file: told once, not at every cycle.
    troubles: HashMap<String, Fault>,
    doubts: Vec<Defect>,
    attempts: HashMap<String, Attempt>,
    turns: Turns,
    clock_is_wrong: bool,
    health: DiskHealth,
    /// The next sound to be checked.
    scrubbed: usize,
}

impl Keeper {
    /// A keeper of a line whose state lies under `lines/<line>` of the data folder. `line` is a plain name.
    pub fn new(
        data_dir: &Path,
        line: &str,
        zone: TimeZone,
        sounds: Arc<SoundStore>,
        settings: Settings,
    ) -> Self {
        Self::on(Arc::new(RealDisk), data_dir, line, zone, sounds, settings)
    }

    /// The same on any disk.
    pub fn on(
        disk: Arc<dyn Disk>,
        data_dir: &Path,
        line: &str,
        zone: TimeZone,
        sounds: Arc<SoundStore>,
        settings: Settings,
    ) -> Self {
        let dir = line_dir(data_dir, line);
        let shelf = Shelf::new(&dir, Arc::clone(&disk));
        let state = State::read(&dir);
        Self {
            zone,
            dir,
            places: Vec::new(),
            settings,
            disk,
            shelf,
            sounds,
            state,
            corrections: Corrections::default(),
            current: None,
            source: None,
            troubles: HashMap::new(),
            doubts: Vec::new(),
            attempts: HashMap::new(),
            turns: Turns::default(),
            clock_is_wrong: false,
            health: DiskHealth::default(),
            scrubbed: 0,
        }
    }

    /// Asks these origins from now on, the preferred one first. What is offered stays offered.
    pub fn ask(&mut self, origins: Vec<NamedOrigin>, settings: Settings) {
        self.settings = settings;
        self.attempts.clear();
        let place = |NamedOrigin { name, origin }| {
            let (fortune, listing, behind) = (Fortune::default(), None, false);
            Place { name, origin, fortune, listing, behind }
        };
        self.places = origins.into_iter().map(place).collect();
    }

    /// Offers what the disk holds. Needs no origin.
    pub fn restore(&mut self, reporter: &mut dyn Reporter) {
        let (record, mut damaged) = self.shelf.load();
        let Some(record) = record else { return };
        self.corrections = Corrections::read(&self.dir);
        let (snapshot, lost) = Snapshot::open(record, &self.zone, &self.sounds, &self.corrections);
        damaged.extend(lost);
        let snapshot = Arc::new(snapshot);
        reporter.offer(&snapshot);
        reporter.tell(What::Restored { number: snapshot.number(), by_hand: false, damaged });
        self.current = Some(snapshot);
    }

    /// Offers what another process has published since; for a process that only reads.
    pub fn follow(&mut self, reporter: &mut dyn Reporter) {
        let (record, _) = self.shelf.load();
        self.correct(reporter);
        let number = record.map(|record| record.number);
        if number.is_some() && number != self.current.as_ref().map(|current| current.number()) {
            self.restore(reporter);
        }
    }

    /// Sweeps away what an interrupted run left of this line. Only for the one process that writes. The sounds
    /// are swept apart, before any keeper works: they are those of all lines.
    pub fn sweep(&self) {
        self.shelf.sweep();
    }

    /// What is offered.
    pub fn current(&self) -> Option<&Arc<Snapshot>> {
        self.current.as_ref()
    }

    /// One round over all origins.
    pub async fn cycle(&mut self, reporter: &mut dyn Reporter) {
        self.heed(reporter);
        self.ask_all(reporter).await;
        self.compare_clocks(reporter);
        let chosen = self.choose(reporter);
        // A person who went back to an older snapshot knows that it is not the origin's newest.
        let gone_back = chosen.is_none() && self.gives_refused();
        let fresh = chosen.is_some() || gone_back;
        if !gone_back {
            self.note_source(chosen.as_ref(), reporter);
        }
        if let Some(chosen) = chosen {
            self.inspect(&chosen, reporter).await;
            self.take(&chosen, reporter).await;
        }
        self.scrub(reporter);
        self.settle_disk(reporter);
        if self.current.is_none() {
            reporter.tell(What::Empty);
        }
        reporter.tell(What::CycleEnded { fresh });
    }
}

/// Where a line's state lies.
pub fn line_dir(data_dir: &Path, line: &str) -> PathBuf {
    data_dir.join("lines").join(line)
}
