//! `dial reload`: the server reads the configuration again, and no call is dropped.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::app::Lock;
use crate::config::Config;

/// Let the server read the configuration again.
///
/// The origins are those of the new configuration from now on, and are asked at once; calls go on.
/// If the configuration is wrong, this says so and the server keeps the old one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial reload
  dial reload --config /etc/dial/dial.toml")]
pub(crate) struct ReloadArgs {}

/// Wakes the server. The configuration has been read by now, so it is right.
pub(crate) fn run(_args: &ReloadArgs, config: &Config) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        wake(config)?,
        "no server runs on the data folder `{}`: start it with `dial serve`",
        config.data.dir.display()
    );
    writeln!(std::io::stdout(), "The server reads its configuration again, and looks at all origins now.")?;
    Ok(ExitCode::SUCCESS)
}

/// Tells the server of the data folder to look. Says whether there is one.
pub(super) fn wake(config: &Config) -> anyhow::Result<bool> {
    let Some(pid) = Lock::holder(&config.data.dir) else { return Ok(false) };
    #[cfg(unix)]
    {
        let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
        let pid = pid.context("the lock of the data folder names no process")?;
        rustix::process::kill_process(pid, rustix::process::Signal::HUP)
            .context("the server cannot be told: run this as the user that runs the server")?;
        Ok(true)
    }
    #[cfg(not(unix))]
    anyhow::bail!("on this system, restart the server (process {pid}) instead")
}
