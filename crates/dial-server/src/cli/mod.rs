//! The command line: one file for each verb, with its arguments, its help and what it does.
//!
//! Only this module and the ones below it print. It must not hold what a server needs to run:
//! that is built and owned by `app`.

mod alarm;
mod approve;
mod call;
mod chapters;
mod check;
mod config;
mod demo;
mod exit;
mod global;
mod held;
mod incidents;
mod progress;
mod reload;
mod rollback;
mod serve;
#[cfg(test)]
mod tests;
mod voice;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::global::GlobalArgs;
use crate::clock::Clock;
use crate::logging::{self, Redactor};

pub(crate) use self::exit::report;

/// Answers telephone calls and plays a church's recordings.
#[derive(Debug, Parser)]
#[command(
    name = "dial",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  dial demo                     hear a call now, without any set-up
  dial config > dial.toml       begin a configuration, explained row by row
  dial check                    is it right, and can everything be played?
  dial serve                    answer calls
  dial alarm test               does anybody hear of it when something is wrong?

Exit codes:
  0 done   1 failed, or `check` found something   2 wrong command line   78 wrong configuration"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Serve(serve::ServeArgs),
    Demo(demo::DemoArgs),
    Call(call::CallArgs),
    Check(check::CheckArgs),
    Chapters(chapters::ChaptersArgs),
    Held(held::HeldArgs),
    Approve(approve::ApproveArgs),
    Rollback(rollback::RollbackArgs),
    Reload(reload::ReloadArgs),
    Incidents(incidents::IncidentsArgs),
    Alarm(alarm::AlarmArgs),
    Voice(voice::VoiceArgs),
    Config(config::ConfigArgs),
}

impl Cli {
    /// Does what the command line says.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let Self { global, verb } = self;
        let redactor = Redactor::default();
        match verb {
            Verb::Serve(args) => {
                let config = global.load(Some(&args.listen))?;
                let _log = logging::start(&config.log, &redactor)?;
                let reload = || Ok(global.load(Some(&args.listen))?);
                serve::run(&args, config, &reload, redactor).await
            }
            Verb::Demo(args) => {
                let config = global.without_file(Some(&args.listen));
                // A story is told; a log would only stand in its way, unless it is asked for.
                let wanted = !args.incident || global.log_level.is_some();
                let _log = wanted.then(|| logging::start(&config.log, &redactor)).transpose()?;
                demo::run(args, config, redactor).await
            }
            Verb::Call(args) => {
                let config = if args.needs_config() { global.load(None)? } else { global.without_file(None) };
                let _log = logging::start(&config.log, &redactor)?;
                call::run(args, config, redactor).await
            }
            Verb::Check(args) => {
                let config = match global.load(Some(&args.listen)) {
                    Ok(config) => config,
                    Err(error) => return Ok(check::wrong_configuration(&error)),
                };
                let _log = logging::start(&config.log, &redactor)?;
                tokio::task::block_in_place(|| check::run(&args, &config))
            }
            Verb::Chapters(args) => chapters::run(&args, &global.load(None)?),
            Verb::Held(args) => held::run(&args, &global.load(None)?),
            Verb::Approve(args) => approve::run(&args, &global.load(None)?),
            Verb::Rollback(args) => rollback::run(&args, &global.load(None)?),
            Verb::Reload(args) => reload::run(&args, &global.load(None)?),
            Verb::Incidents(args) => {
                let config = global.load(None)?;
                let _log = logging::start(&config.log, &redactor)?;
                incidents::run(&args, &config.data.dir)
            }
            Verb::Voice(args) => match args.only_says() {
                Some(args) => voice::say(args),
                None => voice::run(&args, &global.load(None)?),
            },
            Verb::Config(args) => config::run(&args, &global),
            Verb::Alarm(args) => {
                let config = global.load(None)?;
                let _log = logging::start(&config.log, &redactor)?;
                alarm::run(args, config, Clock::system()).await
            }
        }
    }
}
