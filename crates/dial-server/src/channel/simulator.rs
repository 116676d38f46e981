//! A call inside this process, without a network: for trying a line and for tests.
//!
//! Its time is the number of ticks: who listens decides how fast they pass.

use std::sync::Arc;

use dial_core::key::Key;
use dial_core::session::Memory;
use dial_core::time::Millis;
use jiff::Timestamp;

use super::live::{Ended, FRAME, Frame, Listener, Live};
use crate::library::Library;
use crate::line::Line;
use crate::prompts::SILENCE;

/// What the caller does during a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Press {
    /// Listens.
    Nothing,
    /// Presses a key.
    Key(Key),
    /// Hangs up.
    HangUp,
}

/// Who listens to a call as it happens.
pub(crate) trait Ear: Listener {
    /// A tick sounds so; what does the caller do?
    fn tick(&mut self, at: Millis, frame: &Frame) -> Press;
}

/// One call.
pub(crate) struct Simulator {
    pub(crate) line: Arc<Line>,
    pub(crate) library: Arc<Library>,
    /// When it rings.
    pub(crate) answered_at: Timestamp,
    /// What is remembered of the caller.
    pub(crate) memory: Memory,
}

impl Simulator {
    /// Rings, and goes on until someone hangs up.
    pub(crate) fn run(self, ear: &mut impl Ear) -> Ended {
        let mut call = Live::answer(self.line, self.library, self.answered_at, self.memory);
        let mut frame = [SILENCE; FRAME];
        loop {
            if let Some(ended) = call.tick(&mut frame, ear) {
                return ended;
            }
            match ear.tick(call.at(), &frame) {
                Press::Nothing => {}
                Press::Key(key) => call.press(key, ear),
                Press::HangUp => return call.hang_up(ear),
            }
        }
    }
}
