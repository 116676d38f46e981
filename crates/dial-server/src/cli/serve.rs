//! `dial serve`: answers calls until it is told to stop.

use std::process::ExitCode;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::global::ListenArgs;
use crate::app::{self, App};
use crate::clock::Clock;
use crate::config::Config;
use crate::logging::Redactor;

/// Answer calls.
///
/// Reads the configuration, prepares the recordings, and answers the calls that your telephone
/// company passes on. It goes on with its own copy when the places the recordings come from do
/// not answer. To stop it, press Ctrl-C or send SIGTERM: calls in progress may end first;
/// a second signal stops at once.
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
pub(crate) async fn run(
    _args: &ServeArgs,
    config: Config,
    reload: &dyn Fn() -> anyhow::Result<Config>,
    redactor: Redactor,
) -> anyhow::Result<ExitCode> {
    let app = App::build(&config, Clock::system())?;
    app::register_secrets(&config, &redactor)?;
    app::serve(app, &config, &redactor, reload, &CancellationToken::new(), |_| {}).await?;
    Ok(ExitCode::SUCCESS)
}
