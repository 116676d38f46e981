//! `dial approve`: a list that waits for a person is right.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use dial_origin::keeper::Wishes;

use super::{held, reload};
use crate::config::Config;

/// Take the list that waits.
///
/// Look first at what waits, with `dial held`. The server takes the list at once; without a
/// server it is taken at the next start.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial approve                  where there is only one line
  dial approve st-marys")]
pub(crate) struct ApproveArgs {
    /// The line whose list is right
    line: Option<String>,
}

/// Approves.
pub(crate) fn run(args: &ApproveArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let line = held::line(config, args.line.as_deref())?;
    let wishes = Wishes::of(&config.data.dir, &line.name);
    let mut out = std::io::stdout().lock();
    let Some(held) = wishes.held() else {
        writeln!(out, "{}: no list waits.", line.name)?;
        return Ok(ExitCode::FAILURE);
    };
    wishes.approve(&held).context("the approval cannot be written to the data folder")?;
    let when = if reload::wake(config)? { "is taken now" } else { "is taken when the server starts" };
    writeln!(out, "{}: {} from the origin {} {when}.", line.name, held.reason, held.origin)?;
    Ok(ExitCode::SUCCESS)
}
