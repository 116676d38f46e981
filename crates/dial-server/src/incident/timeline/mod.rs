//! From events to incidents: which belong together, when one opens, grows and ends.
//!
//! It must not know who listens, nor where incidents are kept.

mod calls;
mod lines;
mod machine;
mod origins;
mod recordings;
mod track;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use dial_origin::event::{Event, What};
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(crate) use self::calls::Trouble;
use self::lines::LineState;
use self::track::{Found, Track};
use super::{Acknowledged, Cause, Incident, Level, WatchedLine};
use crate::logging::Redactor;

/// So many closed incidents are remembered.
pub(super) const MAX_CLOSED: usize = 500;
/// So many incidents may be open; beyond it only critical ones are opened.
const MAX_OPEN: usize = 200;

/// The line, where there is one, and the root cause.
type Key = (Option<String>, Cause);

/// All incidents: the open ones, and the last closed ones.
pub(crate) struct Timeline {
    lines: BTreeMap<String, LineState>,
    open: BTreeMap<Key, Track>,
    closed: VecDeque<Arc<Incident>>,
    last_number: u64,
    redactor: Redactor,
}

/// What changed in an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It opened.
    Opened,
    /// More is known of it, or more calls were answered.
    Updated,
    /// It became more urgent.
    Risen,
    /// Somebody sees to it.
    Acknowledged,
    /// It is over.
    Closed,
}

/// A change of an incident, to be written down, shown and perhaps told to a person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Notice {
    /// What changed.
    pub(crate) change: Change,
    /// The incident from now on.
    pub(crate) incident: Arc<Incident>,
}

impl Timeline {
    /// Goes on with the incidents that are known from before. The redactor masks what others say.
    pub(crate) fn new(known: impl IntoIterator<Item = Incident>, redactor: Redactor) -> Self {
        let (lines, open, closed) = (BTreeMap::new(), BTreeMap::new(), VecDeque::new());
        let mut timeline = Self { lines, open, closed, last_number: 0, redactor };
        for incident in known {
            timeline.last_number = timeline.last_number.max(number(&incident.id));
            if incident.is_open() {
                let key = (incident.line.clone(), incident.cause.clone());
                timeline.open.insert(key, Track::known(incident));
            } else {
                timeline.remember(Arc::new(incident));
            }
        }
        timeline
    }

    /// Watches these lines from now on: at the start, and when the configuration was read anew.
    /// What was wrong with lines and origins that are gone is over.
    pub(crate) fn watch(&mut self, lines: &[WatchedLine], at: Timestamp) -> Vec<Notice> {
        let mut before = std::mem::take(&mut self.lines);
        for line in lines {
            let state =
                before.remove(&line.name).map_or_else(|| LineState::new(line), |state| state.of(line));
            self.lines.insert(line.name.clone(), state);
        }
        let is_gone = |incident: &Incident| {
            let Some(name) = &incident.line else { return false };
            let line = lines.iter().find(|line| line.name == *name);
            line.is_none_or(|line| {
                incident.origin.as_ref().is_some_and(|origin| !line.origins.contains(origin))
            })
        };
        let gone = self.open.iter().filter(|(_, track)| is_gone(&track.incident));
        let gone: Vec<Key> = gone.map(|(key, _)| key.clone()).collect();
        let mut notices = Vec::new();
        for key in gone {
            self.healed(&key, at, super::words::NOT_USED, &mut notices);
        }
        notices
    }

    /// Takes in what happened, and says what it changed.
    pub(crate) fn take(&mut self, event: &Event) -> Vec<Notice> {
        let mut notices = Vec::new();
        let Event { at, line, what } = event;
        match what {
            What::OriginAnswered { .. }
            | What::OriginFailed { .. }
            | What::Switched { .. }
            | What::Behind { .. }
            | What::CaughtUp { .. }
            | What::CertificateSeen { .. }
            | What::CertificateRefused { .. } => self.take_origin(*at, line, what, &mut notices),
            What::Held { .. } | What::Released { .. } | What::LeftOut { .. } | What::TakenIn { .. } => {
                self.take_recordings(*at, line, what, &mut notices);
            }
            What::Published { .. }
            | What::Restored { .. }
            | What::Empty
            | What::RefreshFailed
            | What::CycleEnded { .. } => self.take_line(*at, line, what, &mut notices),
            What::Doubts { .. } | What::Replaced { .. } => {}
            What::DiskFailed { .. }
            | What::DiskWorks
            | What::DiskLow { .. }
            | What::ReadOnly
            | What::ClockWrong { .. }
            | What::ClockRight => self.take_machine(*at, line, what, &mut notices),
        }
        notices
    }

    /// Somebody sees to an incident; none if it is not open.
    pub(crate) fn acknowledge(&mut self, id: &str, by: &str, at: Timestamp) -> Option<Notice> {
        let by = super::words::clean(by, &self.redactor);
        let track = self.open.values_mut().find(|track| track.told && track.incident.id == id)?;
        track.incident.add(at, super::words::acknowledged(&by));
        track.incident.acknowledged = Some(Acknowledged { by, at });
        Some(track.notice(Change::Acknowledged))
    }

    /// All incidents, the open ones first, each kind with the latest first.
    pub(crate) fn incidents(&self) -> Vec<Arc<Incident>> {
        let open = self.open.values().filter(|track| track.told);
        let mut open: Vec<_> = open.map(|track| Arc::new(track.incident.clone())).collect();
        open.sort_by_key(|incident| std::cmp::Reverse((incident.opened_at, number(&incident.id))));
        open.into_iter().chain(self.closed.iter().cloned()).collect()
    }

    /// A fault came to light: it joins the incident of its cause, or opens one.
    fn found(&mut self, found: Found, notices: &mut Vec<Notice>) {
        let line = (!found.cause.is_of_the_machine()).then(|| found.line.clone());
        let key = (line, found.cause.clone());
        if !self.open.contains_key(&key) {
            let told = found.told;
            if self.open.len() >= MAX_OPEN && found.level < Level::Critical {
                return;
            }
            let of_age = self.level_of_age(&found);
            self.last_number += 1;
            let zone = self.zone(&found.line);
            let mut track = Track::new(found, key.0.clone(), self.last_number, &zone);
            track.incident.level = track.incident.level.max(of_age);
            track.incident.callers_heard(self.heard(&key));
            if told {
                notices.push(track.notice(Change::Opened));
            }
            self.open.insert(key, track);
            return;
        }
        if let Some(track) = self.open.get_mut(&key)
            && let Some(change) = track.join(found)
        {
            notices.push(track.notice(change));
        }
    }

    /// A cause is healed: its incident ends with a sentence.
    fn healed(&mut self, key: &Key, at: Timestamp, text: &str, notices: &mut Vec<Notice>) {
        let Some(mut track) = self.open.remove(key) else { return };
        if !track.told {
            return;
        }
        track.incident.add(at, text.to_owned());
        let at = at.max(track.incident.opened_at);
        (track.incident.updated_at, track.incident.closed_at) = (at, Some(at));
        let notice = track.notice(Change::Closed);
        self.remember(Arc::clone(&notice.incident));
        notices.push(notice);
    }

    fn remember(&mut self, closed: Arc<Incident>) {
        let at = self.closed.partition_point(|other| other.closed_at > closed.closed_at);
        self.closed.insert(at, closed);
        self.closed.truncate(MAX_CLOSED);
    }

    /// The keys of the open incidents of a line that fit, machine-wide ones left out.
    fn keys(&self, line: &str, fits: impl Fn(&Incident) -> bool) -> Vec<Key> {
        let tracks = self.open.iter().filter(|((own, _), _)| own.as_deref() == Some(line));
        tracks.filter(|(_, track)| fits(&track.incident)).map(|(key, _)| key.clone()).collect()
    }

    fn zone(&self, line: &str) -> TimeZone {
        self.lines.get(line).map_or(TimeZone::UTC, |state| state.zone.clone())
    }

    fn clean(&self, text: &str) -> String {
        super::words::clean(text, &self.redactor)
    }
}

/// The number at the end of an incident's name.
fn number(id: &str) -> u64 {
    id.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
