//! What one channel still has to send, and when it is tried again.
//!
//! Time and chance are arguments. It must not know how anything is sent.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::notice::{Notice, NoticeKind};

/// The most messages that wait for one channel.
const MAX_WAITING: usize = 50;
/// A message that could not be sent for so long is given up.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(24);
/// The longest wait before the second try; each further one may be twice as long.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(10);
/// The longest wait between two tries, also where a server asks for a longer one.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// No two tries follow each other faster.
const SHORTEST_WAIT: SignedDuration = SignedDuration::from_secs(1);

/// What one channel still has to send.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Vec<Waiting>,
    next_ticket: u64,
    failing_since: Option<Timestamp>,
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiting {
    /// What it is called here; not kept.
    #[serde(skip)]
    pub(super) ticket: u64,
    /// The message.
    pub(super) notice: Notice,
    /// Since when it waits.
    pub(super) since: Timestamp,
    /// How often it was tried.
    pub(super) tries: u32,
    /// When it is tried next.
    pub(super) due: Timestamp,
}

/// What becomes of a message that could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is tried again.
    Again,
    /// It was tried for a day.
    GivenUp,
}

impl Outbox {
    /// Takes a message. What it makes pointless waits no longer.
    pub(super) fn post(&mut self, notice: Notice, now: Timestamp) {
        let same = |waiting: &Waiting, kind| waiting.notice.id == notice.id && waiting.notice.kind == kind;
        match notice.kind {
            NoticeKind::Reminder | NoticeKind::AllIsWell => {
                self.waiting.retain(|old| !same(old, notice.kind));
            }
            // Worse than before: the older beginning says less.
            NoticeKind::Opened => self.waiting.retain(|old| !same(old, NoticeKind::Opened)),
            NoticeKind::Closed => self.waiting.retain(|old| !same(old, NoticeKind::Reminder)),
            NoticeKind::Test => {}
        }
        self.push(Waiting { ticket: 0, notice, since: now, tries: 0, due: now });
    }

    /// Takes what waited before a restart; it is tried at once.
    pub(super) fn restore(&mut self, waiting: Waiting, now: Timestamp) {
        self.push(Waiting { due: now, since: waiting.since.min(now), ..waiting });
    }

    fn push(&mut self, waiting: Waiting) {
        if self.waiting.len() >= MAX_WAITING {
            let least = self.waiting.iter().position(|old| old.notice.kind != NoticeKind::Opened);
            self.waiting.remove(least.unwrap_or(0));
        }
        self.next_ticket += 1;
        self.waiting.push(Waiting { ticket: self.next_ticket, ..waiting });
    }

    /// The message to send now.
    pub(super) fn due(&self, now: Timestamp) -> Option<&Waiting> {
        let due = self
            .waiting
            .iter()
            .filter(|waiting| waiting.due <= now || waiting.due > later(now, LONGEST_WAIT));
        due.min_by_key(|waiting| (waiting.due, waiting.ticket))
    }

    /// When there is one.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.waiting.iter().map(|waiting| waiting.due).min()
    }

    /// A message was sent. Whoever knows that an incident is over needs not hear that it began.
    pub(super) fn sent(&mut self, ticket: u64) {
        self.failing_since = None;
        let Some(at) = self.waiting.iter().position(|waiting| waiting.ticket == ticket) else { return };
        let sent = self.waiting.remove(at);
        if sent.notice.kind == NoticeKind::Closed {
            self.waiting.retain(|old| old.notice.id != sent.notice.id || old.ticket > ticket);
        }
    }

    /// A message could not be sent. `asked` is how long the server wants to be left alone.
    pub(super) fn failed(
        &mut self,
        ticket: u64,
        asked: Option<SignedDuration>,
        now: Timestamp,
        random: u32,
    ) -> Verdict {
        self.failing_since.get_or_insert(now);
        let Some(at) = self.waiting.iter().position(|waiting| waiting.ticket == ticket) else {
            return Verdict::Again;
        };
        let waiting = &mut self.waiting[at];
        waiting.tries += 1;
        let asked = asked.unwrap_or(SHORTEST_WAIT).clamp(SHORTEST_WAIT, LONGEST_WAIT);
        waiting.due = later(now, wait(waiting.tries, random).max(asked));
        if waiting.due < later(waiting.since, GIVE_UP) {
            return Verdict::Again;
        }
        self.waiting.remove(at);
        Verdict::GivenUp
    }

    /// Since when nothing could be sent.
    pub(super) fn failing_since(&self) -> Option<Timestamp> {
        self.failing_since
    }

    /// What waits, in its order.
    pub(super) fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }
}

/// Full jitter: anything up to a bound that doubles, so that no two senders fall into step.
fn wait(tries: u32, random: u32) -> SignedDuration {
    let bound = FIRST_WAIT.saturating_mul(1 << tries.saturating_sub(1).min(10)).min(LONGEST_WAIT);
    let part = bound.as_millis() * i128::from(random) / i128::from(u32::MAX);
    SignedDuration::from_millis(part as i64).max(SHORTEST_WAIT)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::notice::tests::notice;
    use super::NoticeKind::{AllIsWell, Closed, Opened, Reminder};
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn after(minutes: i64) -> Timestamp {
        now() + SignedDuration::from_mins(minutes)
    }

    fn words(outbox: &Outbox) -> Vec<String> {
        let words = |waiting: &Waiting| format!("{} {}", waiting.notice.kind.word(), waiting.notice.id);
        outbox.waiting().iter().map(words).collect()
    }

    #[test]
    fn the_waits_between_tries_grow_to_a_quarter_of_an_hour_and_are_left_to_chance() {
        for (tries, random, seconds) in [
            (1, u32::MAX, 10),
            (2, u32::MAX, 20),
            (3, u32::MAX, 40),
            (3, u32::MAX / 2, 19),
            (3, 0, 1),
            (7, u32::MAX, 640),
            (8, u32::MAX, 900),
            (4_000_000_000, u32::MAX, 900),
        ] {
            assert_eq!(wait(tries, random).as_secs(), seconds, "{tries} {random}");
        }
    }

    #[test]
    fn a_message_is_tried_for_a_day_and_then_given_up() {
        let mut outbox = Outbox::default();
        outbox.post(notice("cdn", Opened), now());
        let (mut at, mut tries) = (now(), 0);
        loop {
            let Some(due) = outbox.due(at).cloned() else {
                at = outbox.next().unwrap();
                continue;
            };
            tries += 1;
            if outbox.failed(due.ticket, None, at, u32::MAX) == Verdict::GivenUp {
                break;
            }
        }
        assert!(at < after(24 * 60) && at > after(23 * 60), "{at}");
        assert!((95..110).contains(&tries), "{tries}");
        assert!(outbox.waiting().is_empty());
        assert_eq!(outbox.failing_since(), Some(now()));
    }

    #[test]
    fn a_server_that_asks_for_time_is_given_it_within_bounds() {
        let mut outbox = Outbox::default();
        outbox.post(notice("cdn", Opened), now());
        for (asked, due) in [(60, after(1)), (86_400, after(15)), (-5, now() + SHORTEST_WAIT)] {
            outbox.failed(1, Some(SignedDuration::from_secs(asked)), now(), 0);
            assert_eq!(outbox.next(), Some(due));
        }
    }

    #[test]
    fn a_message_that_is_refused_does_not_hold_up_the_next_one() {
        let mut outbox = Outbox::default();
        outbox.post(notice("a", Opened), now());
        outbox.failed(1, None, now(), u32::MAX);
        outbox.post(notice("b", Opened), now());
        assert_eq!(outbox.due(now()).map(|due| due.notice.id.as_str()), Some("b"));
        outbox.sent(2);
        assert_eq!((outbox.due(now()), outbox.failing_since()), (None, None));
        assert_eq!(outbox.due(after(1)).map(|due| due.notice.id.as_str()), Some("a"));
    }

    #[test]
    fn what_a_later_message_makes_pointless_waits_no_longer() {
        for (before, then, left) in [
            (Reminder, Reminder, vec!["reminder a"]),
            (AllIsWell, AllIsWell, vec!["all-is-well a"]),
            (Opened, Opened, vec!["opened a"]),
            (Opened, Closed, vec!["opened a", "closed a"]),
            (Reminder, Closed, vec!["closed a"]),
            (Closed, Opened, vec!["closed a", "opened a"]),
        ] {
            let mut outbox = Outbox::default();
            outbox.post(notice("a", before), now());
            outbox.post(notice("a", then), now());
            assert_eq!(words(&outbox), left);
        }
        let mut outbox = Outbox::default();
        for kind in [Opened, Closed, Opened] {
            outbox.post(notice("a", kind), now());
        }
        outbox.post(notice("b", Opened), now());
        let closed = outbox.waiting().iter().find(|waiting| waiting.notice.kind == Closed).unwrap().ticket;
        outbox.sent(closed);
        assert_eq!(words(&outbox), ["opened a", "opened b"]);
    }

    #[test]
    fn the_queue_is_bounded_and_gives_up_reminders_before_beginnings() {
        let mut outbox = Outbox::default();
        outbox.post(notice("first", Opened), now());
        outbox.post(notice("reminded", Reminder), now());
        for i in 0..MAX_WAITING - 1 {
            outbox.post(notice(&format!("i{i}"), Opened), now());
        }
        assert_eq!(outbox.waiting().len(), MAX_WAITING);
        assert_eq!(words(&outbox)[0..2], ["opened first", "opened i0"]);
        outbox.post(notice("last", Opened), now());
        assert_eq!((outbox.waiting().len(), words(&outbox)[0].as_str()), (MAX_WAITING, "opened i0"));
    }

    #[test]
    fn a_clock_that_is_set_back_delays_no_message() {
        let mut outbox = Outbox::default();
        outbox.post(notice("a", Opened), after(60 * 24 * 365));
        assert!(outbox.due(now()).is_some());
    }
}
