//! A call inside this process, tick by tick, without a network: for trying a line and for tests.
//!
//! Its time is the number of ticks: whoever runs it decides how fast they pass.

use std::sync::Arc;

use dial_core::catalogue::Catalogue;
use dial_core::key::Key;
use dial_core::player::{TICK, Tick, TurnPlayer};
use dial_core::session::{CallSession, Event, Left, Memory, Next, Prompt, State, Turn};
use dial_core::time::Millis;
use jiff::Timestamp;

use super::transcript::{By, TranscriptEvent, What};
use crate::library::Library;
use crate::line::Line;
use crate::speech;

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

/// What the caller hears during a tick: a prompt of the turn, so far into its sound; or nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hears<'a> {
    /// Words, which take so long in all.
    Words { text: &'a str, length: Millis, into: Millis },
    /// A piece of a recording.
    Piece { piece: &'a dial_core::session::Piece, content: &'a str, into: Millis },
    /// Nothing.
    Silence,
}

/// Who listens to a call as it happens.
pub(crate) trait Ear {
    /// Something happened.
    fn event(&mut self, event: &TranscriptEvent);
    /// A tick passes; what does the caller do?
    fn tick(&mut self, at: Millis, hears: Hears) -> Press;
}

/// One call.
pub(crate) struct Simulator<'a> {
    pub(crate) line: &'a Line,
    pub(crate) library: &'a Library,
    /// When it rings.
    pub(crate) answered_at: Timestamp,
    /// What is remembered of the caller.
    pub(crate) memory: Memory,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The last state.
    pub(crate) state: State,
    /// What is to be remembered of the caller's place.
    pub(crate) left: Left,
    /// How long the call was.
    pub(crate) at: Millis,
    /// Who ended it.
    pub(crate) by: By,
}

impl Simulator<'_> {
    /// Rings, and goes on until someone hangs up.
    pub(crate) fn run(&self, ear: &mut impl Ear) -> Ended {
        let catalogue: Arc<Catalogue> = self.line.catalogue();
        let mut session = CallSession::new(&self.line.rules, &catalogue, self.answered_at);
        let mut at = Millis::ZERO;
        let mut event = Event::Answered { memory: self.memory };
        loop {
            let turn = Line::turn(&mut session, self.library, event, at);
            let before = session.state();
            let (passed, outcome) = self.play(&turn, &session, at, ear);
            at = at + passed;
            let left = session.left(outcome.heard);
            let by = match outcome.ending {
                Ending::Event(next) => {
                    event = next;
                    continue;
                }
                Ending::CallerGone => By::Caller,
                Ending::LineGone => By::Line,
            };
            ear.event(&TranscriptEvent::new(at, What::Hangup { by }));
            return Ended { state: before, left, at, by };
        }
    }

    /// Plays one turn; tells how long it took and how it ended.
    fn play(&self, turn: &Turn, session: &CallSession, start: Millis, ear: &mut impl Ear) -> (Millis, Outcome) {
        let context = session.context();
        let texts: Vec<String> = turn.phrases().map(|phrase| self.line.words(phrase, &context)).collect();
        let mut lengths = texts.iter().map(|text| speech::estimate(text));
        let mut player = TurnPlayer::new(turn, |_| lengths.next().expect("each phrase has its words"));
        let mut passed = Millis::ZERO;
        let mut gathers = false;
        loop {
            let heard = player.heard();
            let tick = player.tick();
            let hears = match tick {
                Tick::Over => {
                    let ending = player.ended().map_or(Ending::LineGone, Ending::Event);
                    return (passed, Outcome { heard, ending });
                }
                Tick::Silence => {
                    if !std::mem::replace(&mut gathers, true) && let Next::Gather { wait } = turn.next {
                        ear.event(&TranscriptEvent::new(start + passed, What::Gather { wait_ms: wait.0 }));
                    }
                    Hears::Silence
                }
                Tick::Sound { prompt, into } => {
                    let event = |what| TranscriptEvent::new(start + passed, what);
                    match &turn.prompts[prompt] {
                        Prompt::Say(_) => {
                            let text = texts[prompt].as_str();
                            if into == Millis::ZERO {
                                ear.event(&event(What::Say { text: text.into() }));
                            }
                            Hears::Words { text, length: speech::estimate(text), into }
                        }
                        Prompt::Play(piece) => {
                            let recording = context.catalogue.find(piece.recording, context.as_of);
                            if into == Millis::ZERO {
                                let title = recording.map(|recording| title(recording, session));
                                ear.event(&event(What::Play {
                                    recording: piece.recording.to_string(),
                                    title,
                                    from_ms: piece.from.0,
                                    to_ms: piece.to.0,
                                    speed: piece.speed.factor(),
                                }));
                            }
                            let content = recording.map_or("", |recording| recording.sound.content.as_str());
                            Hears::Piece { piece, content, into }
                        }
                    }
                }
            };
            match ear.tick(start + passed, hears) {
                Press::Nothing => passed = passed + TICK,
                Press::HangUp => return (passed, Outcome { heard, ending: Ending::CallerGone }),
                Press::Key(key) => {
                    ear.event(&TranscriptEvent::new(start + passed, What::Key { key: key.to_string() }));
                    return (passed, Outcome { heard, ending: Ending::Event(Event::Digit { key, heard }) });
                }
            }
        }
    }
}

struct Outcome {
    heard: Millis,
    ending: Ending,
}

enum Ending {
    Event(Event),
    CallerGone,
    LineGone,
}

/// What a recording is called where it plays: its title, or what the menu calls it.
pub(crate) fn title(recording: &dial_core::catalogue::Recording, session: &CallSession) -> String {
    let context = session.context();
    let name = || dial_core::name::name(recording, context.catalogue, context.as_of, context.naming);
    recording.title.clone().unwrap_or_else(name)
}
