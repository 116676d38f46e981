//! The log: text for people on a terminal, JSON for machines elsewhere, always on stderr.
//!
//! Types mask themselves; the [`Redactor`] is the last net below them, for what comes from
//! libraries, addresses and other people's messages. This module must not know what is logged.

mod redact;
#[cfg(test)]
mod tests;
mod writer;

use std::io::{self, IsTerminal};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

pub(crate) use self::redact::Redactor;
use self::writer::Redacting;
use crate::config::{Log, LogFormat};

/// So many rows wait for a reader of the log that is slow; those beyond are lost, and no call waits for them.
const WAITING_ROWS: usize = 10_000;

/// Starts the log of the whole program, once. What this returns writes the last rows when it is dropped.
pub(crate) fn start(log: &Log, redactor: &Redactor) -> Result<WorkerGuard, TryInitError> {
    let on_terminal = io::stderr().is_terminal();
    let text = match log.format {
        LogFormat::Auto => on_terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let style = match (text, on_terminal) {
        (true, true) => Style::Colour,
        (true, false) => Style::Plain,
        (false, _) => Style::Json,
    };
    let queue =
        NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING_ROWS).thread_name("log");
    let (queue, guard) = queue.finish(io::stderr());
    subscriber(log, style, Redacting::new(redactor.clone(), queue)).try_init()?;
    Ok(guard)
}

/// How a log line is dressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Colour,
    Plain,
    Json,
}

fn subscriber<W>(log: &Log, style: Style, writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let layer = match style {
        Style::Colour => layer.with_ansi(true).boxed(),
        Style::Plain => layer.with_ansi(false).boxed(),
        Style::Json => layer.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(log.level.filter()).with(layer)
}

/// Fails if a text holds a telephone number or a state token; for any test that has an output.
#[cfg(test)]
pub(crate) fn assert_clean(text: &str) {
    Redactor::default().assert_clean(text);
}

/// What is logged while `act` runs, before the net: what this prints has to be clean by itself.
#[cfg(test)]
pub(crate) fn captured(act: impl FnOnce()) -> String {
    use crate::config::LogLevel;
    let log = Log { level: "trace".parse().unwrap_or_else(|_| LogLevel::default()), ..Log::default() };
    let memory = writer::Memory::default();
    tracing::subscriber::with_default(subscriber(&log, Style::Plain, memory.clone()), act);
    memory.text()
}
