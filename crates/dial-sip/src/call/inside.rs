//! Requests inside of a call.

use super::{Act, Call, CallEvent, Repeated, State, Why, first_codec};
use crate::dtmf;
use crate::message::{ACCEPT, Content, Method, Name, Refusal, Reply, Request, Status, scan};
use crate::net::Flow;
use crate::sdp::{self, Description, Media};
use crate::time::Moment;
use crate::transaction::Key;

use super::timer::SessionTimer;

/// After so many seconds a request that came at a bad time may come again, at most (RFC 3261 section 14.2).
const AGAIN_S: u64 = 10;

impl Call {
    /// A request with our tag came, for the first time. Every one but an ACK is answered.
    pub(crate) fn receive(
        &mut self,
        request: &Request,
        key: Key,
        flow: Flow,
        now: Moment,
        acts: &mut Vec<Act>,
    ) {
        if request.method() == Method::Ack {
            return self.acked(request, acts);
        }
        if !self.dialog.follows(request) {
            // RFC 3261 section 12.2.2: out of order.
            return self.answer_with(request, key, flow, &Refusal::plain(Status::INTERNAL), acts);
        }
        // An address translator may have moved the other side.
        self.flow = flow;
        let refused = match request.method() {
            Method::Invite | Method::Update => self.change(request, key, now, acts),
            Method::Bye => {
                self.say(request, key, Status::OK, acts);
                // RFC 3261 section 15.1.2: an INVITE that is still pending is answered with 487.
                if self.state == State::Invited {
                    self.refuse_for(Status::CANCELLED, Why::Caller, acts);
                }
                self.end(Why::Caller, acts);
                Ok(())
            }
            Method::Prack => self.confirmed(request, key, acts),
            Method::Info => self.told(request, key, acts),
            Method::Options => {
                let reply = self.reply_with_contact(request, Status::OK).header(Name::Accept, ACCEPT);
                acts.push(Act::Reply { key, status: Status::OK, bytes: reply.finish() });
                Ok(())
            }
            _ => Err(Refusal::with(Status::METHOD_NOT_ALLOWED, Name::Allow, Method::ALLOW)),
        };
        if let Err(refusal) = refused {
            self.answer_with(request, key, flow, &refusal, acts);
        }
    }

    fn say(&self, request: &Request, key: Key, status: Status, acts: &mut Vec<Act>) {
        let bytes = self.reply(request, status).finish();
        acts.push(Act::Reply { key, status, bytes });
    }

    fn answer_with(&self, request: &Request, key: Key, flow: Flow, refusal: &Refusal, acts: &mut Vec<Act>) {
        let mut reply = Reply::new(request, flow.remote, refusal.status, Some(self.dialog.tag()));
        if let Some((name, value)) = &refusal.header {
            reply = reply.header(*name, value);
        }
        acts.push(Act::Reply { key, status: refusal.status, bytes: reply.finish() });
    }

    /// The caller says that our answer came.
    fn acked(&mut self, ack: &Request, acts: &mut Vec<Act>) {
        let number = ack.cseq().map(|cseq| cseq.number);
        if self.accepted.as_ref().is_none_or(|accepted| Some(accepted.number) != number) {
            return;
        }
        self.accepted = None;
        let is_first = self.state == State::Answered;
        if self.is_offering {
            self.is_offering = false;
            match self.taken(ack) {
                Some(media) => self.adopt(Some(media), acts),
                // RFC 3261 section 14.2: without an answer to our offer, a call that sounds goes on as it was.
                None if is_first => return self.bye(None, Why::NoSound, acts),
                None => {}
            }
        }
        if is_first {
            self.state = State::Confirmed;
            acts.push(Act::Tell(CallEvent::Confirmed));
        }
    }

    /// What an answer to our offer agrees to.
    pub(super) fn taken(&self, ack: &Request) -> Option<Media> {
        let Content::Description(text) = ack.content() else { return None };
        let answer = Description::parse(text).ok()?;
        sdp::accept(&answer, self.local.as_ref()?, self.media.as_ref()).ok()
    }

    /// An INVITE or UPDATE: hold, resume, another address, or only a sign of life.
    fn change(
        &mut self,
        request: &Request,
        key: Key,
        now: Moment,
        acts: &mut Vec<Act>,
    ) -> Result<(), Refusal> {
        let is_invite = request.method() == Method::Invite;
        let offer = match request.content() {
            Content::Description(text) => Some(text),
            Content::Nothing | Content::Unknown => None,
        };
        let has_offer = offer.is_some();
        if self.state == State::Invited {
            // RFC 3261 section 14.2, RFC 3311 section 5.2: the first offer is still to be answered.
            if is_invite || has_offer {
                return Err(self.again());
            }
        } else if (self.is_offering || self.pending.is_some()) && (is_invite || has_offer) {
            return Err(Refusal::plain(Status::REQUEST_PENDING));
        }
        let timer = SessionTimer::agree(request, now)?;
        let (text, media) = match (offer, is_invite, &self.local) {
            (Some(offer), _, Some(local)) => {
                let refused = Refusal::plain(Status::NOT_ACCEPTABLE_HERE);
                let offer = Description::parse(offer).map_err(|_| refused.clone())?;
                let agreed = sdp::answer(&offer, local, &mut self.session, self.site.preference);
                let (text, media) = agreed.map_err(|_| refused)?;
                (text, Some(media))
            }
            (None, true, Some(local)) => {
                let again = sdp::offer_again(&mut self.session);
                let first = first_codec(self.site.preference);
                (again.unwrap_or_else(|| sdp::offer(local, &mut self.session, first)), None)
            }
            _ => (String::new(), None),
        };
        self.dialog.retarget(request.contact());
        let mut reply = self.reply_with_contact(request, Status::OK);
        if self.state != State::Invited {
            self.timer = timer;
        }
        if let Some(timer) = timer {
            for (name, value) in timer.fields() {
                reply = reply.header(name, value);
            }
        }
        let bytes = reply.finish_with("application/sdp", text.as_bytes());
        if is_invite {
            let number = request.cseq().map_or(0, |cseq| cseq.number);
            self.accepted = Some(Repeated::new(number, key, bytes.clone(), now));
            self.is_offering = media.is_none();
            // Who sends another INVITE has heard the answer to the first one.
            if self.state == State::Answered {
                self.state = State::Confirmed;
                acts.push(Act::Tell(CallEvent::Confirmed));
            }
        }
        if !text.is_empty() {
            self.description = text;
        }
        acts.push(Act::Reply { key, status: Status::OK, bytes });
        self.adopt(media, acts);
        Ok(())
    }

    /// It came at a bad time: 500, and when it may come again.
    fn again(&mut self) -> Refusal {
        let seconds = self.chance.number() % (AGAIN_S + 1);
        Refusal::with(Status::INTERNAL, Name::RetryAfter, seconds.to_string())
    }

    /// A PRACK: our ringing came.
    fn confirmed(&mut self, prack: &Request, key: Key, acts: &mut Vec<Act>) -> Result<(), Refusal> {
        let mut words = prack
            .headers
            .first(Name::RAck)
            .unwrap_or_default()
            .split(|byte| scan::is_space(*byte))
            .filter(|word| !word.is_empty());
        let mut number = || words.next().and_then(|word| scan::number(word, u64::from(u32::MAX)));
        let (reliable, invite) = (number(), number());
        let is_ours = self.unconfirmed.map(u64::from) == reliable
            && self.invite.cseq().map(|cseq| u64::from(cseq.number)) == invite
            && reliable.is_some();
        if !is_ours {
            return Err(Refusal::plain(Status::NO_SUCH_CALL));
        }
        (self.unconfirmed, self.reliable) = (None, None);
        self.say(prack, key, Status::OK, acts);
        Ok(())
    }

    /// An INFO: a key, or a sign of life.
    fn told(&mut self, info: &Request, key: Key, acts: &mut Vec<Act>) -> Result<(), Refusal> {
        let kind = info.content_type().unwrap_or_default();
        if !info.body().is_empty() && !dtmf::is_info(&kind) {
            return Err(Refusal::with(
                Status::UNSUPPORTED_MEDIA,
                Name::Accept,
                "application/dtmf-relay, application/dtmf",
            ));
        }
        self.say(info, key, Status::OK, acts);
        if let Some(digit) = dtmf::from_info(&kind, info.body()).filter(|_| self.state != State::Invited) {
            acts.push(Act::Tell(CallEvent::Digit(digit)));
        }
        Ok(())
    }
}
