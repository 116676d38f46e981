//! Who listens to a call in this process: the keys of a script, in an instant; or a person, in real time.

use std::time::{Duration, Instant};

use anyhow::Result;
use crossterm::event::{self, Event, KeyCode, KeyModifiers};
use dial_core::key::Key;
use dial_core::player::TICK;
use dial_core::session::Piece;
use dial_core::time::Millis;

use super::print::Printer;
use super::recorder::Recorder;
use crate::channel::live::{Frame, Listener};
use crate::channel::script::Script;
use crate::channel::simulator::{Ear, Press};
use crate::channel::transcript::TranscriptEvent;

/// A caller at this terminal.
pub(super) struct Caller {
    pub(super) printer: Printer,
    pub(super) recorder: Option<Recorder>,
    pub(super) limit: Option<Millis>,
    pub(super) keys: Keys,
}

/// Where the keys come from.
pub(super) enum Keys {
    /// Written beforehand.
    Script {
        /// The keys, in order.
        script: std::vec::IntoIter<crate::channel::script::Press>,
        /// The next one, and when it comes.
        next: Option<(u64, Key)>,
        /// Whether time passes as it does; else at once.
        real: Option<Started>,
    },
    /// Typed as the call goes on.
    Typed(Started),
}

/// When the call began on the real clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Started(Instant);

impl Started {
    #[allow(clippy::disallowed_methods, reason = "a person listens in real time")]
    pub(super) fn now() -> Self {
        Self(Instant::now())
    }

    fn until(self, at: Millis) -> Duration {
        let due = self.0 + Duration::from_millis(at.0.into());
        #[allow(clippy::disallowed_methods, reason = "a person listens in real time")]
        due.saturating_duration_since(Instant::now())
    }
}

impl Keys {
    pub(super) fn script(script: &Script, real: bool) -> Self {
        let mut script = script.presses().to_vec().into_iter();
        let next = following(&mut script, 0);
        Self::Script { script, next, real: real.then(Started::now) }
    }
}

fn following(
    script: &mut std::vec::IntoIter<crate::channel::script::Press>,
    at_ms: u64,
) -> Option<(u64, Key)> {
    let press = script.next()?;
    let key = Key::try_from(press.key).expect("a script holds telephone keys");
    Some((at_ms + press.after_ms, key))
}

impl Listener for Caller {
    fn event(&mut self, event: &TranscriptEvent) {
        self.printer.event(event);
    }

    fn begins(&mut self, title: &str, piece: &Piece) {
        self.printer.begins(title, piece);
    }
}

impl Ear for Caller {
    fn tick(&mut self, at: Millis, frame: &Frame) -> Press {
        if self.limit.is_some_and(|limit| at >= limit) {
            return Press::HangUp;
        }
        let press = match &mut self.keys {
            Keys::Script { script, next, real } => {
                if let Some(started) = real {
                    std::thread::sleep(started.until(at));
                }
                match *next {
                    Some((due, key)) if u64::from(at.0) >= due => {
                        *next = following(script, due);
                        Press::Key(key)
                    }
                    _ => Press::Nothing,
                }
            }
            Keys::Typed(started) => typed(started.until(at + TICK)),
        };
        if press == Press::Nothing
            && let Some(recorder) = &mut self.recorder
        {
            recorder.sound(frame);
        }
        press
    }
}

/// Waits for a key until the tick is over.
fn typed(wait: Duration) -> Press {
    let Ok(true) = event::poll(wait) else { return Press::Nothing };
    let Ok(Event::Key(typed)) = event::read() else { return Press::Nothing };
    match typed.code {
        KeyCode::Esc => Press::HangUp,
        KeyCode::Char('c' | 'd') if typed.modifiers.contains(KeyModifiers::CONTROL) => Press::HangUp,
        KeyCode::Char('h' | 'q') => Press::HangUp,
        KeyCode::Char(sign) => Key::try_from(sign).map_or(Press::Nothing, Press::Key),
        _ => Press::Nothing,
    }
}

/// The terminal gives each key as it is typed, as long as this lives.
pub(super) struct RawTerminal;

impl RawTerminal {
    pub(super) fn enter() -> Result<Self> {
        crossterm::terminal::enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        let _ = crossterm::terminal::disable_raw_mode();
    }
}
