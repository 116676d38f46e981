//! Progress of long work, and what was found meanwhile, on stderr.

use std::io::{IsTerminal, Write};

use dial_core::catalogue::Defect;
use dial_origin::sound::Progress;

/// A new state is shown after so much more of a recording.
const STEP_MS: u64 = 30_000;

/// One row that is written over, on a terminal; elsewhere a row for each file.
#[derive(Debug, Default)]
pub(super) struct Bar {
    file: String,
    shown_ms: u64,
    open: bool,
}

impl Bar {
    pub(super) fn show(&mut self, file: &str, progress: Progress) {
        let new = self.file != file;
        if !new && progress.done_ms < self.shown_ms + STEP_MS {
            return;
        }
        (self.file, self.shown_ms) = (file.into(), progress.done_ms);
        let mut err = std::io::stderr().lock();
        if err.is_terminal() {
            let _ = write!(err, "\r\x1b[KPreparing {file} for the telephone: {progress}");
            let _ = err.flush();
            self.open = true;
        } else if new {
            let _ = writeln!(err, "Preparing {file} for the telephone");
        }
    }

    /// Ends the row, so that others can follow.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.open) {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

/// Tells what is wrong.
pub(super) fn tell(bar: &mut Bar, problems: &[Defect]) {
    bar.end();
    for problem in problems {
        note(&problem.to_string());
    }
}

/// One sentence to stderr.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
