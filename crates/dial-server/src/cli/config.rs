//! `dial config`: shows what can be set, or what is in force.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::global::{GlobalArgs, ListenArgs};
use crate::config::EXAMPLE;

/// Show what can be set, or what is in force.
///
/// Prints a configuration with every key, its default and an explanation, ready to be changed.
/// With --resolved it prints what is in force: the file, with flags and environment over it.
/// Secrets are never printed, and telephone numbers are masked.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial config > dial.toml
  dial config --resolved
  dial config --resolved --config /etc/dial/dial.toml")]
pub(crate) struct ConfigArgs {
    /// What is in force, instead of the example.
    #[arg(long)]
    resolved: bool,
    #[command(flatten)]
    listen: ListenArgs,
}

pub(super) fn run(args: &ConfigArgs, global: &GlobalArgs) -> anyhow::Result<ExitCode> {
    let text = if args.resolved { global.load(Some(&args.listen))?.to_toml() } else { EXAMPLE.into() };
    match io::stdout().write_all(text.as_bytes()) {
        // The reader has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        written => written.context("cannot print the configuration").map(|()| ExitCode::SUCCESS),
    }
}
