//! Progress of long work, and what was found meanwhile, on stderr.

use std::io::{IsTerminal, Write};

use dial_core::catalogue::Defect;
use dial_origin::keeper::Stage;

/// A new state of the preparation is shown after so much more of a recording.
const STEP_MS: u64 = 30_000;
/// A new state of a fetch is shown after so many more bytes.
const STEP_BYTES: u64 = 1_000_000;

/// One row that is written over, on a terminal; elsewhere a row for each file.
#[derive(Debug, Default)]
pub(super) struct Bar {
    file: String,
    fetching: bool,
    shown: u64,
    open: bool,
}

impl Bar {
    pub(super) fn show(&mut self, file: &str, stage: Stage) {
        let (fetching, done, step) = match stage {
            Stage::Fetching(came, _) => (true, came, STEP_BYTES),
            Stage::Preparing(progress) => (false, progress.done_ms, STEP_MS),
        };
        let new = self.file != file || self.fetching != fetching;
        if !new && done < self.shown + step {
            return;
        }
        (self.file, self.fetching, self.shown) = (file.into(), fetching, done);
        let mut err = std::io::stderr().lock();
        if err.is_terminal() {
            let _ = write!(err, "\r\x1b[K{}", crate::app::told(file, stage));
            let _ = err.flush();
            self.open = true;
        } else if new {
            let _ = writeln!(err, "{} `{file}`", if fetching { "Fetching" } else { "Preparing" });
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
