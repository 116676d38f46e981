//! Looks at the origins from time to time, and offers what is new. It never stops for a fault.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use dial_origin::folder;
use dial_origin::sound::SoundStore;
use tracing::{info, warn};

use super::{OwnedLine, load, prune};
use crate::library::Library;

/// A file that changed this recently may still be being copied.
const SETTLED: Duration = Duration::from_secs(5);
/// Work on a file is reported so often.
const REPORT: Duration = Duration::from_secs(10);

/// Every line's origins.
pub(super) struct Watch {
    pub(super) lines: Vec<OwnedLine>,
    pub(super) library: Arc<Library>,
    pub(super) sounds: Arc<SoundStore>,
}

impl Watch {
    /// Looks until `stop` is dropped. The first look is at once.
    pub(super) fn run(self, stop: &Receiver<()>) {
        let mut due: Vec<Instant> = vec![now(); self.lines.len()];
        let mut told: HashMap<String, Vec<String>> = HashMap::new();
        let mut first = true;
        loop {
            for (owned, due) in self.lines.iter().zip(&mut due) {
                if *due <= now() {
                    *due = now() + Duration::from_secs(u64::from(owned.poll_s));
                    if first || owned.folders.iter().all(|folder| folder::settled(folder, SETTLED)) {
                        self.look(owned, &mut told);
                    }
                }
            }
            first = false;
            let next = due.iter().min().copied().unwrap_or_else(now);
            match stop.recv_timeout(next.saturating_duration_since(now()).max(Duration::from_millis(100))) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn look(&self, owned: &OwnedLine, told: &mut HashMap<String, Vec<String>>) {
        let before = owned.line.catalogue().revision();
        let line = owned.line.name.as_str();
        let mut reported = now();
        let mut progress = |file: &str, progress: dial_origin::sound::Progress| {
            if reported.elapsed() >= REPORT {
                reported = now();
                info!(line, "Preparing `{file}`: {progress}");
            }
        };
        let problems: Vec<String> = match load(owned, &self.library, &self.sounds, &mut progress) {
            Ok(problems) => problems.iter().map(ToString::to_string).collect(),
            Err(failures) => failures
                .iter()
                .flat_map(|failure| {
                    std::iter::once(failure.to_string())
                        .chain(failure.problems.iter().map(ToString::to_string))
                })
                .collect(),
        };
        let catalogue = owned.line.catalogue();
        if catalogue.revision() != before {
            info!(line, catalogue.recordings = catalogue.all().len(), "New recordings are offered");
            let lines: Vec<_> = self.lines.iter().map(|owned| Arc::clone(&owned.line)).collect();
            prune(&lines, &self.library);
        }
        // A fault is told once, not at every look.
        if told.get(line) != Some(&problems) {
            for problem in &problems {
                warn!(line, "{problem}");
            }
            told.insert(line.to_owned(), problems);
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "waits between looks are real time")]
fn now() -> Instant {
    Instant::now()
}
