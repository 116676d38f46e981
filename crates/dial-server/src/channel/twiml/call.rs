//! The dialogue over webhooks: each request is one event of the session, each answer one turn.

use dial_core::call::{CallId, CallRecord, HangupCause};
use dial_core::key::Key;
use dial_core::phrase::Phrase;
use dial_core::session::{CallSession, Event, Left, Memory, Next, Piece, Stage, Turn};
use dial_core::time::Millis;
use dial_core::token::Token;
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use super::tracker::{Closed, Progress};
use super::utterance::Utterance;
use super::{Tier, Twiml, TwimlLine, render};
use crate::line::Line;
use crate::store::CallerKey;

/// From our answer until the caller hears it: the provider reads the document and fetches the sound.
pub(super) const START_DELAY: Millis = Millis(1500);
/// A call whose documents fail more often than this is ended politely.
const MAX_FALLBACKS: u8 = 3;

/// What a webhook asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask<'a> {
    /// A call rings.
    Answer,
    /// A turn is over.
    Step {
        /// The state that the turn carried.
        token: &'a str,
        /// The key, if one came.
        key: Option<Key>,
    },
    /// A document of ours failed.
    Fallback,
    /// A media stream is over, perhaps before its call.
    After {
        /// The state with which the stream began.
        token: &'a str,
    },
}

/// Which call.
pub(crate) struct Caller<'a> {
    pub(crate) line: &'a TwimlLine,
    pub(crate) call: CallId,
    pub(crate) key: Option<CallerKey>,
    /// What our own addresses begin with, without a trailing slash.
    pub(crate) base: String,
}

impl Twiml {
    /// The document that answers a webhook. The same request gives the same document.
    pub(super) fn reply(&self, caller: &Caller, ask: Ask) -> String {
        let now = self.clock.now();
        let line = &caller.line.line;
        match ask {
            Ask::Answer => {
                let rang = self.repeats.first_seen(&["answer", caller.call.as_str()], now);
                self.answer(caller, self.tier(caller.line), rang)
            }
            Ask::Fallback => {
                warn!(line = line.name, call.id = %caller.call, "The provider could not use our last answer");
                match self.tracker.count_fallback(&caller.call) {
                    ..=MAX_FALLBACKS => self.answer(caller, Tier::Gather, now),
                    _ => caller.line.trouble(),
                }
            }
            Ask::Step { token, key } => match self.keyring.verify(token, &caller.call, &line.name, now) {
                Ok(read) => {
                    let key_text = key.map(|key| key.to_string()).unwrap_or_default();
                    let parts = ["step", caller.call.as_str(), token, &key_text];
                    self.step(caller, read, key, self.repeats.first_seen(&parts, now))
                }
                Err(error) => {
                    warn!(line = line.name, call.id = %caller.call, "The call begins anew: its state {error}");
                    self.answer(caller, Tier::Gather, now)
                }
            },
            Ask::After { token } => self.after(caller, token, now),
        }
    }

    pub(super) fn answer(&self, caller: &Caller, tier: Tier, now: Timestamp) -> String {
        let line = &caller.line.line;
        let catalogue = line.catalogue();
        let memory: Memory = self.store.memory(&line.name, caller.key.as_ref());
        let mut session = CallSession::new(&line.rules, &catalogue, now);
        let turn = Line::turn(&mut session, &self.library, Event::Answered { memory }, Millis::ZERO);
        info!(line = line.name, call.id = %caller.call, "A call is answered");
        let polite = turn.phrases().any(|phrase| *phrase == Phrase::Plain("trouble"));
        if polite {
            self.reports.trouble(&line.name, &catalogue);
        } else {
            self.reports.call(&line.name);
        }
        if let (Tier::Stream(carrier), false) = (tier, polite) {
            return self.connect(caller, carrier, catalogue.revision(), now);
        }
        self.send(caller, &session, &turn, Millis::ZERO)
    }

    fn step(&self, caller: &Caller, token: Token, key: Option<Key>, now: Timestamp) -> String {
        let line = &caller.line.line;
        let catalogue = line.catalogue_of(token.revision);
        let mut session = CallSession::restore(&line.rules, &catalogue, token.state);
        let at = since(token.state.answered_at, now);
        let event = match key {
            Some(key) => Event::Digit { key, heard: self.heard(&token, at) },
            None => Event::NoInput,
        };
        let turn = Line::turn(&mut session, &self.library, event, at);
        self.send(caller, &session, &turn, at)
    }

    /// How much of the turn's recording the caller heard, `at` so long after the answer. The provider does
    /// not tell it, so it is reckoned from when the turn was sent; the session bounds it by the piece.
    fn heard(&self, token: &Token, at: Millis) -> Millis {
        token.state.speed.heard(at - token.issued - token.lead - self.start_delay)
    }

    /// Notes the turn, and writes it as a document.
    pub(super) fn send(&self, caller: &Caller, session: &CallSession, turn: &Turn, at: Millis) -> String {
        let (line, state) = (&caller.line.line, session.state());
        let context = session.context();
        let base = caller.base.as_str();
        let itself = caller.line.speaks_itself && self.tracker.fallbacks(&caller.call) == 0;
        let utter = |phrase: &Phrase| match line.words(phrase, &context) {
            words if itself => caller.line.utter(words, base),
            words => Utterance::said(words),
        };
        let says: Vec<Utterance> = turn.phrases().map(utter).collect();
        let lead = says.iter().fold(Millis::ZERO, |sum, said| sum + said.length);
        let token = Token { revision: context.catalogue.revision(), issued: at, lead, state };
        let now = state.answered_at + SignedDuration::from_millis(i64::from(at.0));

        let left = session.left(Millis::ZERO);
        self.store.remember(&line.name, caller.key.as_ref(), left, &state, now);
        let until = now + SignedDuration::from_millis(i64::from((lead + length(turn) + GRACE).0));
        let progress = Progress {
            line: line.name.clone(),
            caller: caller.key.clone(),
            token,
            left: None,
            until,
            fallbacks: 0,
            recorded: false,
        };
        self.tracker.note(&caller.call, progress);

        let signed = self.keyring.sign(&token, &caller.call, &line.name);
        let action = format!("{base}/twiml/{}/step/{signed}", line.name);
        let media = |piece: &Piece| {
            let recording = context.catalogue.find(piece.recording, context.as_of);
            let content = recording.map_or("", |recording| recording.sound.content.as_str());
            media_path(base, piece, content)
        };
        render::document(turn, &caller.line.voice, caller.line.dialect, &action, &says, media)
    }

    /// A call is over: writes its record, and where the caller was.
    pub(super) fn close(&self, caller: &Caller, duration_s: u32, failed: bool) {
        let line = &caller.line.line;
        let now = self.clock.now();
        self.streamed_until(caller, now);
        let record = match self.tracker.close(&caller.call) {
            Closed::Already => return,
            Closed::Unknown => CallRecord {
                line: line.name.clone(),
                call: caller.call.clone(),
                caller: caller.key.as_ref().map(|key| key.as_str().to_owned()),
                answered_at: now - SignedDuration::from_secs(i64::from(duration_s)),
                duration_s,
                cause: if failed { HangupCause::Failed } else { HangupCause::Caller },
                recording: None,
                position_ms: None,
                sound: None,
            },
            Closed::Now(progress) => self.closed(caller, &progress, duration_s, failed, now),
        };
        info!(line = line.name, call.id = %caller.call, call.duration_s = duration_s, "A call is over");
        self.reports.ended(&line.name, record.cause);
        self.store.record(record);
    }

    fn closed(
        &self,
        caller: &Caller,
        progress: &Progress,
        duration_s: u32,
        failed: bool,
        now: Timestamp,
    ) -> CallRecord {
        let (line, token) = (&caller.line.line, &progress.token);
        let catalogue = line.catalogue_of(token.revision);
        let session = CallSession::restore(&line.rules, &catalogue, token.state);
        let reckoned = || session.left(self.heard(token, Millis::seconds(duration_s)));
        let left = progress.left.unwrap_or_else(reckoned);
        let caller_key = caller.key.as_ref().or(progress.caller.as_ref());
        self.store.remember(&progress.line, caller_key, left, &token.state, now);
        let cause = match token.state.stage {
            _ if failed => HangupCause::Failed,
            Stage::Over => HangupCause::Line,
            _ => HangupCause::Caller,
        };
        let (recording, position_ms) = match left {
            Left::At(recording, position) => (Some(recording), Some(position.0)),
            Left::Untouched | Left::Finished => (None, None),
        };
        CallRecord {
            line: progress.line.clone(),
            call: caller.call.clone(),
            caller: caller_key.map(|key| key.as_str().to_owned()),
            answered_at: token.state.answered_at,
            duration_s,
            cause,
            recording,
            position_ms,
            sound: None,
        }
    }
}

/// A provider may be this late with the next webhook.
pub(super) const GRACE: Millis = Millis::seconds(20);

fn length(turn: &Turn) -> Millis {
    let wait = match turn.next {
        Next::Gather { wait } => wait,
        Next::Hangup => Millis::ZERO,
    };
    turn.piece().map_or(Millis::ZERO, Piece::sounding) + wait
}

pub(super) fn since(answered_at: Timestamp, now: Timestamp) -> Millis {
    let elapsed_ms = now.duration_since(answered_at).as_millis();
    Millis(u32::try_from(elapsed_ms.max(0)).unwrap_or(u32::MAX))
}

/// Where a provider fetches a piece. Its content is in its name, so that it may be cached for ever.
pub(super) fn media_path(base: &str, piece: &Piece, content: &str) -> String {
    let (recording, from, to) = (piece.recording, piece.from.0, piece.to.0);
    let mut path = format!("{base}/audio/{recording}.{content}/{from}-{to}.wav");
    let (speed, gain) = (piece.speed.percent(), piece.volume.decibels());
    match (speed, gain) {
        (100, 0) => {}
        (speed, 0) => path.push_str(&format!("?speed={}", f64::from(speed) / 100.0)),
        (100, gain) => path.push_str(&format!("?gain={gain}")),
        (speed, gain) => path.push_str(&format!("?speed={}&gain={gain}", f64::from(speed) / 100.0)),
    }
    path
}
