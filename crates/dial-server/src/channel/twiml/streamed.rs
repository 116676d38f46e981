//! Calls that are carried by media streams: how they begin, and how they come back when a stream fails.

use dial_core::catalogue::Revision;
use dial_core::session::{CallSession, Event, Left as CallLeft, State};
use dial_core::time::Millis;
use dial_core::token::Token;
use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::call::{Caller, GRACE, since};
use super::tracker::Progress;
use super::{Tier, Twiml, TwimlLine, render};
use crate::channel::live::{Ended, Reached};
use crate::channel::stream::{self, Carrier, Left};
use crate::line::Line;

impl Twiml {
    /// How a call that rings now is carried: by webhooks where there is no room for a stream.
    pub(super) fn tier(&self, line: &TwimlLine) -> Tier {
        match line.tier {
            Tier::Stream(carrier) if self.public_url.is_some() && self.streams.has_room(&line.line.name) => {
                Tier::Stream(carrier)
            }
            _ => Tier::Gather,
        }
    }

    /// The document that opens a stream for a call that rings.
    pub(super) fn connect(
        &self,
        caller: &Caller,
        carrier: Carrier,
        revision: Revision,
        now: Timestamp,
    ) -> String {
        let (name, base) = (&caller.line.line.name, caller.base.as_str());
        let token = Token { revision, issued: Millis::ZERO, lead: Millis::ZERO, state: State::new(now) };
        self.note(caller, token, CallLeft::Untouched, now + SignedDuration::from_millis(i64::from(GRACE.0)));
        let key = caller.key.as_ref();
        let signed = self.keyring.sign(&token, &caller.call, &stream::bound_to(name, key));
        let parameters =
            [(stream::TOKEN, signed.as_str()), (stream::CALLER, key.map_or("", |key| key.as_str()))];
        let after = format!("{base}/twiml/{name}/after/{}", self.keyring.sign(&token, &caller.call, name));
        // Companies open `wss` addresses only; `ws` is for tests on one machine.
        let socket = base.strip_prefix("http").unwrap_or("s://");
        render::connect(carrier, &format!("ws{socket}/twiml/{name}/stream"), &parameters, &after)
    }

    /// A stream is over. With its call; or the call goes on by webhooks, where it was.
    pub(super) fn after(&self, caller: &Caller, token: &str, now: Timestamp) -> String {
        let line = &caller.line.line;
        let token = match self.keyring.verify(token, &caller.call, &line.name, now) {
            Ok(token) => token,
            Err(error) => {
                warn!(line = line.name, call.id = %caller.call, "The call begins anew: its state {error}");
                return self.answer(caller, Tier::Gather, now);
            }
        };
        let now = self.repeats.first_seen(&["after", caller.call.as_str()], now);
        match self.streams.come_back(&caller.call, now) {
            Some(Left::Over) => render::hang_up(),
            Some(Left::At(heard)) => {
                let at = since(token.state.answered_at, now);
                self.go_on(caller, &token, heard, at)
            }
            None => {
                self.reports.metrics.stream_failed(&line.name);
                warn!(line = line.name, call.id = %caller.call, "The media stream has never begun here: the call goes on by webhooks");
                self.answer(caller, Tier::Gather, now)
            }
        }
    }

    fn go_on(
        &self,
        caller: &Caller,
        token: &Token,
        Reached { state, heard, .. }: Reached,
        at: Millis,
    ) -> String {
        let line = &caller.line.line;
        warn!(line = line.name, call.id = %caller.call, "A media stream has failed: the call goes on by webhooks");
        self.reports.metrics.stream_failed(&line.name);
        let catalogue = line.catalogue_of(token.revision);
        let mut session = CallSession::restore(&line.rules, &catalogue, state);
        let turn = Line::turn(&mut session, &self.library, Event::Moved { heard }, at);
        self.send(caller, &session, &turn, at)
    }

    /// A stream has told how far its call is, when that was something new.
    pub(crate) fn remember(
        &self,
        caller: &Caller,
        token: &Token,
        Reached { state, heard, .. }: &Reached,
    ) -> CallLeft {
        let line = &caller.line.line;
        let catalogue = line.catalogue_of(token.revision);
        let left = CallSession::restore(&line.rules, &catalogue, *state).left(*heard);
        self.store.remember(&line.name, caller.key.as_ref(), left, state, self.clock.now());
        left
    }

    /// A stream has failed in mid-call.
    pub(crate) fn broken(&self, caller: &Caller, token: &Token, heard: Reached) {
        let left = self.remember(caller, token, &heard);
        let until = self.clock.now() + SignedDuration::from_millis(i64::from(GRACE.0));
        self.note(caller, Token { state: heard.state, ..*token }, left, until);
    }

    /// A call is over, and its stream with it. Its record is written when the provider tells how long it was.
    pub(crate) fn streamed(&self, caller: &Caller, token: &Token, ended: Ended) {
        let (state, now) = (ended.state, self.clock.now());
        self.store.remember(&caller.line.line.name, caller.key.as_ref(), ended.left, &state, now);
        self.note(caller, Token { state, ..*token }, ended.left, now);
    }

    /// A call is over, as its provider tells; its stream may not have been told yet.
    pub(super) fn streamed_until(&self, caller: &Caller, now: Timestamp) {
        let Some(heard) = self.streams.hang_up(&caller.call, now) else { return };
        let Some(progress) = self.tracker.progress(&caller.call) else { return };
        let left = self.remember(caller, &progress.token, &heard);
        self.note(caller, Token { state: heard.state, ..progress.token }, left, now);
    }

    fn note(&self, caller: &Caller, token: Token, left: CallLeft, until: Timestamp) {
        let progress = Progress {
            line: caller.line.line.name.clone(),
            caller: caller.key.clone(),
            token,
            left: Some(left),
            until,
            fallbacks: 0,
            recorded: false,
        };
        self.tracker.note(&caller.call, progress);
    }
}
