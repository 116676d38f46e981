//! `dial` answers telephone calls and plays a church's recordings.
//!
//! This file parses the command line and reports how it went; nothing else.

mod alarm;
mod app;
mod channel;
mod checkup;
mod cli;
mod clock;
mod config;
mod demo;
mod incident;
mod library;
mod line;
mod logging;
mod metrics;
mod prompts;
mod report;
mod secret;
mod secret_file;
mod speech;
mod store;
mod web;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime");
    let ended = runtime.and_then(|runtime| runtime.block_on(cli.run()));
    ended.unwrap_or_else(|error| cli::report(&error))
}
