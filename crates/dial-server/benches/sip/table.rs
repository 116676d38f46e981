//! Rows for a person to read.

use std::io::Write as _;

pub(crate) fn say(row: &str) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{row}").and_then(|()| output.flush());
}
