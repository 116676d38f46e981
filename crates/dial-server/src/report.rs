//! What channels and keepers tell of what they do. Telling never waits on a call's way: where nobody
//! listens fast enough, a call's report is dropped. A call that goes well wakes nobody: it is only counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use dial_core::call::HangupCause;
use dial_core::catalogue::Catalogue;
use dial_origin::event::Event;
use jiff::Timestamp;

use crate::incident::{Newest, Signatures, Trouble, WatchedLine};
use crate::metrics::Metrics;

/// Reports that wait to be heard.
const QUEUE: usize = 1000;
/// A line with so many refused signatures in a row is probably set up wrongly.
const IN_A_ROW: u32 = 3;

/// Something that is told.
pub(crate) enum Report {
    /// Something happened to a line's copy.
    Event(Event),
    /// A line offers this from now on.
    Offered {
        /// The line.
        line: String,
        /// Whose line it is.
        church: String,
        /// The newest recording that can be heard.
        newest: Option<Newest>,
        /// How many can be heard.
        recordings: usize,
        /// When its snapshot was taken.
        taken_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// A caller heard that the line has some trouble.
    Trouble {
        /// Of which line.
        line: String,
        /// What is behind it.
        trouble: Trouble,
    },
    /// Whether the provider's signatures fit.
    Signatures {
        /// Of which line.
        line: String,
        /// How they are.
        signatures: Signatures,
    },
    /// Who speaks on a line, as a sentence.
    Voice {
        /// The line.
        line: String,
        /// Who speaks.
        voice: String,
    },
    /// The configuration was read again.
    Lines(Vec<WatchedLine>),
}

/// Where things are told.
#[derive(Clone)]
pub(crate) struct Reports {
    queue: SyncSender<Report>,
    /// What is counted.
    pub(crate) metrics: Arc<Metrics>,
    /// The calls that went well.
    pub(crate) calls: Arc<Calls>,
    suspects: Arc<Mutex<Suspects>>,
}

/// How many calls of each line were answered well since they were last taken.
#[derive(Default)]
pub(crate) struct Calls(Mutex<BTreeMap<String, u64>>);

impl Calls {
    fn count(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match lines.get_mut(line) {
            Some(calls) => *calls += 1,
            None => drop(lines.insert(line.into(), 1)),
        }
    }

    /// Takes the counts: each call is told once.
    pub(crate) fn take(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// When a webhook came.
pub(crate) struct Asked(Instant);

/// Lines whose signatures were refused lately.
#[derive(Default)]
struct Suspects {
    rows: std::collections::HashMap<String, u32>,
    told: BTreeSet<String>,
}

impl Reports {
    /// A way for reports, and its end.
    pub(crate) fn new() -> (Self, Receiver<Report>) {
        let (queue, heard) = sync_channel(QUEUE);
        (Self { queue, metrics: Arc::default(), calls: Arc::default(), suspects: Arc::default() }, heard)
    }

    /// Tells an event. Waits for room: not for use on a call's way.
    pub(crate) fn event(&self, event: Event) {
        self.tell(Report::Event(event));
    }

    /// Tells anything. Waits for room: not for use on a call's way.
    pub(crate) fn tell(&self, report: Report) {
        // After the end of everything nobody hears it.
        let _ = self.queue.send(report);
    }

    /// A call was answered as it should be.
    pub(crate) fn call(&self, line: &str) {
        self.calls.count(line);
    }

    /// A caller heard that the line has some trouble, while it offered this.
    pub(crate) fn trouble(&self, line: &str, offered: &Catalogue) {
        self.metrics.polite_failure();
        let trouble = if offered.is_unread() { Trouble::Unread } else { Trouble::Fault };
        let _ = self.queue.try_send(Report::Trouble { line: line.into(), trouble });
    }

    /// A webhook came; it is answered when what this returns is given back.
    #[allow(clippy::disallowed_methods, reason = "how long an answer takes is real time")]
    pub(crate) fn asked() -> Asked {
        Asked(Instant::now())
    }

    /// A webhook was answered.
    pub(crate) fn answered(&self, asked: &Asked) {
        self.metrics.answered(asked.0.elapsed());
    }

    /// A call ended.
    pub(crate) fn ended(&self, line: &str, cause: HangupCause) {
        self.metrics.ended(line, cause);
    }

    /// A webhook was refused. `signed` tells whether it was signed at all: a stranger's mostly is not.
    pub(crate) fn refused(&self, line: &str, signed: bool) {
        self.metrics.signature_failure();
        if !signed {
            return;
        }
        let mut suspects = self.suspects.lock().unwrap_or_else(PoisonError::into_inner);
        let row = suspects.rows.entry(line.into()).or_default();
        *row = row.saturating_add(1);
        if *row >= IN_A_ROW && suspects.told.insert(line.into()) {
            self.signatures(line, Signatures::Wrong);
        }
    }

    /// A webhook was believed.
    pub(crate) fn believed(&self, line: &str) {
        let mut suspects = self.suspects.lock().unwrap_or_else(PoisonError::into_inner);
        if suspects.rows.is_empty() {
            return;
        }
        suspects.rows.remove(line);
        if suspects.told.remove(line) {
            self.signatures(line, Signatures::Right);
        }
    }

    fn signatures(&self, line: &str, signatures: Signatures) {
        let _ = self.queue.try_send(Report::Signatures { line: line.into(), signatures });
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn calls_that_go_well_are_counted_and_wake_nobody() {
        let (reports, heard) = Reports::new();
        for line in ["st-annes", "st-marys", "st-annes"] {
            reports.call(line);
        }
        assert!(heard.try_recv().is_err());
        let counts = [("st-annes".to_owned(), 2), ("st-marys".to_owned(), 1)];
        assert_eq!(reports.calls.take(), counts.into());
        assert!(reports.calls.take().is_empty(), "each call is told once");
    }

    #[test]
    fn trouble_is_told_at_once_with_whether_a_list_was_read() {
        let (reports, heard) = Reports::new();
        let unread = Catalogue::unread(TimeZone::UTC);
        let read = Catalogue::new("St Anne's".into(), TimeZone::UTC, Vec::new());
        for (offered, expected) in [(unread, Trouble::Unread), (read, Trouble::Fault)] {
            reports.trouble("st-annes", &offered);
            let told = heard.try_recv();
            assert!(matches!(told, Ok(Report::Trouble { trouble, .. }) if trouble == expected));
        }
    }
}
