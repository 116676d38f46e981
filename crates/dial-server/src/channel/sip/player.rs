//! A call as the play-out engine sees it: sound by 20 ms, keys, the end.

use std::sync::Arc;

use dial_core::key::Key;
use dial_core::session::{Left, Memory, State};
use dial_playout::{Call, Quality, Tick};
use dial_sip::call::CallId;
use dial_sip::dtmf::Digit;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;

use crate::channel::live::{Ended, Frame, Listener, Live};
use crate::channel::transcript::TranscriptEvent;
use crate::library::Library;
use crate::line::Line;

/// So many ticks of 20 ms are a minute.
const MINUTE: u32 = 50 * 60;

/// What a call tells while it plays.
#[derive(Debug)]
pub(super) enum Note {
    /// Its place, each minute: should this machine fail, the caller carries on from there.
    Reached(CallId, Left, State),
    /// It is over.
    Closing(Closing),
}

/// A call that is over, and how well it was heard.
#[derive(Debug)]
pub(super) struct Closing {
    pub(super) call: CallId,
    pub(super) ended: Ended,
    pub(super) quality: Quality,
}

/// Who hears what happens in calls, besides the caller: tests.
pub(super) type Tap = Option<UnboundedSender<(CallId, TranscriptEvent)>>;

/// One call, from the answer to its end.
pub(super) struct Player {
    live: Live,
    /// How it ended, where the line hung up.
    ended: Option<Ended>,
    call: CallId,
    /// Ticks since the place was told.
    ticks: u32,
    notes: UnboundedSender<Note>,
    ear: Ear,
}

struct Ear(CallId, Tap);

impl Listener for Ear {
    fn event(&mut self, event: &TranscriptEvent) {
        if let Some(tap) = &self.1 {
            let _ = tap.send((self.0, event.clone()));
        }
    }
}

impl Player {
    /// The line answers now. How the call goes is told to `notes`, and once how it ends.
    pub(super) fn answer(
        call: CallId,
        line: &Arc<Line>,
        library: &Arc<Library>,
        memory: Memory,
        now: Timestamp,
        notes: UnboundedSender<Note>,
        tap: Tap,
    ) -> Self {
        let live = Live::answer(Arc::clone(line), Arc::clone(library), now, memory);
        Self { live, ended: None, call, ticks: 0, notes, ear: Ear(call, tap) }
    }

    /// Whether the line can say nothing but that it is in trouble.
    pub(super) fn is_polite_failure(&self) -> bool {
        self.live.is_polite_failure()
    }
}

impl Call for Player {
    fn tick(&mut self, frame: &mut Frame) -> Tick {
        self.ticks += 1;
        if self.ticks == MINUTE {
            self.ticks = 0;
            let (left, state) = self.live.left();
            let _ = self.notes.send(Note::Reached(self.call, left, state));
        }
        match self.live.tick(frame, &mut self.ear) {
            None => Tick::Sounds,
            Some(ended) => {
                self.ended = Some(ended);
                Tick::Over
            }
        }
    }

    fn press(&mut self, digit: Digit) {
        // A to D are on no telephone of our callers.
        if let Ok(key) = Key::try_from(digit.sign()) {
            self.live.press(key, &mut self.ear);
        }
    }

    fn hang_up(&mut self, quality: &Quality) {
        let ended = self.ended.take().unwrap_or_else(|| self.live.hang_up(&mut self.ear));
        let closing = Closing { call: self.call, ended, quality: *quality };
        let _ = self.notes.send(Note::Closing(closing));
    }
}
