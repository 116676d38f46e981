//! `dial check`: is the configuration right, and can everything be played?

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::global::ListenArgs;
use crate::config::Config;
use crate::logging::Redactor;

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
#[expect(clippy::unused_async, reason = "what it is going to do waits")]
pub(crate) async fn run(_args: CheckArgs, _config: Config, _redactor: Redactor) -> anyhow::Result<ExitCode> {
    bail!("`dial check` is not wired yet")
}
