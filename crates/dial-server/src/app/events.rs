//! Hears what is told, and makes of it: rows of the log, numbers, incidents and alarms.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use dial_origin::disk::{Disk, RealDisk};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::event_log::EventLog;
use crate::alarm::{self, AlarmBell, NoticeKind};
use crate::clock::Clock;
use crate::incident::{
    Change, Desk, Incident, Journal, Level, Notice, StatusShelf, WatchedLine, journal, words,
};
use crate::logging::Redactor;
use crate::metrics::Metrics;
use crate::report::{Calls, Report};

/// Time passes for incidents in such steps.
const TICK: Duration = Duration::from_secs(30);

/// Whoever hears reports.
pub(super) struct Listening {
    pub(super) heard: Receiver<Report>,
    pub(super) lines: Vec<WatchedLine>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) calls: Arc<Calls>,
    pub(super) bell: AlarmBell,
    pub(super) status: Arc<StatusShelf>,
    pub(super) public_url: Option<String>,
    pub(super) redactor: Redactor,
    pub(super) clock: Clock,
    pub(super) data_dir: PathBuf,
    /// Whether this process may write to the data folder.
    pub(super) writes: bool,
}

impl Listening {
    /// Hears until nobody can tell any more.
    pub(super) fn run(self) {
        let at = self.clock.now();
        let journal =
            if self.writes { Journal::open(&self.data_dir) } else { (Journal::in_memory(), Vec::new()) };
        let open: Vec<String> = journal
            .1
            .iter()
            .filter(|incident| incident.is_open())
            .map(|incident| incident.id.clone())
            .collect();
        if self.writes {
            self.bell.only(open);
        }
        let (mut desk, notices) =
            Desk::open(journal, &self.lines, &self.redactor, Arc::clone(&self.status), at);
        self.alarm(notices);
        let mut log = EventLog::default();
        let mut zones: HashMap<String, TimeZone> = zones(&self.lines);
        let mut due = now() + TICK;
        loop {
            let heard = self.heard.recv_timeout(due.saturating_duration_since(now()));
            // These calls went well before it: what it opens does not count them.
            let at = self.clock.now();
            let calls = self.calls.take();
            self.alarm(
                calls.iter().flat_map(|(line, calls)| desk.calls_answered(line, *calls, at)).collect(),
            );
            let notices = match heard {
                Ok(Report::Event(event)) => {
                    log.take(&event, zones.get(&event.line).unwrap_or(&TimeZone::UTC));
                    self.metrics.take(&event);
                    desk.take(&event)
                }
                Ok(Report::Offered { line, church, newest, recordings, taken_at, at }) => {
                    // So much is known of how fresh it is, also after a restart.
                    desk.fresh_since(&line, taken_at);
                    self.metrics.confirmed(&line, taken_at);
                    desk.offered(&line, Some(church), newest, recordings, at);
                    Vec::new()
                }
                Ok(Report::Trouble { line, trouble }) => desk.trouble_heard(&line, trouble, at),
                Ok(Report::Signatures { line, signatures }) => desk.signatures(&line, signatures, at),
                Ok(Report::Voice { line, voice }) => {
                    desk.speaks(&line, &voice, at);
                    Vec::new()
                }
                Ok(Report::Lines(lines)) => {
                    zones = self::zones(&lines);
                    desk.watch(&lines, at)
                }
                Err(RecvTimeoutError::Timeout) => Vec::new(),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            self.alarm(notices);
            // Also where reports come without a pause.
            if now() >= due {
                due = now() + TICK;
                self.alarm(self.tick(&mut desk, self.clock.now()));
            }
        }
    }

    fn tick(&self, desk: &mut Desk, at: Timestamp) -> Vec<Notice> {
        if let Ok((free, _)) = RealDisk.room(&self.data_dir) {
            self.metrics.disk_free(free);
        }
        let mut notices = Vec::new();
        if self.writes
            && let Some((id, by)) = journal::take_acknowledgement(&self.data_dir)
        {
            notices.extend(desk.acknowledge(&id, &by, at));
        }
        notices.extend(desk.tick(at));
        notices
    }

    /// One alarm for an incident, one when it becomes worse, one when it is over; what is only good to know
    /// stands on the page.
    fn alarm(&self, notices: Vec<Notice>) {
        for Notice { change, incident } in notices {
            let kind = match change {
                Change::Opened | Change::Risen => NoticeKind::Opened,
                Change::Closed => NoticeKind::Closed,
                Change::Updated | Change::Acknowledged => continue,
            };
            let level = match incident.level {
                Level::Info => continue,
                Level::Warning => alarm::Level::Warning,
                Level::Critical => alarm::Level::Critical,
            };
            let over = if kind == NoticeKind::Closed { "Over: " } else { "" };
            let whose = incident.line.as_deref().map(|line| format!("{line}: ")).unwrap_or_default();
            let link = self.public_url.as_ref().map(|url| format!("{url}/status/incidents/{}", incident.id));
            self.bell.tell(alarm::Notice {
                id: incident.id.clone(),
                kind,
                level,
                at: incident.updated_at,
                subject: format!("{over}{whose}{}", incident.why),
                body: body(&incident),
                remedy: match kind {
                    NoticeKind::Closed => String::new(),
                    _ => incident.remedy.trim_end_matches('.').into(),
                },
                link,
            });
        }
    }
}

/// What happened, what callers hear if that was not said last, and how many there were.
fn body(incident: &Incident) -> String {
    let (story, heard, calls) = (words::story(incident), words::heard(incident), words::calls(incident));
    if story.ends_with(&*heard) {
        format!("{story}\n\n{calls}")
    } else {
        format!("{story}\n\n{heard} {calls}")
    }
}

fn zones(lines: &[WatchedLine]) -> HashMap<String, TimeZone> {
    lines.iter().map(|line| (line.name.clone(), line.zone.clone())).collect()
}

#[allow(clippy::disallowed_methods, reason = "ticks are of real time")]
fn now() -> Instant {
    Instant::now()
}
