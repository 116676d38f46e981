//! A call whose sound we play ourselves, tick by tick: calls in this process, and every channel that carries sound.
//!
//! It has no clock and no thread: whoever drives it decides how fast ticks pass, and nothing in it waits.

mod ahead;
mod deck;
mod feed;
mod piece;

use std::sync::Arc;

use dial_core::catalogue::Catalogue;
use dial_core::key::Key;
use dial_core::language::Language;
use dial_core::phrase::Phrase;
use dial_core::player::{TICK, Tick};
use dial_core::session::{CallSession, Event, Left, Memory, Next, Piece, Prompt, State, Turn};
use dial_core::time::Millis;
use jiff::Timestamp;

use super::transcript::{Happening, Party, TranscriptEvent};
use crate::library::Library;
use crate::line::Line;
#[cfg(test)]
pub(crate) use ahead::Ahead;
pub(crate) use ahead::Part;
use deck::Deck;
pub(crate) use deck::{FRAME, Frame};
pub(crate) use feed::Feed;
use piece::PieceHeard;

/// So many turns may pass without a sound before a tick passes in silence: no line's rules lead to it.
const SOUNDLESS: usize = 16;

/// Who is told what happens in a call.
pub(crate) trait Listener {
    /// Something happened.
    fn event(&mut self, event: &TranscriptEvent);
    /// A piece begins; its event follows when it ends.
    fn begins(&mut self, _title: &str, _piece: &Piece) {}
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

/// How far a caller has heard a call that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached {
    /// Where the caller is.
    pub(crate) state: State,
    /// How much of the turn's recording was heard, in the recording's time.
    pub(crate) heard: Millis,
    /// How long the call has been going on.
    pub(crate) at: Millis,
}

/// One call. Copies are cheap, and go their own ways.
#[derive(Clone)]
pub(crate) struct Live {
    line: Arc<Line>,
    library: Arc<Library>,
    /// The call keeps what it began with.
    catalogue: Arc<Catalogue>,
    state: State,
    turn: Turn,
    /// The words of the turn's prompts.
    texts: Arc<[String]>,
    deck: Deck,
    at: Millis,
    /// Whether a tick has been given out that has not passed yet.
    sounds: bool,
    /// How much of the recording was heard before that tick.
    heard: Millis,
    gathers: bool,
    piece: Option<PieceHeard>,
}

impl Live {
    /// A call that is answered now.
    pub(crate) fn answer(
        line: Arc<Line>,
        library: Arc<Library>,
        answered_at: Timestamp,
        memory: Memory,
    ) -> Self {
        let catalogue = line.catalogue();
        Self::offered(line, library, catalogue, answered_at, memory)
    }

    /// A call that was offered a catalogue when it was answered.
    pub(crate) fn offered(
        line: Arc<Line>,
        library: Arc<Library>,
        catalogue: Arc<Catalogue>,
        answered_at: Timestamp,
        memory: Memory,
    ) -> Self {
        let state = CallSession::new(&line.rules, &catalogue, answered_at).state();
        let turn = Turn { prompts: Vec::new(), next: Next::Hangup };
        let deck = Deck::new(&turn, &[], |_| bytes::Bytes::new());
        let mut call = Self {
            line,
            library,
            catalogue,
            state,
            turn,
            texts: Arc::default(),
            deck,
            at: Millis::ZERO,
            sounds: false,
            heard: Millis::ZERO,
            gathers: false,
            piece: None,
        };
        call.handle(Event::Answered { memory });
        call
    }

    /// Fills the frame of the next 20 ms; or the call is over, because the line hangs up.
    pub(crate) fn tick(&mut self, frame: &mut Frame, listener: &mut impl Listener) -> Option<Ended> {
        if std::mem::take(&mut self.sounds) {
            self.at = self.at + TICK;
        }
        for _ in 0..SOUNDLESS {
            self.heard = self.deck.heard();
            let tick = self.deck.tick(frame);
            if !matches!(tick, Tick::Sound { .. }) {
                self.ends_piece(listener);
            }
            match tick {
                Tick::Sound { prompt, into } => {
                    if into == Millis::ZERO {
                        self.begins(prompt, listener);
                    }
                    break;
                }
                Tick::Silence => {
                    if !std::mem::replace(&mut self.gathers, true)
                        && let Next::Gather { wait } = self.turn.next
                    {
                        self.tell(Happening::Gather { wait_ms: wait.0.into() }, listener);
                    }
                    break;
                }
                Tick::Over => match self.deck.ended() {
                    Some(event) => self.handle(event),
                    None => return Some(self.end(Party::Line, listener)),
                },
            }
        }
        self.sounds = true;
        None
    }

    /// A key, while the frame that was filled last sounds: what follows begins at once.
    pub(crate) fn press(&mut self, key: Key, listener: &mut impl Listener) {
        self.sounds = false;
        self.ends_piece(listener);
        self.tell(Happening::Key { key: key.sign() }, listener);
        self.handle(Deck::press(key, self.heard));
    }

    /// The caller hangs up, while the frame that was filled last sounds.
    pub(crate) fn hang_up(&mut self, listener: &mut impl Listener) -> Ended {
        self.ends_piece(listener);
        self.end(Party::Caller, listener)
    }

    /// Whether the line can say nothing but that it is in trouble.
    pub(crate) fn is_polite_failure(&self) -> bool {
        self.turn.phrases().any(|phrase| *phrase == Phrase::Plain("trouble"))
    }

    /// How long the call has been going on.
    pub(crate) fn at(&self) -> Millis {
        self.at
    }

    /// What the caller has heard when the frame that was filled last has sounded.
    pub(crate) fn heard(&self) -> Reached {
        let at = if self.sounds { self.at + TICK } else { self.at };
        Reached { state: self.state, heard: self.deck.heard(), at }
    }

    /// What would be to be remembered of the caller's place, if the call ended now; and the state it is in.
    pub(crate) fn left(&self) -> (Left, State) {
        let session = CallSession::restore(&self.line.rules, &self.catalogue, self.state);
        (session.left(self.heard), self.state)
    }

    fn end(&mut self, by: Party, listener: &mut impl Listener) -> Ended {
        let (left, _) = self.left();
        self.tell(Happening::Hangup { by }, listener);
        Ended { state: self.state, left, at: self.at, by }
    }

    fn handle(&mut self, event: Event) {
        let session = CallSession::restore(&self.line.rules, &self.catalogue, self.state);
        // Other speeds are the first thing to be given up.
        let mut session = session.at_usual_speed_only(self.library.is_late());
        let turn = Line::turn(&mut session, &self.library, event, self.at);
        let context = session.context();
        let texts: Arc<[String]> = turn.phrases().map(|phrase| self.line.words(phrase, &context)).collect();
        let clips: Vec<_> = texts.iter().map(|text| self.line.book.clip_or_murmur(text)).collect();
        let part = |piece: &Piece| {
            let recording = context.catalogue.find(piece.recording, context.as_of);
            let sound = recording.and_then(|recording| self.library.find(&recording.sound.content));
            sound.map(|sound| sound.part(piece.from.0, piece.to.0)).unwrap_or_default()
        };
        self.deck = Deck::new(&turn, &clips, part);
        self.state = session.state();
        (self.turn, self.texts, self.gathers) = (turn, texts, false);
    }

    /// A prompt begins to sound.
    fn begins(&mut self, prompt: usize, listener: &mut impl Listener) {
        match self.turn.prompts.get(prompt) {
            Some(Prompt::Say(_)) => {
                let before = self.turn.prompts.iter().take(prompt);
                let place = before.filter(|prompt| matches!(prompt, Prompt::Say(_))).count();
                let text = self.texts.get(place).cloned().unwrap_or_default();
                self.tell(Happening::Say { text }, listener);
            }
            Some(Prompt::Play(piece)) => {
                let session = CallSession::restore(&self.line.rules, &self.catalogue, self.state);
                let context = session.context();
                let recording = context.catalogue.find(piece.recording, context.as_of);
                let title = recording.map(|recording| title(recording, &session));
                listener.begins(title.as_deref().unwrap_or_default(), piece);
                self.piece = Some(PieceHeard { began: self.at, piece: *piece, title });
            }
            None => {}
        }
    }

    fn ends_piece(&mut self, listener: &mut impl Listener) {
        if let Some(piece) = self.piece.take() {
            listener.event(&piece.event(self.heard));
        }
    }

    fn tell(&self, what: Happening, listener: &mut impl Listener) {
        listener.event(&TranscriptEvent { at_ms: self.at.0.into(), what });
    }
}

/// What a recording is called where it plays: its title, or what the menu calls it.
pub(crate) fn title(recording: &dial_core::catalogue::Recording, session: &CallSession) -> String {
    let context = session.context();
    let name = || {
        dial_core::name::name(recording, context.catalogue, context.as_of, context.naming, Language::English)
    };
    recording.title.clone().unwrap_or_else(name)
}
