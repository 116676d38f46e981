//! `dial demo`: serves a line of its own, so that a call can be heard without any set-up.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::global::ListenArgs;
use crate::config::Config;
use crate::logging::Redactor;

/// Try a line out, without any set-up.
///
/// Serves a line with a few short recordings that are part of the program.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial demo
  dial demo --listen 127.0.0.1:9000
  dial call --demo              hear that line here, without a server")]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    pub(super) listen: ListenArgs,
}

/// Serves the demonstration. The configuration has no line: only where to listen and keep things.
#[expect(clippy::unused_async, reason = "what it is going to do waits")]
pub(crate) async fn run(_args: DemoArgs, _config: Config, _redactor: Redactor) -> anyhow::Result<ExitCode> {
    bail!("`dial demo` is not wired yet")
}
