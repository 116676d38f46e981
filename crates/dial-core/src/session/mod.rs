//! The dialogue of one call: events in, one turn out. No clock, no I/O; every event in every stage
//! yields a turn.
//!
//! One file per stage of a call: `answer` (greeting, carrying on), `choose` (the menu), `listen`
//! (playing), `command` (what the keys do), `pause`, `moved` (on over another way), `end`.

mod answer;
mod choose;
mod command;
mod end;
mod listen;
mod moved;
mod pause;
mod rules;
mod state;
mod turn;

use jiff::Timestamp;

use crate::catalogue::{Audible, Catalogue, Recording, RecordingId};
use crate::key::Key;
use crate::phrase::{Context, Phrase};
use crate::time::Millis;

pub use rules::Rules;
pub use state::{Left, Memory, Place, Silence, Speed, Stage, State, Volume};
pub use turn::{Next, Piece, Prompt, Turn};

/// What happens in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The line picks up.
    Answered {
        /// What is remembered of the caller.
        memory: Memory,
    },
    /// The caller pressed a key.
    Digit {
        /// Which.
        key: Key,
        /// How much of the turn's recording had been heard, in the recording's time.
        heard: Millis,
    },
    /// The turn was played, and its wait went by without a key.
    NoInput,
    /// The turn's recording cannot be played.
    Unavailable,
    /// The way over which the turn was heard has failed: the call goes on over another.
    Moved {
        /// How much of the turn's recording had been heard, in the recording's time.
        heard: Millis,
    },
    /// The caller is gone.
    Hangup,
}

/// Where one caller is, and what the line does next.
#[derive(Debug, Clone)]
pub struct CallSession<'a> {
    rules: &'a Rules,
    catalogue: &'a Catalogue,
    state: State,
    usual_speed_only: bool,
}

impl<'a> CallSession<'a> {
    /// A call that rings at an instant.
    pub fn new(rules: &'a Rules, catalogue: &'a Catalogue, answered_at: Timestamp) -> Self {
        Self::restore(rules, catalogue, State::new(answered_at))
    }

    /// A call that goes on from a state.
    pub fn restore(rules: &'a Rules, catalogue: &'a Catalogue, state: State) -> Self {
        Self { rules, catalogue, state, usual_speed_only: false }
    }

    /// The machine has no room for other speeds at the moment: none is begun, and what plays on does so at the usual
    /// one, with a word about it.
    #[must_use]
    pub fn at_usual_speed_only(self, usual_speed_only: bool) -> Self {
        Self { usual_speed_only, ..self }
    }

    /// Where the caller is.
    pub fn state(&self) -> State {
        self.state
    }

    /// What the words of this call depend on.
    pub fn context(&self) -> Context<'a> {
        Context { catalogue: self.catalogue, as_of: self.state.answered_at, naming: self.rules.menu.naming() }
    }

    /// What the line does upon an event, `at` so long after it answered.
    pub fn handle(&mut self, event: Event, at: Millis) -> Turn {
        if let Event::Digit { .. } = event {
            self.state.last_key = at;
        }
        match (self.state.stage, event) {
            (_, Event::Hangup) | (Stage::Over, _) => self.over(),
            (_, Event::Answered { memory }) => self.answered(memory),
            (Stage::Ringing, _) => self.answered(Memory::default()),
            (_, Event::Moved { heard }) => self.moved(heard, at),

            (Stage::Playing { recording, .. }, Event::Unavailable) => self.cannot_play(recording),
            (_, Event::Unavailable) => self.trouble(),

            (Stage::Resuming { .. }, Event::Digit { .. }) => self.offer(Vec::new(), 0, Silence::Repeats),
            (Stage::Resuming { recording, position }, Event::NoInput) => {
                self.play(Vec::new(), recording, position, at)
            }

            (Stage::Menu { offset, silence }, Event::Digit { key, .. }) => {
                self.choose(key, offset, silence, at)
            }
            (Stage::Menu { offset, silence }, Event::NoInput) => self.chose_nothing(offset, silence, at),

            (Stage::Playing { recording, from, to }, Event::Digit { key, heard }) => {
                self.command(self.rules.keys.action(key), recording, (from + heard).min(to), at)
            }
            (Stage::Playing { recording, to, .. }, Event::NoInput) => self.go_on(recording, to, at),

            (Stage::Paused { recording, position, reminders }, Event::Digit { key, .. }) => {
                self.command_paused(key, recording, position, reminders, at)
            }
            (Stage::Paused { recording, position, reminders }, Event::NoInput) => {
                self.remind(recording, position, reminders)
            }

            (Stage::Wondering { recording, position, .. }, Event::Digit { .. }) => {
                self.play(Vec::new(), recording, position, at)
            }
            (Stage::Wondering { recording, position, asked }, Event::NoInput) => {
                self.wonder(recording, position, asked)
            }
        }
    }

    /// What is to be remembered of the caller's place, if the call ends after so much of the turn.
    pub fn left(&self, heard: Millis) -> Left {
        let (recording, position) = match self.state.stage {
            Stage::Playing { recording, from, to } => (recording, (from + heard).min(to)),
            Stage::Paused { recording, position, .. } | Stage::Wondering { recording, position, .. } => {
                (recording, position)
            }
            _ => return self.state.left,
        };
        self.leaving(recording, position)
    }

    /// The recordings that this caller may hear.
    fn audible(&self) -> Audible<'a> {
        self.catalogue.audible(self.state.answered_at)
    }

    fn find(&self, id: RecordingId) -> Option<&'a Recording> {
        self.catalogue.find(id, self.state.answered_at)
    }

    /// What leaving a recording at a place means: too near to an end, nothing new is remembered.
    fn leaving(&self, id: RecordingId, position: Millis) -> Left {
        let Some(recording) = self.find(id) else {
            return self.state.left;
        };
        let margin = self.rules.resume_after;
        if recording.sound.length - position < margin {
            Left::Finished
        } else if position < margin {
            self.state.left
        } else {
            Left::At(id, position)
        }
    }
}

fn say(row: &'static str) -> Prompt {
    Prompt::Say(Phrase::Plain(row))
}

fn gather(prompts: Vec<Prompt>, wait: Millis) -> Turn {
    Turn { prompts, next: Next::Gather { wait } }
}

fn hang_up(prompts: Vec<Prompt>) -> Turn {
    Turn { prompts, next: Next::Hangup }
}
