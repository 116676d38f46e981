//! A call as it is told on the terminal: for people, or one JSON object a row.

use std::io::Write;

use dial_core::session::Piece;
use dial_core::time::Millis;

use super::Transcript;
use crate::channel::transcript::{Happening, Party, TranscriptEvent};

/// Prints events as they come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printer {
    pub(super) form: Transcript,
    /// Whether a piece is told when it begins: where a person listens along.
    pub(super) live: bool,
}

impl Printer {
    pub(super) fn event(self, event: &TranscriptEvent) {
        let text = match self.form {
            Transcript::Json => serde_json::to_string(event).expect("texts and numbers are always JSON"),
            Transcript::Text if self.live && matches!(event.what, Happening::Play { .. }) => return,
            Transcript::Text => text(event),
        };
        row(&text);
    }

    /// A piece begins.
    pub(super) fn begins(self, title: &str, piece: &Piece) {
        if self.live && self.form == Transcript::Text {
            row(&format!(
                "         ♪ {title}, from {} to {}{}",
                piece.from,
                piece.to,
                speed(piece.speed.factor())
            ));
        }
    }
}

fn text(event: &TranscriptEvent) -> String {
    let at = clock(event.at_ms);
    match &event.what {
        Happening::Say { text } => format!("{at:>8} “{text}”"),
        Happening::Play { recording, title, from_ms, to_ms, speed: factor } => {
            let title = title.as_ref().unwrap_or(recording);
            format!("{at:>8} ♪ {title}, from {} to {}{}", clock(*from_ms), clock(*to_ms), speed(*factor))
        }
        Happening::Gather { wait_ms } => format!("{at:>8} … waits {} s for a key", wait_ms / 1000),
        Happening::Key { key } => format!("{at:>8} [{key}]"),
        Happening::Hangup { by: Party::Line } => format!("{at:>8} The line hangs up."),
        Happening::Hangup { by: Party::Caller } => format!("{at:>8} You hang up."),
    }
}

fn clock(ms: u64) -> String {
    Millis(u32::try_from(ms).unwrap_or(u32::MAX)).to_string()
}

fn speed(factor: f64) -> String {
    if (factor - 1.0).abs() < 1e-9 { String::new() } else { format!(", at {factor} times the usual speed") }
}

/// One row to stdout; raw terminals want the carriage return too. A closed pipe is no one to tell.
fn row(text: &str) {
    let end = if crossterm::terminal::is_raw_mode_enabled().unwrap_or(false) { "\r\n" } else { "\n" };
    let mut out = std::io::stdout().lock();
    let _ = write!(out, "{text}{end}").and_then(|()| out.flush());
}
