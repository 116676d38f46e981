//! `dial rollback`: back to what callers heard before.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use dial_origin::disk::RealDisk;
use dial_origin::fault::moment;
use dial_origin::keeper::{Wishes, line_dir};
use dial_origin::snapshot::Shelf;

use super::{held, reload};
use crate::config::Config;

/// Go back to an earlier snapshot of a line.
///
/// The last ten snapshots are kept. Without --to it is the one before the present one. The list
/// that you go back from is not taken again until its origin changes it, or you approve it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial rollback st-marys --list
  dial rollback st-marys
  dial rollback st-marys --to 41")]
pub(crate) struct RollbackArgs {
    /// The line
    line: Option<String>,
    /// The number of the snapshot
    #[arg(long, value_name = "NUMBER")]
    to: Option<u64>,
    /// Only list the snapshots
    #[arg(long)]
    list: bool,
}

/// Lists snapshots, or goes back to one.
pub(crate) fn run(args: &RollbackArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let line = held::line(config, args.line.as_deref())?;
    let shelf = Shelf::new(&line_dir(&config.data.dir, &line.name), Arc::new(RealDisk));
    let kept = shelf.summaries();
    let mut out = std::io::stdout().lock();
    if args.list {
        for snapshot in &kept {
            let mark = if snapshot.current { "   <- callers hear this one" } else { "" };
            let (taken, recordings) = (moment(snapshot.taken_at, &line.time_zone), snapshot.recordings);
            writeln!(
                out,
                "{:>6}  {recordings} recordings from {}, taken {taken}{mark}",
                snapshot.number, snapshot.origin
            )?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let current = kept.iter().find(|snapshot| snapshot.current).map_or(u64::MAX, |snapshot| snapshot.number);
    let wanted = match args.to {
        Some(number) => kept.iter().find(|snapshot| snapshot.number == number),
        None => kept.iter().find(|snapshot| snapshot.number < current),
    };
    let wanted = wanted.context("there is no such snapshot: see them with `dial rollback --list`")?;
    Wishes::of(&config.data.dir, &line.name)
        .go_back(wanted.number)
        .context("the wish cannot be written to the data folder")?;
    let when = if reload::wake(config)? { "now" } else { "when the server starts" };
    writeln!(out, "{}: callers hear snapshot {} {when}.", line.name, wanted.number)?;
    Ok(ExitCode::SUCCESS)
}
