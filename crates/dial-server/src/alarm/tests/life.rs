//! The life of the alarms: from a bell that is rung to messages that arrive, over failures and restarts.
//!
//! The clock is paused and jumps to the next thing that is waited for; the servers are real.

use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::web::{Answer, Seen, Web};
use super::{alarm, notice};
use crate::alarm::channel::Roots;
use crate::alarm::notice::{Notice, NoticeKind};
use crate::alarm::run::{AlarmBell, Alarms};
use crate::clock::Clock;

const START: &str = "2026-11-22T12:00:00Z";

/// A clock that goes with the paused one.
fn clock(since: Instant) -> Clock {
    let start: Timestamp = START.parse().unwrap();
    Clock::from_fn(move || start + SignedDuration::try_from(since.elapsed()).unwrap())
}

/// Alarms that run, and what stops them.
struct Life {
    bell: AlarmBell,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<()>,
}

impl Life {
    fn begin(text: &str, data: &Path, since: Instant) -> Self {
        let (bell, alarms) =
            Alarms::trusting(&alarm(text), TimeZone::UTC, data, clock(since), &Roots::default());
        let stop = CancellationToken::new();
        let running = tokio::spawn(alarms.run(stop.clone()));
        Self { bell, stop, running }
    }

    async fn end(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

fn hook(name: &str, web: &Web) -> String {
    format!("[[alarm.to]]\nkind = \"webhook\"\nname = \"{name}\"\nurl = \"{}\"\n", web.base)
}

fn told(seen: &[Seen]) -> Vec<String> {
    let words = |seen: &Seen| {
        let notice: Notice = serde_json::from_str(&seen.body).unwrap();
        format!("{} {}", notice.kind.word(), notice.id)
    };
    seen.iter().map(words).collect()
}

async fn minutes(minutes: u64) {
    sleep(Duration::from_mins(minutes)).await;
}

#[tokio::test(start_paused = true)]
async fn an_incident_is_told_once_reminded_of_daily_and_told_to_be_over() {
    let (since, folder) = (Instant::now(), tempfile::tempdir().unwrap());
    let web = Web::plain(&[Answer::Status(200)]).await;
    let life = Life::begin(&hook("a", &web), folder.path(), since);
    for _ in 0..3 {
        life.bell.tell(notice("cdn", NoticeKind::Opened));
    }
    minutes(60 * 49).await;
    life.bell.tell(notice("cdn", NoticeKind::Closed));
    minutes(60 * 24 * 7).await;
    assert_eq!(
        told(&web.seen()),
        ["opened cdn", "reminder cdn", "reminder cdn", "closed cdn", "all-is-well all-is-well"]
    );
    life.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_is_tried_until_a_server_takes_it_and_the_others_hear_of_the_trouble() {
    let (since, folder) = (Instant::now(), tempfile::tempdir().unwrap());
    let (bad, good) = (Web::plain(&[Answer::Status(500)]).await, Web::plain(&[Answer::Status(200)]).await);
    let life = Life::begin(&(hook("bad", &bad) + &hook("good", &good)), folder.path(), since);
    life.bell.tell(notice("cdn", NoticeKind::Opened));
    minutes(60).await;
    let tries = bad.seen().len();
    assert!((8..60).contains(&tries), "{tries}");
    assert_eq!(told(&good.seen()), ["opened cdn", "opened alarm-channel/bad"]);
    let text = &good.seen()[1].body;
    assert!(text.contains("cannot be sent: the server answers with status 500"), "{text}");

    bad.now(Answer::Status(200));
    minutes(16).await;
    assert_eq!(told(&bad.seen()[tries..]).last().map(String::as_str), Some("opened cdn"));
    assert_eq!(told(&good.seen())[2..], ["closed alarm-channel/bad"]);
    let settled = bad.seen().len();
    minutes(60).await;
    assert_eq!(bad.seen().len(), settled, "what was taken is not sent again");
    life.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_hangs_holds_up_no_other_and_never_whoever_rings() {
    let (since, folder) = (Instant::now(), tempfile::tempdir().unwrap());
    let (hole, good) = (Web::plain(&[Answer::Never]).await, Web::plain(&[Answer::Status(200)]).await);
    let life = Life::begin(&(hook("hole", &hole) + &hook("good", &good)), folder.path(), since);
    for i in 0..40 {
        life.bell.tell(notice(&format!("i{i}"), NoticeKind::Opened));
    }
    sleep(Duration::from_secs(2)).await;
    assert_eq!(good.seen().len(), 40);
    for i in 0..10_000 {
        life.bell.tell(notice(&format!("storm{i}"), NoticeKind::Opened));
    }
    assert_eq!(since.elapsed(), Duration::from_secs(2), "no time passed for whoever rings");
    life.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_sent_is_sent_after_a_restart_and_what_is_over_by_then_is_told() {
    let (since, folder) = (Instant::now(), tempfile::tempdir().unwrap());
    let web = Web::plain(&[Answer::Status(503)]).await;
    let life = Life::begin(&hook("a", &web), folder.path(), since);
    life.bell.tell(notice("cdn", NoticeKind::Opened));
    life.bell.tell(notice("disk", NoticeKind::Opened));
    minutes(1).await;
    life.end().await;
    let refused = web.seen().len();
    web.now(Answer::Status(200));

    let life = Life::begin(&hook("a", &web), folder.path(), since);
    life.bell.tell(notice("disk", NoticeKind::Opened));
    life.bell.only(vec!["disk".into()]);
    minutes(1).await;
    let mut told = told(&web.seen()[refused..]);
    told.sort();
    assert_eq!(told, ["closed cdn", "opened cdn", "opened disk"]);
    life.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_rung_at_the_last_moment_is_kept_for_the_next_start() {
    let (since, folder) = (Instant::now(), tempfile::tempdir().unwrap());
    let web = Web::plain(&[Answer::Status(200)]).await;
    let life = Life::begin(&hook("a", &web), folder.path(), since);
    life.stop.cancel();
    life.bell.tell(notice("cdn", NoticeKind::Opened));
    life.end().await;
    assert_eq!(told(&web.seen()), Vec::<String>::new());
    let life = Life::begin(&hook("a", &web), folder.path(), since);
    minutes(1).await;
    assert_eq!(told(&web.seen()), ["opened cdn"]);
    life.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_switch_is_asked_every_minute_unless_something_is_wrong() {
    let (since, folder) = (Instant::now(), tempfile::tempdir().unwrap());
    let (switch, web) = (Web::plain(&[Answer::Status(200)]).await, Web::plain(&[Answer::Status(200)]).await);
    let text = format!("[alarm]\nping_url = \"{}/5f0c\"\n{}", switch.base, hook("a", &web));
    let life = Life::begin(&text, folder.path(), since);
    let asked = async |during: u64| {
        let before = switch.seen().len();
        minutes(during).await;
        switch.seen().len() - before
    };
    assert_eq!(asked(10).await, 10);
    assert_eq!((switch.seen()[0].method.as_str(), switch.seen()[0].path.as_str()), ("GET", "/5f0c"));
    life.bell.tell(notice("cdn", NoticeKind::Opened));
    assert!(asked(10).await <= 1);
    life.bell.tell(notice("cdn", NoticeKind::Closed));
    assert!((9..=11).contains(&asked(10).await));
    switch.now(Answer::Status(500));
    assert!((9..=11).contains(&asked(10).await), "a switch that fails is asked all the same");
    life.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_fails_keeps_nobody_from_being_told() {
    let (since, folder) = (Instant::now(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("alarms"), "a file where a folder should be").unwrap();
    let web = Web::plain(&[Answer::Status(200)]).await;
    let life = Life::begin(&hook("a", &web), folder.path(), since);
    life.bell.tell(notice("disk", NoticeKind::Opened));
    minutes(1).await;
    assert_eq!(told(&web.seen()), ["opened disk"]);
    life.end().await;
}
