//! `dial serve`: answers calls until it is told to stop.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::global::ListenArgs;
use crate::config::Config;
use crate::logging::Redactor;

/// Answer calls.
///
/// Reads the configuration, prepares the recordings, and answers the calls that your telephone
/// company passes on. It goes on with its own copy when the places the recordings come from do
/// not answer. To stop it, press Ctrl-C or send SIGTERM: calls in progress are ended politely.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial serve
  dial serve --config /etc/dial/dial.toml
  dial serve --listen 0.0.0.0:8080 --public-url https://phone.example.org
  DIAL_AUTH_TOKEN=... dial serve --log-format json")]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(super) listen: ListenArgs,
}

/// Serves the lines of the configuration.
#[expect(clippy::unused_async, reason = "what it is going to do waits")]
pub(crate) async fn run(_args: ServeArgs, _config: Config, _redactor: Redactor) -> anyhow::Result<ExitCode> {
    bail!("`dial serve` is not wired yet")
}
