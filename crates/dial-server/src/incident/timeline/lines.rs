//! How fresh a line's recordings are, and what grows with their age.

use dial_origin::event::What;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::super::{Cause, Heard, Level, WatchedLine, words};
use super::{Change, Found, Key, Notice, Timeline};

/// So many cycles without any news make an incident, where nothing else explains them.
const MISSED_CYCLES: u32 = 2;
/// Beyond three usual waits: a server may have asked for a quarter of an hour, and sound takes its time.
const STUCK_AFTER: SignedDuration = SignedDuration::from_mins(60);

/// How fresh a line's recordings are.
pub(super) struct LineState {
    pub(super) zone: TimeZone,
    poll: SignedDuration,
    /// When an origin last confirmed or renewed what is offered.
    fresh_at: Option<Timestamp>,
    /// When something was first heard of it: its age counts from here, where nothing better is known.
    begun_at: Option<Timestamp>,
    cycle_at: Option<Timestamp>,
    missed: u32,
    /// Whether it is known that there is nothing to play.
    pub(super) empty: bool,
}

impl LineState {
    pub(super) fn new(line: &WatchedLine) -> Self {
        Self {
            zone: line.zone.clone(),
            poll: SignedDuration::from_secs(i64::from(line.poll_s)),
            fresh_at: None,
            begun_at: None,
            cycle_at: None,
            missed: 0,
            empty: false,
        }
    }

    /// The same with what the configuration says now.
    pub(super) fn of(self, line: &WatchedLine) -> Self {
        Self { zone: line.zone.clone(), poll: SignedDuration::from_secs(i64::from(line.poll_s)), ..self }
    }

    /// What callers hear while no origin is of use.
    pub(super) fn heard(&self) -> Heard {
        if self.empty { Heard::Trouble } else { Heard::Copy { of: self.fresh_at } }
    }

    fn level(&self, at: Timestamp) -> Level {
        match (self.empty, self.missed, self.fresh_at.or(self.begun_at)) {
            (true, ..) => Level::Critical,
            (false, 1.., Some(since)) => Level::of_age(at.duration_since(since)),
            _ => Level::Info,
        }
    }
}

impl Timeline {
    /// When an origin last confirmed what is offered, as it is known from before a restart.
    pub(crate) fn fresh_since(&mut self, line: &str, at: Timestamp) {
        if let Some(state) = self.lines.get_mut(line) {
            state.fresh_at = state.fresh_at.max(Some(at));
        }
    }

    /// Time passes: incidents grow, and it is seen whether the cycles go on. Call it every minute or so.
    pub(crate) fn tick(&mut self, at: Timestamp) -> Vec<Notice> {
        let mut notices = Vec::new();
        let lines: Vec<_> = self.lines.keys().cloned().collect();
        for line in lines {
            let Some(state) = self.lines.get_mut(&line) else { continue };
            let since = state.cycle_at.unwrap_or(*state.begun_at.get_or_insert(at));
            if at.duration_since(since) > state.poll * 3 + STUCK_AFTER {
                let (text, remedy) = (words::stuck(since, &state.zone), words::REMEDY_STUCK.to_owned());
                let found = Found::new(at, &line, Cause::Stuck, text, remedy).at_least(Level::Critical);
                self.found(found, &mut notices);
            }
            self.grow(at, &line, &mut notices);
        }
        let counted = self.open.values_mut().filter(|track| track.told && track.counted);
        notices.extend(counted.map(|track| track.notice(Change::Updated)));
        notices
    }

    pub(super) fn take_line(&mut self, at: Timestamp, line: &str, what: &What, notices: &mut Vec<Notice>) {
        if let Some(state) = self.lines.get_mut(line) {
            state.begun_at.get_or_insert(at);
        }
        let key = |cause| (Some(line.to_owned()), cause);
        match what {
            What::Published { number, recordings, added, removed, .. } => {
                let text = words::published(*number, *recordings, *added, *removed);
                self.filled(line);
                // A long first copy is published piece by piece: it is at work, though no cycle ends.
                if let Some(state) = self.lines.get_mut(line) {
                    state.cycle_at = state.cycle_at.max(Some(at));
                }
                self.healed(&key(Cause::Empty), at, &text, notices);
                self.tell_all(at, line, &text, notices);
                self.healed(&(None, Cause::ReadOnly), at, words::WRITES_AGAIN, notices);
                self.fresh(at, line, notices);
            }
            What::Restored { number, by_hand, damaged } => {
                let text = words::restored(*number, *by_hand);
                self.filled(line);
                self.healed(&key(Cause::Empty), at, &text, notices);
                if *by_hand {
                    self.tell_all(at, line, &text, notices);
                }
                if !damaged.is_empty() {
                    let text = self.clean(&words::damaged(*number, damaged));
                    let remedy = words::REMEDY_DAMAGED.to_owned();
                    let found = Found::new(at, line, Cause::Damaged, text, remedy);
                    self.found(found.at_least(Level::Warning), notices);
                }
            }
            What::Empty => {
                if let Some(state) = self.lines.get_mut(line) {
                    state.empty = true;
                }
                let (text, remedy) = (words::EMPTY.to_owned(), words::REMEDY_EMPTY.to_owned());
                let found = Found::new(at, line, Cause::Empty, text, remedy).at_least(Level::Critical);
                self.found(Found { heard: Heard::Trouble, ..found }, notices);
                self.grow(at, line, notices);
            }
            What::RefreshFailed => {
                let (text, remedy) = (words::BROKE_OFF.to_owned(), words::REMEDY_STUCK.to_owned());
                let found = Found::new(at, line, Cause::Stuck, text, remedy).at_least(Level::Critical);
                self.found(found, notices);
            }
            What::CycleEnded { fresh } => {
                self.healed(&key(Cause::Stuck), at, words::LOOKS_AGAIN, notices);
                self.healed(&(None, Cause::ReadOnly), at, words::WRITES_AGAIN, notices);
                if let Some(state) = self.lines.get_mut(line) {
                    state.cycle_at = state.cycle_at.max(Some(at));
                }
                if *fresh { self.fresh(at, line, notices) } else { self.missed(at, line, notices) }
            }
            _ => {}
        }
    }

    fn filled(&mut self, line: &str) {
        if let Some(state) = self.lines.get_mut(line) {
            state.empty = false;
        }
    }

    fn fresh(&mut self, at: Timestamp, line: &str, notices: &mut Vec<Notice>) {
        if let Some(state) = self.lines.get_mut(line) {
            state.missed = 0;
            state.fresh_at = state.fresh_at.max(Some(at));
        }
        for cause in [Cause::Stale, Cause::Damaged] {
            self.healed(&(Some(line.to_owned()), cause), at, words::FRESH_AGAIN, notices);
        }
    }

    fn missed(&mut self, at: Timestamp, line: &str, notices: &mut Vec<Notice>) {
        let Some(state) = self.lines.get_mut(line) else { return };
        state.missed = state.missed.saturating_add(1);
        let (missed, since) = (state.missed, state.fresh_at);
        let text = words::stale(since, &state.zone);
        let explained = self.open.values().any(|track| {
            track.told && track.incident.concerns(line) && track.incident.cause.explains_staleness()
        });
        if missed >= MISSED_CYCLES && !explained {
            let remedy = words::REMEDY_STALE.to_owned();
            self.found(Found::new(at, line, Cause::Stale, text, remedy), notices);
        }
        self.grow(at, line, notices);
    }

    /// What is open because of a line's origins grows with the age of its recordings.
    fn grow(&mut self, at: Timestamp, line: &str, notices: &mut Vec<Notice>) {
        let Some(state) = self.lines.get(line).filter(|state| state.missed > 0 || state.empty) else {
            return;
        };
        let (level, heard) = (state.level(at), state.heard());
        for key in self.keys(line, |incident| incident.cause.grows()) {
            let Some(track) = self.open.get_mut(&key) else { continue };
            let graver = track.incident.callers_heard(heard);
            let risen = track.incident.level < level;
            if risen {
                track.incident.level = level;
                track.incident.add(at, words::risen(level, state.empty).to_owned());
            }
            if track.told && (risen || graver) {
                notices.push(track.notice(if risen { Change::Risen } else { Change::Updated }));
            }
        }
    }

    /// Tells what became of the recordings, wherever callers did not hear the newest ones.
    fn tell_all(&mut self, at: Timestamp, line: &str, text: &str, notices: &mut Vec<Notice>) {
        for key in self.keys(line, |incident| incident.heard != Heard::Nothing) {
            let Some(track) = self.open.get_mut(&key) else { continue };
            if track.incident.add(at, text.to_owned()) && track.told {
                notices.push(track.notice(Change::Updated));
            }
        }
    }

    pub(super) fn level_of_age(&self, found: &Found) -> Level {
        let state = self.lines.get(&found.line).filter(|_| found.cause.grows());
        state.map_or(Level::Info, |state| state.level(found.at))
    }

    /// What callers of a line hear now because of the cause.
    pub(super) fn heard(&self, (line, cause): &Key) -> Heard {
        let state = line.as_ref().and_then(|line| self.lines.get(line));
        match state.filter(|state| cause.grows() && (state.missed > 0 || state.empty)) {
            Some(state) => state.heard(),
            None => Heard::Nothing,
        }
    }
}
