//! Keeps each line's copy on a thread of its own: no call ever waits for it, and whatever fails in it, it
//! begins again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use dial_core::catalogue::Catalogue;
use dial_core::language::Language;
use dial_origin::event::{Event, What};
use dial_origin::http::Surroundings;
use dial_origin::keeper::{Keeper, NamedOrigin, Reporter, Settings, Stage};
use dial_origin::snapshot::Snapshot;
use dial_origin::sound::SoundStore;
use jiff::Timestamp;
use tracing::info;

use super::origins;
use crate::clock::Clock;
use crate::config;
use crate::incident::Newest;
use crate::library::Library;
use crate::line::Line;
use crate::report::{Report, Reports};

/// Work on a file is reported so often.
const REPORT: Duration = Duration::from_secs(10);
/// A process that only reads looks this often for what the other one published.
const FOLLOW: Duration = Duration::from_secs(5);
/// The time from cycle to cycle differs by so much, so that many lines do not ask one host at once.
const JITTER: f64 = 0.1;

/// What a keeper is told.
pub(super) enum Order {
    /// Look now.
    Look,
    /// Ask these origins from now on, in this way, and look now.
    Ask(Vec<config::Origin>, Settings),
}

/// One line's copy, and who hears of it.
pub(super) struct Keeping {
    pub(super) line: Arc<Line>,
    pub(super) lines: Vec<Arc<Line>>,
    pub(super) origins: Vec<config::Origin>,
    pub(super) settings: Settings,
    pub(super) data_dir: std::path::PathBuf,
    pub(super) surroundings: Surroundings,
    pub(super) sounds: Arc<SoundStore>,
    pub(super) library: Arc<Library>,
    pub(super) clock: Clock,
    pub(super) reports: Reports,
    /// Whether another process has the data folder.
    pub(super) only_reads: bool,
}

impl Keeping {
    /// Offers what the disk holds, at once.
    pub(super) fn restore(&self) -> Keeper {
        let mut keeper = self.keeper();
        keeper.restore(&mut self.desk());
        keeper
    }

    /// Keeps the copy until `orders` is dropped.
    pub(super) fn run(mut self, orders: &Receiver<Order>) {
        if self.only_reads {
            return self.follow(orders);
        }
        loop {
            let kept = catch_unwind(AssertUnwindSafe(|| self.keep(orders)));
            match kept {
                Ok(Ok(())) => return,
                Ok(Err(error)) => {
                    tracing::error!(line = self.line.name, "The copy cannot be kept: {error:#}");
                }
                Err(_) => tracing::error!(
                    line = self.line.name,
                    "The work on the copy failed: this is a fault of the program"
                ),
            }
            self.desk().tell(What::RefreshFailed);
            match orders.recv_timeout(self.settings.poll) {
                Err(RecvTimeoutError::Timeout) | Ok(Order::Look) => {}
                Ok(Order::Ask(wanted, settings)) => (self.origins, self.settings) = (wanted, settings),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn keep(&mut self, orders: &Receiver<Order>) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("this machine gives no more resources")?;
        let mut keeper = self.restore();
        keeper.sweep();
        keeper.ask(self.open(), self.settings);
        loop {
            let mut desk = self.desk();
            runtime.block_on(keeper.cycle(&mut desk));
            let wait = self.settings.poll.mul_f64(1.0 + JITTER * (desk.chance() - 0.5));
            match orders.recv_timeout(wait) {
                Err(RecvTimeoutError::Timeout) | Ok(Order::Look) => {}
                // What is known of origins that stay the same is kept.
                Ok(Order::Ask(wanted, settings)) if (&wanted, settings) == (&self.origins, self.settings) => {
                }
                Ok(Order::Ask(wanted, settings)) => {
                    (self.origins, self.settings) = (wanted, settings);
                    keeper.ask(self.open(), self.settings);
                    info!(
                        line = self.line.name,
                        "The origins of the new configuration are asked from now on"
                    );
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    fn open(&self) -> Vec<NamedOrigin> {
        origins::open(&self.origins, &self.data_dir, &self.line.name, &self.surroundings)
    }

    fn follow(self, orders: &Receiver<Order>) {
        let mut keeper = self.restore();
        self.desk().tell(What::ReadOnly);
        if keeper.current().is_none() {
            self.desk().tell(What::Empty);
        }
        while !matches!(orders.recv_timeout(FOLLOW), Err(RecvTimeoutError::Disconnected)) {
            keeper.follow(&mut self.desk());
        }
    }

    fn keeper(&self) -> Keeper {
        let sounds = Arc::clone(&self.sounds);
        Keeper::new(&self.data_dir, &self.line.name, self.line.zone.clone(), sounds, self.settings)
    }

    fn desk(&self) -> Desk<'_> {
        Desk { keeping: self, reported: now() }
    }
}

/// Passes on what a keeper does.
struct Desk<'a> {
    keeping: &'a Keeping,
    reported: Instant,
}

impl Reporter for Desk<'_> {
    fn now(&self) -> Timestamp {
        self.keeping.clock.now()
    }

    fn chance(&mut self) -> f64 {
        let mut bytes = [0; 4];
        // Without chance all origins are asked at the longest rest, which harms nobody.
        if getrandom::fill(&mut bytes).is_err() {
            return 1.0;
        }
        f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX)
    }

    fn tell(&mut self, what: What) {
        let (at, line) = (self.now(), self.keeping.line.name.clone());
        self.keeping.reports.event(Event { at, line, what });
    }

    fn offer(&mut self, snapshot: &Arc<Snapshot>) {
        self.keeping.library.add(&snapshot.sounds);
        let catalogue = snapshot.catalogue.clone().known_at(snapshot.taken_at());
        let report = self.offered(&catalogue, snapshot.taken_at());
        if self.keeping.line.publish(catalogue) {
            prune(&self.keeping.lines, &self.keeping.library);
        }
        self.keeping.reports.tell(report);
    }

    fn progress(&mut self, file: &str, stage: Stage) {
        if self.reported.elapsed() < REPORT {
            return;
        }
        self.reported = now();
        let line = self.keeping.line.name.as_str();
        info!(line, "{}", told(file, stage));
    }
}

impl Desk<'_> {
    fn offered(&self, catalogue: &Catalogue, since: Timestamp) -> Report {
        let at = self.now();
        let audible = catalogue.audible(at);
        let naming = self.keeping.line.rules.menu.naming();
        let newest = audible.first().map(|newest| Newest {
            name: dial_core::name::name(newest, catalogue, at, naming, Language::English),
            audible_since: newest.when.hidden_until().max(Some(since)),
        });
        Report::Offered {
            line: self.keeping.line.name.clone(),
            church: catalogue.church_name().into(),
            newest,
            recordings: audible.len(),
            taken_at: since,
            at,
        }
    }
}

/// How far the work on a file is, in words.
pub(crate) fn told(file: &str, stage: Stage) -> String {
    let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    match stage {
        Stage::Preparing(progress) => format!("Preparing `{file}`: {progress}"),
        Stage::Fetching(came, Some(all)) => {
            format!("Fetching `{file}`: {} of {}", megabytes(came), megabytes(all))
        }
        Stage::Fetching(came, None) => format!("Fetching `{file}`: {}", megabytes(came)),
    }
}

/// Lets go of sounds that no catalogue offers any more.
pub(super) fn prune(lines: &[Arc<Line>], library: &Library) {
    let held: Vec<_> =
        lines.iter().flat_map(|line| line.catalogues().iter().cloned().collect::<Vec<_>>()).collect();
    let offered: std::collections::HashSet<&str> = held
        .iter()
        .flat_map(|catalogue| catalogue.all())
        .map(|recording| recording.sound.content.as_str())
        .collect();
    library.keep(|content| offered.contains(content));
}

#[allow(clippy::disallowed_methods, reason = "work is reported in real time")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use dial_core::phrase::PhraseBook;

    use super::*;

    /// A folder with a recording, and the thread of a line that keeps a copy of it.
    struct Bench {
        dir: tempfile::TempDir,
        line: Arc<Line>,
        heard: Receiver<Report>,
        panics: Arc<AtomicBool>,
        orders: Option<std::sync::mpsc::Sender<Order>>,
        thread: Option<std::thread::JoinHandle<()>>,
    }

    impl Bench {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let config = config::Line::new("st-annes".into(), Vec::new());
            let rules = config.rules();
            let zone = jiff::tz::TimeZone::UTC;
            let line = Arc::new(Line::new(
                "st-annes".into(),
                rules,
                PhraseBook::default(),
                crate::prompts::PromptBook::without_voice(),
                zone,
            ));
            let (reports, heard) = Reports::new();
            let panics = Arc::new(AtomicBool::new(false));
            let fault = Arc::clone(&panics);
            let at: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
            let clock = Clock::from_fn(move || {
                assert!(!fault.swap(false, Ordering::SeqCst), "a fault of the program");
                at
            });
            let kind = config::OriginKind::Folder { path: dir.path().join("church") };
            let keeping = Keeping {
                line: Arc::clone(&line),
                lines: vec![Arc::clone(&line)],
                origins: vec![config::Origin { name: "folder".into(), poll_s: 60, kind }],
                settings: Settings { poll: Duration::from_millis(20), ..Settings::default() },
                data_dir: dir.path().join("data"),
                surroundings: Surroundings::default(),
                sounds: Arc::new(SoundStore::new(&dir.path().join("data/sound"))),
                library: Arc::default(),
                clock,
                reports,
                only_reads: false,
            };
            let (orders, told) = std::sync::mpsc::channel();
            let thread = Some(std::thread::spawn(move || keeping.run(&told)));
            Self { dir, line, heard, panics, orders: Some(orders), thread }
        }

        fn publish(&self, days: &[&str]) {
            let audio = self.dir.path().join("church/audio");
            std::fs::create_dir_all(&audio).unwrap();
            let sound: Vec<u8> = (0..16_000u32).map(|at| (at % 80) as u8).collect();
            let bytes = [dial_audio::wav::mulaw_header(16_000).as_slice(), &sound].concat();
            let file = |day: &&str| {
                std::fs::write(audio.join(format!("{day}.wav")), &bytes).unwrap();
                format!(r#"{{"file": "{day}.wav"}}"#)
            };
            let files: Vec<String> = days.iter().map(file).collect();
            let list = format!(r#"{{"church_name": "St Anne's", "services": [{}]}}"#, files.join(","));
            std::fs::write(self.dir.path().join("church/data.json"), list).unwrap();
        }

        /// Waits for a report, among others.
        fn await_told(&self, wanted: impl Fn(&What) -> bool) {
            loop {
                match self.heard.recv_timeout(Duration::from_mins(1)).unwrap() {
                    Report::Event(event) if wanted(&event.what) => return,
                    _ => {}
                }
            }
        }
    }

    impl Drop for Bench {
        fn drop(&mut self) {
            drop(self.orders.take());
            // Whoever has to be heard may be waiting for room.
            while self.heard.recv_timeout(Duration::from_millis(50)).is_ok() {}
            self.thread.take().unwrap().join().unwrap();
        }
    }

    #[test]
    fn work_on_a_copy_that_panics_begins_anew_and_callers_keep_what_they_have() {
        let bench = Bench::new();
        bench.publish(&["2026-11-15"]);
        bench.await_told(|what| matches!(what, What::Published { .. }));
        bench.panics.store(true, Ordering::SeqCst);
        bench.await_told(|what| matches!(what, What::RefreshFailed));
        assert_eq!(bench.line.catalogue().all().len(), 1);
        bench.publish(&["2026-11-15", "2026-11-22"]);
        bench.await_told(|what| matches!(what, What::Published { recordings: 2, .. }));
        assert_eq!(bench.line.catalogue().all().len(), 2);
    }
}
