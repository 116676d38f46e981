//! The stages of a cycle over ten thousand recordings, one by one: the keeper itself, on the copy that the
//! program made.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{Error, Result, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dial_core::catalogue::{FileName, RecordingId};
use dial_origin::event::What;
use dial_origin::http::{Client, Policy, Surroundings};
use dial_origin::judge::{Known, Limits, judge};
use dial_origin::keeper::{Keeper, NamedOrigin, Reporter, Settings, Stage, line_dir};
use dial_origin::origin::Http;
use dial_origin::snapshot::Snapshot;
use dial_origin::sound::SoundStore;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::catalogue::MANY;
use crate::document::{Service, list, wav};
use crate::faulty::Faulty;
use crate::table::{ratio_row, say};

/// Notes when each thing happened in a cycle.
struct Watch {
    begun: Instant,
    answered: Duration,
    offered: Option<Duration>,
    ended: Duration,
    snapshot: Option<Arc<Snapshot>>,
}

impl Watch {
    fn new() -> Self {
        let zero = Duration::ZERO;
        Self { begun: Instant::now(), answered: zero, offered: None, ended: zero, snapshot: None }
    }
}

impl Reporter for Watch {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn chance(&mut self) -> f64 {
        0.0
    }

    fn tell(&mut self, what: What) {
        match what {
            What::OriginAnswered { .. } => self.answered = self.begun.elapsed(),
            What::CycleEnded { .. } => self.ended = self.begun.elapsed(),
            _ => {}
        }
    }

    fn offer(&mut self, snapshot: &Arc<Snapshot>) {
        self.offered = Some(self.begun.elapsed());
        self.snapshot = Some(Arc::clone(snapshot));
    }

    fn progress(&mut self, _file: &str, _stage: Stage) {}
}

pub(crate) fn measure(data: &Path, server: &Faulty, mut services: Vec<Service>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let zone = TimeZone::get("Europe/London").map_err(Error::other)?;
    let mut keeper =
        Keeper::new(data, "many", zone, Arc::new(SoundStore::new(&data.join("sound"))), Settings::default());
    let mut restore = Watch::new();
    keeper.restore(&mut restore);
    let snapshot = restore.snapshot.ok_or_else(|| Error::other("no copy is restored"))?;
    let client = Client::new(Policy { private: true, ..Policy::default() }, Surroundings::default());
    let http = Http::new(client, &server.url("127.0.0.1"), None).map_err(Error::other)?;
    keeper.ask(vec![NamedOrigin { name: "http".into(), origin: Box::new(http) }], Settings::default());
    let mut cycle = || {
        let mut watch = Watch::new();
        runtime.block_on(keeper.cycle(&mut watch));
        watch
    };
    let whole = cycle();
    let unchanged = cycle();
    if let Some(last) = services.last_mut() {
        last.title.push_str(", corrected");
    }
    server.put("/data.json", &list(&services));
    let retitled = cycle();
    server.put(&format!("/audio/{:05}.wav", MANY + 1), &wav(MANY + 1, 20_000));
    services.push(Service::new(MANY + 1, "One more"));
    let document = list(&services);
    server.put("/data.json", &document);
    let grown = cycle();
    let offered = |watch: &Watch| {
        let at = watch.offered.ok_or_else(|| Error::other("the cycle offered nothing new"));
        at.map(|at| at.saturating_sub(watch.answered))
    };
    let (retitled, grown_at) = (offered(&retitled)?, offered(&grown)?);

    say(&format!("\n{:<44}{:>10}{:>10}{:>7}", "the stages of a cycle", "ours ms", "bare ms", "ratio"));
    say(&ratio_row(
        "restore what the disk holds",
        restore.offered.unwrap_or_default(),
        Some((mapped(data)?, "each sound opened and mapped")),
    ));
    say(&ratio_row(
        "fetch and parse the list",
        whole.answered,
        Some((parsed(&document)?, "serde_json alone")),
    ));
    say(&ratio_row("judge it", judged(&services), None));
    let bare = written(data)?;
    say(&ratio_row(
        "a corrected title: judge and publish",
        retitled,
        Some((bare, "the same bytes written and synced")),
    ));
    say(&ratio_row("one more recording: fetch, prepare, publish", grown_at, Some((bare, "the same"))));
    let checked = checked(&snapshot);
    say(&ratio_row("an unchanged cycle", unchanged.ended, Some((checked, "all its sound hashed"))));
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

/// What parsing a list costs at least.
fn parsed(document: &[u8]) -> Result<Duration> {
    let (value, took) = timed(|| serde_json::from_slice::<serde_json::Value>(document));
    value.map(|_| took).map_err(Error::other)
}

fn judged(services: &[Service]) -> Duration {
    let ids = |services: &[Service]| -> HashSet<RecordingId> {
        services
            .iter()
            .filter_map(|service| FileName::new(&service.file).ok())
            .map(|file| RecordingId::of(&file))
            .collect()
    };
    let verdict = || {
        let (before, after) = (ids(&services[1..]), ids(services));
        let known = |hash, recordings| Known { origin: "http", hash, recordings, changed_at: None };
        judge(known("after", &after), Some(known("before", &before)), Limits::default())
    };
    timed(|| std::hint::black_box(verdict())).1
}

/// The newest snapshot's bytes, written once more.
fn written(data: &Path) -> Result<Duration> {
    let dir = line_dir(data, "many").join("snapshots");
    let newest = fs::read_dir(dir)?.filter_map(|entry| Some(entry.ok()?.path())).max();
    let bytes = fs::read(newest.ok_or_else(|| Error::other("there is no snapshot"))?)?;
    let write = || {
        let mut file = File::create(data.join("bare"))?;
        file.write_all(&bytes)?;
        file.sync_all()
    };
    let (written, took) = timed(write);
    written.map(|()| took)
}

/// Every prepared sound opened, read beside it what is known of it, and no more.
fn mapped(data: &Path) -> Result<Duration> {
    let begun = Instant::now();
    for shelf in fs::read_dir(data.join("sound"))? {
        for entry in fs::read_dir(shelf?.path())? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                fs::read(&path)?;
            } else {
                File::open(&path)?.metadata()?;
            }
        }
    }
    Ok(begun.elapsed())
}

fn checked(snapshot: &Snapshot) -> Duration {
    timed(|| snapshot.sounds.iter().filter(|(_, sound)| sound.is_sound()).count()).1
}
