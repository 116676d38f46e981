//! A file that was replaced under its name: the list stays the same, so only a look at the file tells.

use std::sync::Arc;

use dial_origin::event::What;
use dial_origin::keeper::{Keeper, NamedOrigin, Once, Settings, Stage};
use dial_origin::sound::SoundStore;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::bench::{Bench, patient, wav};
use crate::faulty::Behaviour;

const MENDED: &str = "/audio/2026-11-15.wav";
const OTHER: &str = "/audio/2025/carols%20&%20more%3F.wav";

struct Copy {
    bench: Bench,
    keeper: Keeper,
    at: Timestamp,
}

impl Copy {
    fn new() -> Self {
        let bench = Bench::new();
        let data = bench.folder.path().join("data");
        let sounds = Arc::new(SoundStore::new(&data.join("sound")));
        let keeper = Keeper::new(&data, "line", TimeZone::UTC, sounds, Settings::default());
        let mut copy = Self { bench, keeper, at: "2026-11-22T10:00:00Z".parse().unwrap() };
        copy.ask();
        copy
    }

    /// As after a restart: nothing is known but what lies on the disk.
    fn ask(&mut self) {
        let origin = Box::new(self.bench.origin(patient()));
        self.keeper.ask(vec![NamedOrigin { name: "cdn".into(), origin }], Settings::default());
    }

    async fn cycle(&mut self, minutes: i64) -> Vec<What> {
        self.at += SignedDuration::from_mins(minutes);
        let mut nowhere = |_: &str, _: Stage| {};
        let mut once = Once::at(self.at, &mut nowhere);
        self.keeper.cycle(&mut once).await;
        once.events
    }

    /// How long what callers hear of a file is, in milliseconds.
    fn heard_ms(&self, file: &str) -> u32 {
        let current = self.keeper.current().unwrap();
        let recording = current.catalogue.all().iter().find(|recording| recording.file.as_str() == file);
        let content = &recording.unwrap().sound.content;
        current.sounds.iter().find(|(name, _)| name == content).unwrap().1.len_ms()
    }

    fn fetched(&self, path: &str) -> usize {
        let asked = self.bench.faulty.requests();
        asked.iter().filter(|request| request.method == "GET" && request.path == path).count()
    }
}

/// The same sound, and as much again.
fn mended() -> Vec<u8> {
    let mut bytes = wav();
    let sound = bytes[44..].to_vec();
    bytes.extend_from_slice(&sound);
    let len = u32::try_from(bytes.len()).unwrap();
    bytes[4..8].copy_from_slice(&(len - 8).to_le_bytes());
    bytes[40..44].copy_from_slice(&(len - 44).to_le_bytes());
    bytes
}

#[tokio::test]
async fn a_file_that_is_replaced_under_its_name_is_heard_within_the_hour_and_no_other_is_fetched() {
    let mut copy = Copy::new();
    copy.cycle(0).await;
    let before = copy.heard_ms("2026-11-15.wav");
    copy.cycle(1).await;
    copy.bench.faulty.put(MENDED, &mended());
    for _ in 0..60 {
        copy.cycle(1).await;
    }
    assert_eq!(copy.heard_ms("2026-11-15.wav"), 2 * before);
    assert_eq!((copy.fetched(MENDED), copy.fetched(OTHER)), (2, 1));
}

#[tokio::test]
async fn what_was_replaced_while_the_program_did_not_run_is_noticed_too() {
    let mut copy = Copy::new();
    copy.cycle(0).await;
    let before = copy.heard_ms("2026-11-15.wav");
    copy.bench.faulty.put(MENDED, &mended());
    let data = copy.bench.folder.path().join("data");
    let sounds = Arc::new(SoundStore::new(&data.join("sound")));
    copy.keeper = Keeper::new(&data, "line", TimeZone::UTC, sounds, Settings::default());
    let mut nowhere = |_: &str, _: Stage| {};
    copy.keeper.restore(&mut Once::at(copy.at, &mut nowhere));
    copy.ask();
    for _ in 0..62 {
        copy.cycle(1).await;
    }
    assert_eq!(copy.heard_ms("2026-11-15.wav"), 2 * before);
}

#[tokio::test]
async fn a_replaced_file_that_cannot_be_used_leaves_callers_the_one_from_before() {
    let mut copy = Copy::new();
    copy.cycle(0).await;
    let before = copy.heard_ms("2026-11-15.wav");
    copy.cycle(1).await;
    copy.bench.faulty.put(MENDED, b"<!doctype html><title>Not a recording</title>");
    let mut told = Vec::new();
    for _ in 0..62 {
        told.extend(copy.cycle(1).await);
    }
    let replaced = What::Replaced { origin: "cdn".into(), file: "2026-11-15.wav".into() };
    assert_eq!(told.iter().filter(|what| **what == replaced).count(), 1, "{told:?}");
    assert!(told.iter().any(|what| matches!(what, What::LeftOut { kept: true, .. })), "{told:?}");
    assert_eq!(copy.heard_ms("2026-11-15.wav"), before);
    copy.bench.faulty.put(MENDED, &mended());
    for _ in 0..360 {
        copy.cycle(1).await;
    }
    assert_eq!(copy.heard_ms("2026-11-15.wav"), 2 * before);
}

#[tokio::test]
async fn a_server_that_tells_nothing_without_sending_a_file_is_left_in_peace() {
    let mut copy = Copy::new();
    copy.bench.faulty.behave_at("/audio", Behaviour::IgnoresRanges);
    copy.cycle(0).await;
    for _ in 0..62 {
        copy.cycle(1).await;
    }
    assert_eq!((copy.fetched(MENDED), copy.fetched(OTHER)), (1, 1));
}
