//! Which messages go out when: one when an incident begins, one when it ends, reminders while it lasts,
//! and once a week that all is well.
//!
//! Time is an argument. It must not know to whom messages go.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::notice::{Level, Notice, NoticeKind};
use crate::config::{self, Weekly};

/// The most incidents that are remembered as told; more at once is one incident to a person.
const MAX_OPEN: usize = 200;

/// Which messages go out when.
pub(super) struct Schedule {
    reminder: Option<SignedDuration>,
    all_is_well: Option<Weekly>,
    zone: TimeZone,
    open: BTreeMap<String, Open>,
    looked_at: Timestamp,
}

/// An incident whose beginning was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Open {
    /// What was told of its beginning.
    pub(super) notice: Notice,
    /// When something was last told of it.
    pub(super) told_at: Timestamp,
    /// The channel that is at fault itself, and is not told.
    pub(super) except: Option<String>,
}

/// A message and the channel that does not get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Post {
    pub(super) notice: Notice,
    pub(super) except: Option<String>,
}

impl Schedule {
    /// Of a configuration, with nothing told yet.
    pub(super) fn new(alarm: &config::Alarm, zone: TimeZone, now: Timestamp) -> Self {
        let hours = i64::from(alarm.reminder_h);
        let reminder = (hours > 0).then(|| SignedDuration::from_hours(hours));
        Self { reminder, all_is_well: alarm.all_is_well.0, zone, open: BTreeMap::new(), looked_at: now }
    }

    /// The same with what was told before a restart.
    pub(super) fn restore(&mut self, open: Vec<Open>, looked_at: Option<Timestamp>) {
        self.open = open.into_iter().map(|open| (open.notice.id.clone(), open)).collect();
        // A clock that was wrong must not silence us until the time it showed.
        self.looked_at = looked_at.map_or(self.looked_at, |looked_at| looked_at.min(self.looked_at));
    }

    /// Whether a message is news. An incident that is known is told again only if it became worse.
    pub(super) fn admit(&mut self, notice: Notice, except: Option<String>, now: Timestamp) -> Option<Post> {
        match notice.kind {
            NoticeKind::Opened => {
                let known = self.open.get(&notice.id);
                if known.is_some_and(|known| known.notice.level >= notice.level) {
                    return None;
                }
                if known.is_none() && self.open.len() >= MAX_OPEN {
                    let oldest = self.open.values().min_by_key(|open| open.told_at)?.notice.id.clone();
                    self.open.remove(&oldest);
                }
                let open = Open { notice: notice.clone(), told_at: now, except: except.clone() };
                self.open.insert(notice.id.clone(), open);
                Some(Post { notice, except })
            }
            NoticeKind::Closed => {
                let Open { except, .. } = self.open.remove(&notice.id)?;
                Some(Post { notice, except })
            }
            NoticeKind::Reminder | NoticeKind::AllIsWell | NoticeKind::Test => Some(Post { notice, except }),
        }
    }

    /// Ends what was told before a restart and is over: only the incidents named, and our own, go on.
    pub(super) fn only(&mut self, ids: &[String], now: Timestamp) -> Vec<Post> {
        let over = |open: &Open| open.except.is_none() && !ids.contains(&open.notice.id);
        let gone: Vec<String> =
            self.open.values().filter(|open| over(open)).map(|open| open.notice.id.clone()).collect();
        let gone = gone.iter().filter_map(|id| self.open.remove(id));
        gone.map(|open| Post { notice: open.notice.end(now, &self.zone), except: open.except }).collect()
    }

    /// What is due by now.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<Post> {
        let mut due = Vec::new();
        for open in self.open.values_mut() {
            // A clock that was set back must not silence us.
            open.told_at = open.told_at.min(now);
            if self.reminder.is_some_and(|reminder| now >= later(open.told_at, reminder)) {
                open.told_at = now;
                due.push(Post { notice: open.notice.reminder(now, &self.zone), except: open.except.clone() });
            }
        }
        let well = self.all_is_well.and_then(|weekly| weekly.after(self.looked_at.min(now), &self.zone));
        if well.is_some_and(|well| well <= now) && self.is_well() {
            due.push(Post { notice: Notice::all_is_well(now), except: None });
        }
        self.looked_at = now;
        due
    }

    /// When something is due next.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let well = self.all_is_well.and_then(|weekly| weekly.after(self.looked_at, &self.zone));
        let reminders = self.open.values().filter_map(|open| Some(later(open.told_at, self.reminder?)));
        reminders.chain(well).min()
    }

    /// Whether no incident is open that somebody should look at.
    pub(super) fn is_well(&self) -> bool {
        self.open.values().all(|open| open.notice.level < Level::Warning)
    }

    /// What was told, and when it was last looked.
    pub(super) fn told(&self) -> (impl Iterator<Item = &Open>, Timestamp) {
        (self.open.values(), self.looked_at)
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::notice::tests::notice;
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Sunday noon, an hour before which nothing was known.
    const START: &str = "2026-11-22T12:00:00Z";

    fn schedule(alarm: &config::Alarm) -> Schedule {
        Schedule::new(alarm, TimeZone::get("Europe/London").unwrap(), at(START))
    }

    fn words(posts: &[Post]) -> Vec<String> {
        posts.iter().map(|post| format!("{} {}", post.notice.kind.word(), post.notice.id)).collect()
    }

    #[test]
    fn an_incident_is_told_once_when_it_begins_and_once_when_it_ends() {
        let mut schedule = schedule(&config::Alarm::default());
        let mut tell = |id, kind, level| {
            let notice = Notice { level, ..notice(id, kind) };
            schedule.admit(notice, None, at(START)).is_some()
        };
        use Level::{Critical, Info, Warning};
        use NoticeKind::{Closed, Opened};
        for (id, kind, level, told) in [
            ("a", Closed, Warning, false),
            ("a", Opened, Warning, true),
            ("a", Opened, Warning, false),
            ("a", Opened, Info, false),
            ("a", Opened, Critical, true),
            ("a", Opened, Warning, false),
            ("b", Opened, Info, true),
            ("a", Closed, Info, true),
            ("a", Closed, Info, false),
            ("a", Opened, Info, true),
        ] {
            assert_eq!(tell(id, kind, level), told, "{id} {kind:?} {level:?}");
        }
    }

    /// What goes out over days: an incident from Sunday 14:00, over on Thursday 15:00.
    fn days(alarm: &config::Alarm) -> Vec<String> {
        let mut schedule = schedule(alarm);
        let mut told = Vec::new();
        let (begins, ends) = (at("2026-11-22T14:00:00Z"), at("2026-11-26T15:00:00Z"));
        let mut now = at(START);
        while now < at("2026-12-08T00:00:00Z") {
            let mut posts = schedule.due(now);
            let kind = if now == begins {
                Some(NoticeKind::Opened)
            } else {
                (now == ends).then_some(NoticeKind::Closed)
            };
            posts.extend(kind.and_then(|kind| schedule.admit(notice("cdn", kind), None, now)));
            told.extend(words(&posts).into_iter().map(|word| format!("{} {word}", now.strftime("%a %H:%M"))));
            now += SignedDuration::from_mins(30);
        }
        told
    }

    #[test]
    fn a_lasting_incident_is_told_again_daily_and_a_week_without_one_is_told_as_well() {
        let usual = config::Alarm::default();
        let opened = "Sun 14:00 opened cdn";
        let closed = "Thu 15:00 closed cdn";
        let daily = ["Mon", "Tue", "Wed", "Thu"].map(|day| format!("{day} 14:00 reminder cdn"));
        let well = ["Mon 09:00 all-is-well all-is-well"; 2];
        let expected: Vec<String> = std::iter::once(opened.to_owned())
            .chain(daily)
            .chain([closed.to_owned()])
            .chain(well[..1].iter().map(|well| (*well).to_owned()))
            .chain(well[1..].iter().map(|well| (*well).to_owned()))
            .collect();
        assert_eq!(days(&usual), expected);

        let never = config::Alarm { reminder_h: 0, all_is_well: "never".parse().unwrap(), ..usual.clone() };
        assert_eq!(days(&never), [opened, closed]);

        let rare = config::Alarm { reminder_h: 72, all_is_well: "sunday 11:30".parse().unwrap(), ..usual };
        let sundays = ["Sun 11:30 all-is-well all-is-well"; 2];
        assert_eq!(days(&rare), [opened, "Wed 14:00 reminder cdn", closed, sundays[0], sundays[1]]);
    }

    #[test]
    fn days_of_sleep_are_made_up_for_by_one_message() {
        let mut schedule = schedule(&config::Alarm::default());
        let _ = schedule.admit(notice("cdn", NoticeKind::Opened), None, at(START));
        let awake = at("2026-12-10T12:00:00Z");
        assert_eq!(words(&schedule.due(awake)), ["reminder cdn"]);
        assert_eq!(words(&schedule.due(awake)), Vec::<String>::new());
        assert_eq!(schedule.next(), Some(at("2026-12-11T12:00:00Z")));
    }

    #[test]
    fn a_clock_that_is_set_back_silences_nothing_for_longer_than_a_day() {
        let mut schedule = schedule(&config::Alarm::default());
        let _ = schedule.admit(notice("cdn", NoticeKind::Opened), None, at("2036-01-01T00:00:00Z"));
        let _ = schedule.due(at("2036-01-01T00:00:00Z"));
        assert_eq!(words(&schedule.due(at(START))), Vec::<String>::new());
        assert_eq!(words(&schedule.due(at("2026-11-23T12:00:00Z"))), ["reminder cdn"]);
    }

    #[test]
    fn what_was_over_before_a_restart_is_told_as_over() {
        let mut schedule = schedule(&config::Alarm::default());
        for id in ["gone", "here"] {
            let _ = schedule.admit(notice(id, NoticeKind::Opened), None, at(START));
        }
        let _ = schedule.admit(notice("channel", NoticeKind::Opened), Some("email".into()), at(START));
        let over = schedule.only(&["here".into()], at(START));
        assert_eq!(words(&over), ["closed gone"]);
        assert_eq!(over[0].notice.subject, "Over: The certificate of gone has expired");
        assert_eq!(schedule.told().0.count(), 2);
    }

    #[test]
    fn a_storm_of_incidents_is_remembered_only_in_part() {
        let mut schedule = schedule(&config::Alarm::default());
        for i in 0..1000 {
            assert!(schedule.admit(notice(&format!("i{i}"), NoticeKind::Opened), None, at(START)).is_some());
        }
        assert_eq!(schedule.told().0.count(), MAX_OPEN);
    }
}
