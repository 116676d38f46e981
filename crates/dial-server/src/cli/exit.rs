//! How the program ends: a chain of plain sentences on stderr, and a number for scripts.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use crate::config::LoadError;

/// A file that cannot be used: `EX_CONFIG` of `sysexits.h`, which systemd knows by that name.
const WRONG_CONFIGURATION: u8 = 78;

/// Reports a failure with its causes, and says how the program ends.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let mut causes = error.chain();
    let mut text = String::from("dial: ");
    if let Some(error) = causes.next() {
        text.push_str(&error.to_string());
    }
    for cause in causes {
        write!(text, "\n  because {cause}").expect("a string takes any text");
    }
    // Where stderr is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
    code(error)
}

fn code(error: &anyhow::Error) -> ExitCode {
    if error.is::<LoadError>() { ExitCode::from(WRONG_CONFIGURATION) } else { ExitCode::FAILURE }
}
