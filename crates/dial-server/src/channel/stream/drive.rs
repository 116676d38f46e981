//! One media stream, from its first message to its last.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use dial_core::call::CallId;
use dial_core::key::Key;
use dial_core::time::Millis;
use dial_core::token::{Token, TokenError};
use futures_util::SinkExt;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{info, warn};

use super::calls::{Going, NoStream};
use super::limits::{Allowance, Limits, MAX_BEFORE_START};
use super::message::{Carrier, Mouth, Said, Start, read};
use super::{CALLER, Streams, TOKEN, Witness, bound_to};
use crate::channel::live::{self, Ended, Feed, Listener, Live};
use crate::channel::transcript::TranscriptEvent;
use crate::channel::twiml::{Caller, Twiml, TwimlLine};
use crate::store::CallerKey;

/// Why a stream ended before its call. Nothing in it names the caller.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("it did not begin in time")]
    NotBegun,
    #[error("its parameters are not ours: the token {0}")]
    Forged(#[from] TokenError),
    #[error("{0}")]
    NoStream(#[from] NoStream),
    #[error("nothing came for too long")]
    Silent,
    #[error("more came than is ever sent")]
    Flood,
    #[error("what we send is not taken")]
    Stuck,
    #[error("it was cut")]
    Cut,
    #[error("the connection has failed")]
    Connection(#[source] axum::Error),
    #[error("the call came back by a webhook")]
    CameBack,
    #[error("this server stops")]
    Stopped,
    #[error("it lasted too long")]
    TooLong,
}

/// Tells whoever listens what happens.
struct Teller<'a>(&'a CallId, Option<&'a Witness>);

impl Listener for Teller<'_> {
    fn event(&mut self, event: &TranscriptEvent) {
        if let Some(witness) = self.1 {
            witness(self.0, event);
        }
    }
}

/// Speaks with a telephone company over a connection of which nothing is known yet but the line.
pub(super) async fn run(
    twiml: &Twiml,
    line: &TwimlLine,
    carrier: Carrier,
    mut socket: WebSocket,
    place: OwnedSemaphorePermit,
) {
    let ended = converse(twiml, line, carrier, &mut socket, place).await;
    let (code, reason) = match &ended {
        Ok(()) => (close_code::NORMAL, ""),
        Err(Broken::Stopped) => (close_code::AWAY, "this server stops"),
        Err(_) => (close_code::POLICY, "the stream cannot go on"),
    };
    if let Err(broken) = ended {
        let cause = std::error::Error::source(&broken).map(ToString::to_string);
        warn!(line = line.line.name, cause, "A media stream is ended: {broken}");
    }
    let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    // Nobody needs to take it: the company sees the end of the connection as well.
    let _ = timeout(twiml.streams.limits.send, socket.send(close)).await;
}

async fn converse(
    twiml: &Twiml,
    line: &TwimlLine,
    carrier: Carrier,
    socket: &mut WebSocket,
    place: OwnedSemaphorePermit,
) -> Result<(), Broken> {
    let streams = &twiml.streams;
    let start = match timeout(streams.limits.start, beginning(socket)).await {
        Ok(start) => start?,
        Err(_) => return Err(Broken::NotBegun),
    };
    let parameter = |name: &str| start.parameters.get(name).map_or("", String::as_str);
    let key = CallerKey::parse(parameter(CALLER));
    let bound = bound_to(&line.line.name, key.as_ref());
    let token = twiml.keyring.verify(parameter(TOKEN), &start.call, &bound, twiml.clock.now())?;
    let caller = Caller { line, call: start.call.clone(), key, base: String::new() };

    let call = answered(twiml, &caller, &token);
    let named = (&caller.call, line.line.name.as_str());
    let going = streams.calls.begin(named, call.heard(), &streams.limits, &twiml.clock)?;
    info!(line = line.line.name, call.id = %caller.call, "A media stream begins");
    let mouth = Mouth::new(carrier, start.stream);
    let now = Now { streams, began: streams.stopwatch.passed(), last: Moment::default(), theirs: None };
    let (noted, feed) = (call.heard(), Feed::new(call));
    let mut stream = Stream { twiml, caller: &caller, token, socket, mouth, feed, now, noted };
    drop(place);
    match stream.run(&going).await {
        Ok(ended) => {
            twiml.streamed(&caller, &token, ended);
            going.over();
            Ok(())
        }
        Err(broken) => {
            let heard = stream.feed.heard();
            if going.fail(heard) {
                twiml.broken(&caller, &token, heard);
            }
            Err(broken)
        }
    }
}

/// The message that names the call; whatever comes before it is passed over.
async fn beginning(socket: &mut WebSocket) -> Result<Start, Broken> {
    for _ in 0..MAX_BEFORE_START {
        if let Heard::Said(Said::Start(start)) = hear(socket.recv().await)? {
            return Ok(start);
        }
    }
    Err(Broken::Flood)
}

fn answered(twiml: &Twiml, caller: &Caller<'_>, token: &Token) -> Live {
    let line = &caller.line.line;
    let memory = twiml.store.memory(&line.name, caller.key.as_ref());
    let catalogue = line.catalogue_of(token.revision);
    let library = Arc::clone(&twiml.library);
    Live::offered(Arc::clone(line), library, catalogue, token.state.answered_at, memory)
}

enum Heard {
    Said(Said),
    Nothing,
}

fn hear(message: Option<Result<Message, axum::Error>>) -> Result<Heard, Broken> {
    match message {
        None | Some(Ok(Message::Close(_))) => Err(Broken::Cut),
        Some(Err(error)) => Err(Broken::Connection(error)),
        Some(Ok(Message::Text(text))) => Ok(read(&text).map_or(Heard::Nothing, Heard::Said)),
        Some(Ok(_)) => Ok(Heard::Nothing),
    }
}

/// A moment by our stopwatch and, if the company tells it, by its own.
#[derive(Clone, Copy, Default)]
struct Moment {
    ours: Millis,
    theirs: Option<Millis>,
}

/// Where in time a stream is.
struct Now<'a> {
    streams: &'a Streams,
    began: Duration,
    /// When a part last sounded, or a key came.
    last: Moment,
    /// How far the caller's sound is: it comes between marks and keys, in their order.
    theirs: Option<Millis>,
}

impl Now<'_> {
    fn ours(&self) -> Millis {
        let passed = self.streams.stopwatch.passed().saturating_sub(self.began).as_millis();
        Millis(u32::try_from(passed).unwrap_or(u32::MAX))
    }

    /// Since a part last sounded or a key came; from now on that is this moment.
    fn since(&mut self) -> Millis {
        let now = Moment { ours: self.ours(), theirs: self.theirs };
        let last = std::mem::replace(&mut self.last, now);
        match (now.theirs, last.theirs) {
            (Some(now), Some(last)) => now - last,
            _ => now.ours - last.ours,
        }
    }
}

/// A stream that has begun.
struct Stream<'a> {
    twiml: &'a Twiml,
    caller: &'a Caller<'a>,
    token: Token,
    socket: &'a mut WebSocket,
    mouth: Mouth,
    feed: Feed,
    now: Now<'a>,
    noted: live::Reached,
}

impl Stream<'_> {
    async fn run(&mut self, going: &Going<'_>) -> Result<Ended, Broken> {
        let Limits { idle, whole, .. } = self.twiml.streams.limits;
        let began = Instant::now();
        let mut silent_at = began + idle;
        let mut allowance = Allowance::new(self.now.streams.stopwatch.passed());
        loop {
            while let Some(part) = self.feed.send(self.now.ours()) {
                let media = (!part.sound.is_empty()).then(|| self.mouth.media(&part.sound));
                let mark = self.mouth.mark(part.number);
                self.say(media.into_iter().chain([mark])).await?;
            }
            let wake = self
                .feed
                .wake()
                .map_or(whole, |wake| Duration::from_millis((wake - self.now.ours()).0.into()));
            let ended = tokio::select! {
                biased;
                () = self.twiml.streams.stop.cancelled() => return Err(Broken::Stopped),
                () = going.cut.cancelled() => return Err(Broken::CameBack),
                message = self.socket.recv() => {
                    silent_at = Instant::now() + idle;
                    if !allowance.take(self.now.streams.stopwatch.passed()) {
                        return Err(Broken::Flood);
                    }
                    match hear(message)? {
                        Heard::Said(said) => self.take(said).await?,
                        Heard::Nothing => None,
                    }
                }
                () = sleep_until(silent_at) => return Err(Broken::Silent),
                () = sleep_until(began + whole) => return Err(Broken::TooLong),
                () = sleep_until(Instant::now() + wake) => {
                    let (now, call) = (self.now.ours(), &self.caller.call);
                    let witness = self.twiml.streams.witness.as_ref();
                    self.feed.overdue(now, &mut Teller(call, witness))
                }
            };
            if let Some(ended) = ended {
                return Ok(ended);
            }
            self.note(going);
        }
    }

    /// What the company tells. Tells how the call ended, if it did.
    async fn take(&mut self, said: Said) -> Result<Option<Ended>, Broken> {
        let call = self.caller.call.clone();
        let mut teller = Teller(&call, self.twiml.streams.witness.as_ref());
        Ok(match said {
            Said::Sound(at) => {
                self.now.theirs = at.or(self.now.theirs);
                None
            }
            Said::Mark(number) => {
                if self.feed.awaits(number) {
                    self.now.since();
                }
                self.feed.sounded(number, &mut teller)
            }
            Said::Key(key) => {
                let ended = self.press(key, &mut teller);
                self.say([self.mouth.clear()]).await?;
                ended
            }
            Said::Stop => Some(self.feed.hang_up(self.now.since(), &mut teller)),
            Said::Start(_) | Said::Other => None,
        })
    }

    fn press(&mut self, key: Key, teller: &mut Teller<'_>) -> Option<Ended> {
        let since = self.now.since();
        self.feed.press(key, since, self.now.ours(), teller)
    }

    /// Sends messages, which leave together.
    async fn say(&mut self, texts: impl IntoIterator<Item = String>) -> Result<(), Broken> {
        let send = async {
            for text in texts {
                self.socket.feed(Message::Text(text.into())).await?;
            }
            self.socket.flush().await
        };
        match timeout(self.twiml.streams.limits.send, send).await {
            Ok(sent) => sent.map_err(Broken::Connection),
            Err(_) => Err(Broken::Stuck),
        }
    }

    /// Notes how far the call is, for when it must go on without this stream.
    fn note(&mut self, going: &Going<'_>) {
        let heard = self.feed.heard();
        if heard == self.noted {
            return;
        }
        going.heard(heard);
        if heard.state != self.noted.state {
            self.twiml.remember(self.caller, &self.token, &heard);
        }
        self.noted = heard;
    }
}
