//! A call to another server, as a telephone company makes it.

use std::process::ExitCode;

use anyhow::{Context, Result};
use dial_core::time::Millis;
use reqwest::Url;

use super::print::Printer;
use super::recorder::Recorder;
use super::{CallArgs, Pace, Transcript};
use crate::channel::ring::{self, Caller, DIALLED, Heard, WITHHELD};
use crate::channel::transcript::Party;
use crate::cli::progress;
use crate::config::AUTH_TOKEN_ENV;
use crate::logging::Redactor;
use crate::secret::Secret;
use crate::speech;

pub(super) async fn run(args: &CallArgs, url: &Url, redactor: &Redactor) -> Result<ExitCode> {
    let from = args.from.as_ref().map_or(WITHHELD, |number| number.expose());
    let mut caller = Caller::new(from, DIALLED, |words| speech::estimate(words).0.into());
    caller.token = match &args.auth_token_file {
        Some(path) => Some(Secret::from_file(path)?),
        None => Secret::from_environment(AUTH_TOKEN_ENV).ok(),
    };
    if let Some(token) = &caller.token {
        redactor.register(token.expose());
    }
    caller.script = args.keys.clone().unwrap_or_default();
    caller.for_seconds = args.for_s.map(u64::from);
    caller.pace = match args.pace {
        Some(Pace::Instant) => ring::Pace::Instant,
        Some(Pace::Real) | None => ring::Pace::Real,
    };
    caller.status_url = ring::status_url(url);
    let printer = Printer { form: args.transcript.unwrap_or(Transcript::Text), live: false };
    let mut recorder = args.record.as_deref().map(Recorder::create).transpose()?;
    let mut record = recorder.as_mut().map(|recorder| {
        |heard: Heard<'_>| match heard {
            Heard::Words { text, ms } => recorder.words(text, millis(ms)),
            Heard::Sound(bytes) => recorder.sound(bytes),
            Heard::Silence { ms } => recorder.silence(millis(ms)),
        }
    });
    let mut tell = |event| printer.event(&event);
    let record = record.as_mut().map(|record| record as &mut (dyn FnMut(Heard<'_>) + Send));
    let report = caller.ring(url, &mut tell, record).await?;
    for warning in &report.warnings {
        progress::note(&format!("The provider would warn: {warning}"));
    }
    if let Some(recorder) = recorder {
        recorder.finish()?;
    }
    match report.failure {
        None => {
            let by = if report.ended_by == Party::Line { "the line" } else { "the caller" };
            progress::note(&format!(
                "Call {} lasted {} s and took {} documents; {by} ended it, and the provider calls it {}.",
                report.call_sid,
                report.duration_ms / 1000,
                report.documents,
                report.status
            ));
            Ok(ExitCode::SUCCESS)
        }
        Some(failure) => Err(failure).context("the call failed, and the caller heard the provider's apology"),
    }
}

fn millis(ms: u64) -> Millis {
    Millis(u32::try_from(ms).unwrap_or(u32::MAX))
}
