//! The desk where messages come in and are laid into the boxes of the channels that shall send them.
//!
//! Time and chance are arguments. It must not know how a channel sends, nor where any of this is kept.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::notice::{Level, Notice, NoticeKind};
use super::outbox::{Outbox, Verdict, Waiting};
use super::row::Row;
use super::schedule::{Post, Schedule};
use crate::config;

/// The other channels hear of a channel that has failed for so long.
const TOLD_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// The schedule, and one box for each channel.
pub(super) struct Desk {
    schedule: Schedule,
    boxes: Vec<(String, Outbox)>,
    changes: u64,
}

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tried {
    /// It was sent.
    Sent,
    /// It was not.
    Failed {
        /// Why, as the end of a sentence that begins with the channel.
        why: String,
        /// How long the server wants to be left alone.
        asked: Option<SignedDuration>,
    },
}

/// What the log should say of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remark {
    /// Nothing: it went well as before, or badly as before.
    AsBefore,
    /// The channel fails from now on.
    Fails,
    /// The channel works again.
    Works,
    /// The message was tried for a day.
    GivenUp,
}

impl Desk {
    /// Of a configuration and the names of its channels.
    pub(super) fn new(alarm: &config::Alarm, zone: TimeZone, channels: &[&str], now: Timestamp) -> Self {
        let boxes = channels.iter().map(|name| ((*name).to_owned(), Outbox::default())).collect();
        Self { schedule: Schedule::new(alarm, zone, now), boxes, changes: 0 }
    }

    /// Takes up what was there before a restart. What waits for a channel that is no more is dropped.
    pub(super) fn restore(&mut self, rows: impl IntoIterator<Item = Row>, now: Timestamp) {
        let (mut open, mut looked_at) = (Vec::new(), None);
        for row in rows {
            match row {
                Row::Looked { at } => looked_at = Some(at),
                Row::Told(told) => open.push(told),
                Row::Waits { channel, waiting } => {
                    if let Some((_, outbox)) = self.boxes.iter_mut().find(|(name, _)| *name == channel) {
                        outbox.restore(waiting, now);
                    }
                }
            }
        }
        self.schedule.restore(open, looked_at);
    }

    /// All that has to survive a restart.
    pub(super) fn rows(&self) -> Vec<Row> {
        let (told, at) = self.schedule.told();
        let waits = self.boxes.iter().flat_map(|(channel, outbox)| {
            let kept = outbox.waiting().iter().filter(|waiting| waiting.notice.kind != NoticeKind::Test);
            kept.map(|waiting| Row::Waits { channel: channel.clone(), waiting: waiting.clone() })
        });
        std::iter::once(Row::Looked { at }).chain(told.cloned().map(Row::Told)).chain(waits).collect()
    }

    /// Changes whenever [`Self::rows`] does.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Takes a message. Says whether it is news.
    pub(super) fn tell(&mut self, notice: Notice, now: Timestamp) -> bool {
        let post = self.schedule.admit(notice.bounded(), None, now);
        let is_news = post.is_some();
        self.post(post, now);
        is_news
    }

    /// Only these incidents are open: after a start, others that were told are over.
    pub(super) fn only(&mut self, ids: &[String], now: Timestamp) {
        let over = self.schedule.only(ids, now);
        self.post(over, now);
    }

    /// Lays out what has become due.
    pub(super) fn look(&mut self, now: Timestamp) {
        let due = self.schedule.due(now);
        self.post(due, now);
    }

    /// When to look again.
    pub(super) fn next_look(&self) -> Option<Timestamp> {
        self.schedule.next()
    }

    /// What a channel should send now.
    pub(super) fn due(&self, channel: usize, now: Timestamp) -> Option<Waiting> {
        self.boxes[channel].1.due(now).cloned()
    }

    /// When it should send something.
    pub(super) fn next_due(&self, channel: usize) -> Option<Timestamp> {
        self.boxes[channel].1.next()
    }

    /// Notes what a try came to, and tells the other channels of one that fails.
    pub(super) fn tried(
        &mut self,
        channel: usize,
        ticket: u64,
        tried: &Tried,
        now: Timestamp,
        random: u32,
    ) -> Remark {
        self.changes += 1;
        let (name, outbox) = &mut self.boxes[channel];
        let name = name.clone();
        let before = outbox.failing_since();
        match tried {
            Tried::Sent => {
                outbox.sent(ticket);
                let post = self.schedule.admit(works(&name, now), None, now);
                self.post(post, now);
                if before.is_some() { Remark::Works } else { Remark::AsBefore }
            }
            Tried::Failed { why, asked } => {
                let verdict = outbox.failed(ticket, *asked, now, random);
                if before.is_some_and(|since| now.duration_since(since) >= TOLD_AFTER) {
                    let post = self.schedule.admit(fails(&name, why, now).bounded(), Some(name), now);
                    self.post(post, now);
                }
                match (verdict, before) {
                    (Verdict::GivenUp, _) => Remark::GivenUp,
                    (Verdict::Again, None) => Remark::Fails,
                    (Verdict::Again, Some(_)) => Remark::AsBefore,
                }
            }
        }
    }

    /// Whether nothing is wrong, not even a channel.
    pub(super) fn is_well(&self) -> bool {
        self.schedule.is_well()
    }

    fn post(&mut self, posts: impl IntoIterator<Item = Post>, now: Timestamp) {
        for Post { notice, except } in posts {
            self.changes += 1;
            for (name, outbox) in &mut self.boxes {
                if except.as_deref() != Some(name) {
                    outbox.post(notice.clone(), now);
                }
            }
        }
    }
}

fn id(channel: &str) -> String {
    format!("alarm-channel/{channel}")
}

fn fails(channel: &str, why: &str, now: Timestamp) -> Notice {
    Notice {
        id: id(channel),
        kind: NoticeKind::Opened,
        level: Level::Warning,
        at: now,
        subject: format!("Alarms by {channel} do not arrive"),
        body: format!(
            "Alarms that go out by {channel} cannot be sent: {why}.\nThey are tried again for a day. Callers notice nothing."
        ),
        remedy: format!(
            "look at {channel} under [[alarm.to]] in dial.toml, then run `dial alarm test --channel {channel}`"
        ),
        link: None,
    }
}

fn works(channel: &str, now: Timestamp) -> Notice {
    Notice {
        id: id(channel),
        kind: NoticeKind::Closed,
        level: Level::Warning,
        at: now,
        subject: format!("Alarms by {channel} arrive again"),
        body: format!("An alarm was sent by {channel}, which had failed before."),
        remedy: String::new(),
        link: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::notice::tests::notice;
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn desk() -> Desk {
        Desk::new(&config::Alarm::default(), TimeZone::UTC, &["email", "ntfy"], now())
    }

    fn waits(desk: &Desk, channel: usize) -> Vec<String> {
        let waiting = desk.boxes[channel].1.waiting().iter();
        waiting.map(|waiting| format!("{} {}", waiting.notice.kind.word(), waiting.notice.id)).collect()
    }

    fn failed() -> Tried {
        Tried::Failed { why: "the server answers with status 500".into(), asked: None }
    }

    #[test]
    fn a_channel_that_fails_for_minutes_is_told_on_the_others_once_and_so_is_its_recovery() {
        let mut desk = desk();
        desk.tell(notice("cdn", NoticeKind::Opened), now());
        assert_eq!(desk.tried(1, 1, &Tried::Sent, now(), 0), Remark::AsBefore);
        let mut at = now();
        let mut remarks = Vec::new();
        for _ in 0..12 {
            let ticket = desk.due(0, at).map_or(0, |waiting| waiting.ticket);
            remarks.push(desk.tried(0, ticket, &failed(), at, u32::MAX));
            at += SignedDuration::from_mins(1);
        }
        assert_eq!(remarks.iter().filter(|remark| **remark == Remark::Fails).count(), 1);
        assert_eq!(waits(&desk, 0), ["opened cdn"]);
        assert_eq!(waits(&desk, 1), ["opened alarm-channel/email"]);
        assert!(!desk.is_well());
        let told = desk.due(1, at).unwrap();
        assert!(told.notice.text().contains("by email cannot be sent: the server answers with status 500."));
        desk.tried(1, told.ticket, &Tried::Sent, at, 0);

        desk.tell(notice("cdn", NoticeKind::Closed), at);
        assert_eq!(desk.tried(0, 1, &Tried::Sent, at, 0), Remark::Works);
        assert_eq!(waits(&desk, 0), ["closed cdn"]);
        assert_eq!(waits(&desk, 1), ["closed cdn", "closed alarm-channel/email"]);
        assert!(desk.is_well());
    }

    #[test]
    fn channels_that_all_fail_do_not_drown_each_other() {
        let mut desk = desk();
        desk.tell(notice("cdn", NoticeKind::Opened), now());
        let mut at = now();
        for _ in 0..2000 {
            at += SignedDuration::from_mins(1);
            desk.look(at);
            for channel in 0..2 {
                if let Some(waiting) = desk.due(channel, at) {
                    desk.tried(channel, waiting.ticket, &failed(), at, u32::MAX);
                }
            }
        }
        assert!(waits(&desk, 0).len() <= 4, "{:?}", waits(&desk, 0));
        assert!(!desk.is_well());
    }

    #[test]
    fn what_waits_survives_a_restart_and_is_tried_at_once() {
        let mut before = desk();
        before.tell(notice("cdn", NoticeKind::Opened), now());
        before.tell(notice("now", NoticeKind::Test), now());
        before.tried(0, 1, &failed(), now(), u32::MAX);
        before.tried(1, 1, &Tried::Sent, now(), u32::MAX);

        let later = now() + SignedDuration::from_secs(1);
        let mut after = desk();
        let rows = before.rows();
        let written: Vec<String> = rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect();
        after.restore(written.iter().map(|row| serde_json::from_str(row).unwrap()), later);
        assert_eq!(waits(&after, 0), ["opened cdn"]);
        assert_eq!(waits(&after, 1), Vec::<String>::new());
        assert_eq!(after.due(0, later).unwrap().tries, 1);
        assert!(!after.tell(notice("cdn", NoticeKind::Opened), later), "it was told before");
        after.only(&[], later);
        assert_eq!(waits(&after, 0), ["opened cdn", "closed cdn"]);
    }
}
