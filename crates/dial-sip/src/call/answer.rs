//! What the host decides about a call: it rings, answers, refuses, hangs up.

use super::{Act, Call, CallEvent, Repeated, State, Why, first_codec};
use crate::message::{Content, Name, Refusal, Status};
use crate::sdp::{self, Description, Disagreement, Local, Media};
use crate::time::Moment;

impl Call {
    /// The caller hears that it rings. If the caller requires it, the answer is repeated until it is
    /// confirmed (RFC 3262).
    pub(crate) fn ring(&mut self, now: Moment, acts: &mut Vec<Act>) {
        if self.state != State::Invited || self.reliable.is_some() {
            return;
        }
        let is_reliable = self.invite.headers.lists(Name::Require, "100rel");
        // RFC 3262 section 5: it would have to carry our offer, and we do not know yet where we are heard.
        if is_reliable && self.invite.content() == Content::Nothing {
            return;
        }
        let mut reply = self.reply_with_contact(&self.invite, Status::RINGING);
        // RFC 3262 section 3: the first number is random, from 1 to 2^31 - 1.
        self.unconfirmed = is_reliable.then(|| (self.chance.number() as u32 & 0x3fff_ffff) + 1);
        if let Some(number) = self.unconfirmed {
            reply = reply.header(Name::Require, "100rel").header(Name::RSeq, number.to_string());
        }
        let bytes = reply.finish();
        self.reliable = self.unconfirmed.map(|number| Repeated::new(number, self.key, bytes.clone(), now));
        acts.push(Act::Reply { key: self.key, status: Status::RINGING, bytes });
    }

    /// The call is answered: our sound is at `local`. The host hears what was agreed on, now or with the ACK.
    pub(crate) fn answer(&mut self, local: Local, now: Moment, acts: &mut Vec<Act>) {
        if self.state != State::Invited {
            return;
        }
        let agreed = self.describe(&local);
        self.local = Some(local);
        let Ok((text, media)) = agreed else {
            return self.refuse_for(Status::NOT_ACCEPTABLE_HERE, Why::NoSound, acts);
        };
        let mut reply = self.reply_with_contact(&self.invite, Status::OK);
        if let Some(timer) = &mut self.timer {
            timer.begin(now);
            for (name, value) in timer.fields() {
                reply = reply.header(name, value);
            }
        }
        let bytes = reply.finish_with("application/sdp", text.as_bytes());
        let number = self.invite.cseq().map_or(0, |cseq| cseq.number);
        self.description = text;
        self.is_offering = media.is_none();
        self.state = State::Answered;
        self.ends = now + self.site.max_call;
        // RFC 3262 section 3: it is repeated no more, and its PRACK may still come.
        self.reliable = None;
        self.accepted = Some(Repeated::new(number, self.key, bytes.clone(), now));
        acts.push(Act::Reply { key: self.key, status: Status::OK, bytes });
        self.adopt(media, acts);
    }

    /// Our description for the INVITE: an answer, or an offer if it has none.
    fn describe(&mut self, local: &Local) -> Result<(String, Option<Media>), Disagreement> {
        let preference = self.site.preference;
        let Content::Description(text) = self.invite.content() else {
            return Ok((sdp::offer(local, &mut self.session, first_codec(preference)), None));
        };
        let offer = Description::parse(text).map_err(|_| Disagreement::NoSound)?;
        let (text, media) = sdp::answer(&offer, local, &mut self.session, preference)?;
        Ok((text, Some(media)))
    }

    /// The sound that holds from now on; the host hears of it if it is another.
    pub(super) fn adopt(&mut self, media: Option<Media>, acts: &mut Vec<Act>) {
        let Some(media) = media else { return };
        match self.media.replace(media.clone()) {
            None => acts.push(Act::Tell(CallEvent::Answered(Box::new(media)))),
            Some(before) if before != media => acts.push(Act::Tell(CallEvent::MediaChanged(Box::new(media)))),
            Some(_) => {}
        }
    }

    /// The call is refused, before it was answered.
    pub(crate) fn refuse(&mut self, refusal: &Refusal, acts: &mut Vec<Act>) {
        if self.state == State::Invited {
            self.refuse_with(refusal, Why::Refused(refusal.status), acts);
        }
    }

    pub(super) fn refuse_for(&mut self, status: Status, why: Why, acts: &mut Vec<Act>) {
        self.refuse_with(&Refusal::plain(status), why, acts);
    }

    pub(super) fn refuse_with(&mut self, refusal: &Refusal, why: Why, acts: &mut Vec<Act>) {
        let mut reply = self.reply(&self.invite, refusal.status);
        if let Some((name, value)) = &refusal.header {
            reply = reply.header(*name, value);
        }
        acts.push(Act::Reply { key: self.key, status: refusal.status, bytes: reply.finish() });
        self.end(why, acts);
    }

    /// The caller gave up. What was answered already stays so (RFC 3261 section 9.2).
    pub(crate) fn cancel(&mut self, acts: &mut Vec<Act>) {
        if self.state == State::Invited {
            self.refuse_with(&Refusal::plain(Status::CANCELLED), Why::Cancelled, acts);
        }
    }

    /// The host hangs up; before an answer, that refuses the call. `reason` is the value of a Reason field
    /// (RFC 3326), such as `Q.850;cause=16`.
    pub(crate) fn hang_up(&mut self, reason: Option<&str>, acts: &mut Vec<Act>) {
        match self.state {
            State::Over => {}
            State::Invited => self.refuse_for(Status::UNAVAILABLE_NOW, Why::HungUp, acts),
            _ => self.bye(reason, Why::HungUp, acts),
        }
    }
}
