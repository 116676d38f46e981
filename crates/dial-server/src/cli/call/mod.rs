//! `dial call`: rings a line from this terminal.

mod ear;
mod local;
mod print;
mod recorder;
mod remote;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use dial_core::call::PhoneNumber;
use jiff::Timestamp;
use reqwest::Url;

use crate::channel::script::Script;
use crate::config::{Config, phone_number};
use crate::logging::Redactor;

/// The longest call that can be asked for, in seconds: what a telephone company allows, a day.
const MAX_CALL_S: i64 = 86_400;

/// Ring a line from here.
///
/// Goes through a call as a caller would, with the keys you type or those of --keys, and prints
/// what the line says. With --url it rings a server as the telephone company does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial call --demo
  dial call st-marys
  dial call st-marys --keys \"1 wait:90 6 5 5 *\" --transcript json
  dial call st-marys --at 2022-07-10T12:00:00Z --keys 1 --for 60 --record call.wav
  dial call --url https://phone.example.org/twiml/st-marys/answer --auth-token-file token --keys 1

--keys: the keys 0 to 9, * and #, with blanks between them; wait:90 lets 90 seconds pass, without
a wait a second passes. When the keys are used up the caller stays silent until the line hangs up.
Typed keys: 0 to 9, * and #; q or Esc hangs up.
The token for --url can also be given as DIAL_AUTH_TOKEN.")]
pub(crate) struct CallArgs {
    /// The line to ring; not needed where there is only one.
    pub(crate) line: Option<String>,
    /// Ring the demonstration line, without a configuration.
    #[arg(long, conflicts_with_all = ["line", "url"])]
    pub(crate) demo: bool,
    /// The keys to press and the waits between them, instead of the ones you type.
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true)]
    pub(crate) keys: Option<Script>,
    /// The time at which the call takes place, instead of now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    /// The number that rings; otherwise it is withheld.
    #[arg(long, value_name = "NUMBER", value_parser = phone_number)]
    pub(crate) from: Option<PhoneNumber>,
    /// Write what the caller hears into this WAV file.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Hang up after this time.
    #[arg(long = "for", value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=MAX_CALL_S))]
    pub(crate) for_s: Option<u32>,
    /// Print what was said and pressed.
    #[arg(long, value_name = "FORM")]
    pub(crate) transcript: Option<Transcript>,
    /// Ring this server instead, as the telephone company does.
    #[arg(long, conflicts_with = "line")]
    pub(crate) url: Option<Url>,
    /// The file with the token that signs requests to the server.
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(crate) auth_token_file: Option<PathBuf>,
    /// As long as a call, or as fast as this machine can. With --keys a call takes an instant; with
    /// --url as long as keys are to come, because that server has its own clock.
    #[arg(long)]
    pub(crate) pace: Option<Pace>,
}

/// The form of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transcript {
    /// One JSON object a row.
    Json,
    /// For people.
    Text,
}

/// How time passes during a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Pace {
    /// As it does.
    Real,
    /// As fast as this machine can.
    Instant,
}

impl CallArgs {
    /// Whether the line is one of the configuration file.
    pub(super) fn needs_config(&self) -> bool {
        !self.demo && self.url.is_none()
    }
}

/// Rings the line. The configuration has no line with `--demo` and `--url`.
pub(crate) async fn run(args: CallArgs, config: Config, redactor: Redactor) -> anyhow::Result<ExitCode> {
    match &args.url {
        Some(url) => remote::run(&args, url, &redactor).await,
        None => tokio::task::block_in_place(|| local::run(&args, config)),
    }
}
