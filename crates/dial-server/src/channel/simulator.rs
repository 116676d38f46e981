//! A call inside this process, tick by tick, without a network: for trying a line and for tests.
//!
//! Its time is the number of ticks: whoever runs it decides how fast they pass.

use std::sync::Arc;

use dial_core::catalogue::Catalogue;
use dial_core::key::Key;
use dial_core::language::Language;
use dial_core::player::{TICK, Tick, TurnPlayer};
use dial_core::session::{CallSession, Event, Left, Memory, Next, Piece, Prompt, State, Turn};
use dial_core::time::Millis;
use jiff::Timestamp;

use super::transcript::{Happening, Party, TranscriptEvent};
use crate::library::Library;
use crate::line::Line;
use crate::prompts::Clip;
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
    /// Words, and their sound if they have a voice.
    Words { text: &'a str, clip: Option<&'a Clip>, into: Millis },
    /// A piece of a recording.
    Piece { piece: &'a Piece, content: &'a str, into: Millis },
    /// Nothing.
    Silence,
}

/// Who listens to a call as it happens.
pub(crate) trait Ear {
    /// Something happened.
    fn event(&mut self, event: &TranscriptEvent);
    /// A piece begins; its event follows when it ends.
    fn begins(&mut self, _title: &str, _piece: &Piece) {}
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
    pub(crate) by: Party,
}

impl Simulator<'_> {
    /// Rings, and goes on until someone hangs up.
    pub(crate) fn run(&self, ear: &mut impl Ear) -> Ended {
        let catalogue: Arc<Catalogue> = self.line.catalogue();
        let mut session = CallSession::new(&self.line.rules, &catalogue, self.answered_at);
        let mut at = Millis::ZERO;
        let mut next = Event::Answered { memory: self.memory };
        loop {
            let turn = Line::turn(&mut session, self.library, next, at);
            let before = session.state();
            let (passed, outcome) = self.play(&turn, &session, at, ear);
            at = at + passed;
            let left = session.left(outcome.heard);
            let by = match outcome.ending {
                Ending::Event(event) => {
                    next = event;
                    continue;
                }
                Ending::CallerGone => Party::Caller,
                Ending::LineGone => Party::Line,
            };
            ear.event(&event(at, Happening::Hangup { by }));
            return Ended { state: before, left, at, by };
        }
    }

    /// Plays one turn; tells how long it took and how it ended.
    fn play(
        &self,
        turn: &Turn,
        session: &CallSession,
        start: Millis,
        ear: &mut impl Ear,
    ) -> (Millis, Outcome) {
        let context = session.context();
        let texts: Vec<String> = turn.phrases().map(|phrase| self.line.words(phrase, &context)).collect();
        let clips: Vec<Option<Clip>> = texts.iter().map(|text| self.line.book.clip(text)).collect();
        let length = |(clip, text): (&Option<Clip>, &String)| {
            clip.as_ref().map_or_else(|| speech::estimate(text), Clip::length)
        };
        let mut lengths = clips.iter().zip(&texts).map(length);
        let mut player = TurnPlayer::new(turn, |_| lengths.next().expect("each phrase has its words"));
        let mut passed = Millis::ZERO;
        let mut gathers = false;
        let mut piece: Option<PieceHeard> = None;
        loop {
            let heard = player.heard();
            let now = start + passed;
            let tick = player.tick();
            if !matches!(tick, Tick::Sound { .. })
                && let Some(piece) = piece.take()
            {
                ear.event(&piece.event(heard));
            }
            let hears = match tick {
                Tick::Over => {
                    let ending = player.ended().map_or(Ending::LineGone, Ending::Event);
                    return (passed, Outcome { heard, ending });
                }
                Tick::Silence => {
                    if !std::mem::replace(&mut gathers, true)
                        && let Next::Gather { wait } = turn.next
                    {
                        ear.event(&event(now, Happening::Gather { wait_ms: wait.0.into() }));
                    }
                    Hears::Silence
                }
                Tick::Sound { prompt, into } => match &turn.prompts[prompt] {
                    Prompt::Say(_) => {
                        let text = texts[prompt].as_str();
                        if into == Millis::ZERO {
                            ear.event(&event(now, Happening::Say { text: text.into() }));
                        }
                        Hears::Words { text, clip: clips[prompt].as_ref(), into }
                    }
                    Prompt::Play(playing) => {
                        let recording = context.catalogue.find(playing.recording, context.as_of);
                        if into == Millis::ZERO {
                            let title = recording.map(|recording| title(recording, session));
                            ear.begins(title.as_deref().unwrap_or_default(), playing);
                            piece = Some(PieceHeard { began: now, piece: *playing, title });
                        }
                        let content = recording.map_or("", |recording| recording.sound.content.as_str());
                        Hears::Piece { piece: playing, content, into }
                    }
                },
            };
            let press = ear.tick(now, hears);
            if press == Press::Nothing {
                passed = passed + TICK;
                continue;
            }
            if let Some(piece) = piece.take() {
                ear.event(&piece.event(heard));
            }
            let ending = match press {
                Press::Key(key) => {
                    ear.event(&event(now, Happening::Key { key: key.sign() }));
                    Ending::Event(Event::Digit { key, heard })
                }
                Press::HangUp | Press::Nothing => Ending::CallerGone,
            };
            return (passed, Outcome { heard, ending });
        }
    }
}

/// A piece that is being heard; it is told when it ends, with how much of it was heard.
struct PieceHeard {
    began: Millis,
    piece: Piece,
    title: Option<String>,
}

impl PieceHeard {
    fn event(self, heard: Millis) -> TranscriptEvent {
        let Self { began, piece, title } = self;
        let to = (piece.from + heard).min(piece.to);
        event(
            began,
            Happening::Play {
                recording: piece.recording.to_string(),
                title,
                from_ms: piece.from.0.into(),
                to_ms: to.0.into(),
                speed: piece.speed.factor(),
            },
        )
    }
}

fn event(at: Millis, what: Happening) -> TranscriptEvent {
    TranscriptEvent { at_ms: at.0.into(), what }
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
    let name = || {
        dial_core::name::name(recording, context.catalogue, context.as_of, context.naming, Language::English)
    };
    recording.title.clone().unwrap_or_else(name)
}
