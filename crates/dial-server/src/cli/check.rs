//! `dial check`: is the configuration right, and can everything be played?

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use super::global::ListenArgs;
use super::progress;
use crate::app::App;
use crate::checkup::{self, Finding, Level, Offer};
use crate::clock::Clock;
use crate::config::{Config, LoadError};

/// Check the configuration and the recordings.
///
/// Says in plain sentences what a caller would miss. It changes nothing and answers no call.
/// Ends with 0 if all is well and with 1 if it found something.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial check
  dial check --config /etc/dial/dial.toml")]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(super) listen: ListenArgs,
}

/// Checks what the configuration names; the configuration itself has been read by now.
pub(crate) fn run(_args: &CheckArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let app = match App::build(config, Clock::system()) {
        Ok(app) => app,
        Err(error) => {
            writeln!(std::io::stdout(), "SILENT   all lines: {error:#}")?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut bar = progress::Bar::default();
    let checkup = checkup::check(&app, config, &mut |file, done| bar.show(file, done));
    bar.end();
    let faults = checkup.findings.iter().filter(|finding| finding.level < Level::Advice).count();
    let mut text = String::new();
    for Finding { level, line, text: finding } in &checkup.findings {
        let level = match level {
            Level::Silent => "SILENT ",
            Level::Missing => "MISSING",
            Level::Advice => "advice ",
        };
        text.push_str(&format!("{level}  {line}: {finding}\n"));
    }
    for Offer { line, church, audible, hidden } in &checkup.offers {
        if church.is_empty() {
            text.push_str(&format!("{line}: callers hear that the line has some trouble\n"));
            continue;
        }
        let recordings = if *audible == 1 { "recording" } else { "recordings" };
        let more = if *hidden == 0 {
            String::new()
        } else {
            format!("; {hidden} more will be offered when their time comes")
        };
        text.push_str(&format!("{line}: callers of {church} hear {audible} {recordings}{more}\n"));
    }
    text.push_str(&match (faults, checkup.findings.len()) {
        (0, 0) => "All is well.\n".to_owned(),
        (0, _) => "Nothing is missing; see the advice above.\n".to_owned(),
        (1, _) => "There is one thing to mend.\n".to_owned(),
        (faults, _) => format!("There are {faults} things to mend.\n"),
    });
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A configuration that cannot be read is what the check found.
pub(crate) fn wrong_configuration(error: &LoadError) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "{error}");
    ExitCode::FAILURE
}
