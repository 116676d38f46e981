//! A call in this process: the same line as the server's, without a server.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use dial_core::call::{CallId, CallRecord, HangupCause};
use dial_core::catalogue::Gravity;
use dial_core::session::Left;
use dial_core::time::Millis;

use super::ear::{Caller, Keys, RawTerminal, Started};
use super::print::Printer;
use super::recorder::Recorder;
use super::{CallArgs, Pace, Transcript};
use crate::app::App;
use crate::channel::simulator::Simulator;
use crate::channel::transcript::Party;
use crate::cli::progress;
use crate::clock::Clock;
use crate::config::Config;

pub(super) fn run(args: &CallArgs, mut config: Config) -> Result<ExitCode> {
    let clock = Clock::system();
    let answered_at = args.at.unwrap_or_else(|| clock.now());
    if args.demo {
        crate::cli::demo::add_line(&mut config, clock.now())?;
    }
    let app = App::build(&config, clock)?;
    let Some(owned) = app.find(args.line.as_deref()) else {
        let names: Vec<&str> = config.lines.iter().map(|line| line.name.as_str()).collect();
        bail!(
            "there is no line `{}`: choose one of {}",
            args.line.as_deref().unwrap_or_default(),
            names.join(", ")
        );
    };
    let mut bar = progress::Bar::default();
    let mut problems = app.load(owned, &mut |file, stage| bar.show(file, stage));
    app.recall_voices(&config);
    problems.retain(|problem| problem.gravity < Gravity::Doubtful);
    progress::tell(&mut bar, &problems);

    let caller = args.from.as_ref().and_then(|number| app.store.caller(number.expose()));
    let memory = app.store.memory(&owned.line.name, caller.as_ref());
    let form = args.transcript.unwrap_or(Transcript::Text);
    let typed = args.keys.is_none() && args.pace != Some(Pace::Instant) && std::io::stdin().is_terminal();
    let _raw =
        typed.then(RawTerminal::enter).transpose().context("cannot read single keys from this terminal")?;
    let keys = match &args.keys {
        Some(script) => Keys::script(script, args.pace == Some(Pace::Real)),
        None if typed => Keys::Typed(Started::now()),
        None => Keys::script(&"".parse()?, args.pace == Some(Pace::Real)),
    };
    let recorder = args.record.as_deref().map(Recorder::create).transpose()?;
    let limit = args.for_s.map(Millis::seconds);
    let printer = Printer { form, live: typed || args.pace == Some(Pace::Real) };
    let mut ear = Caller { printer, recorder, limit, keys };
    let ended =
        Simulator { line: Arc::clone(&owned.line), library: Arc::clone(&app.library), answered_at, memory }
            .run(&mut ear);
    if let Some(recorder) = ear.recorder {
        recorder.finish()?;
    }

    let now = answered_at + jiff::SignedDuration::from_millis(ended.at.0.into());
    app.store.remember(&owned.line.name, caller.as_ref(), ended.left, &ended.state, now);
    let (recording, position_ms) = match ended.left {
        Left::At(recording, position) => (Some(recording), Some(position.0)),
        Left::Untouched | Left::Finished => (None, None),
    };
    let call = format!("SIM{:016x}", answered_at.as_nanosecond());
    app.store.record(CallRecord {
        line: owned.line.name.clone(),
        call: CallId::new(&call).expect("hexadecimal digits are visible"),
        caller: caller.as_ref().map(|key| key.as_str().to_owned()),
        answered_at,
        duration_s: ended.at.as_seconds(),
        cause: if ended.by == Party::Line { HangupCause::Line } else { HangupCause::Caller },
        recording,
        position_ms,
        sound: None,
    });
    app.store.close();
    app.writer.run();
    Ok(ExitCode::SUCCESS)
}
