//! `dial held`: which lists wait for a person, and why.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use dial_origin::fault::moment;
use dial_origin::keeper::Wishes;

use crate::config::{Config, Line};

/// Show the lists that wait for a person.
///
/// A list that is empty, that lacks many of the recordings, or that has none of them is not taken:
/// callers go on hearing what they heard. If the list is right all the same, approve it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial held
  dial approve st-marys         take the list that waits")]
pub(crate) struct HeldArgs {}

/// Shows what waits, line by line. Ends with 1 if something waits.
pub(crate) fn run(_args: &HeldArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let mut waiting = false;
    for line in &config.lines {
        let Some(held) = Wishes::of(&config.data.dir, &line.name).held() else { continue };
        waiting = true;
        let (name, since) = (&line.name, moment(held.since, &line.time_zone));
        writeln!(out, "{name}: the origin {} sent {} {since}.", held.origin, held.reason)?;
        writeln!(out, "  Callers hear the recordings from before. If it is right, run: dial approve {name}")?;
    }
    if !waiting {
        writeln!(out, "No list waits.")?;
    }
    Ok(if waiting { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The line that is meant: the one that is named, or the only one.
pub(super) fn line<'a>(config: &'a Config, name: Option<&str>) -> anyhow::Result<&'a Line> {
    let found = match (name, config.lines.as_slice()) {
        (Some(name), lines) => lines.iter().find(|line| line.name == name),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = config.lines.iter().map(|line| line.name.as_str()).collect();
        anyhow::anyhow!("say which line you mean, one of: {}", names.join(", "))
    })
}
