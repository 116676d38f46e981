//! Requests of ours inside of a call: the end of it, and its renewal.

use std::time::Duration;

use super::{Act, Call, State, Why};
use crate::message::{Content, Method, Name, RequestWriter, Response, SUPPORTED, Status};
use crate::sdp::{self, Description};
use crate::time::Moment;

impl Call {
    fn hop(&mut self) -> (String, String) {
        let branch = format!("z9hG4bK{}", self.chance.word());
        (format!("{};branch={branch};rport", self.site.via), branch)
    }

    fn begin(&mut self, method: Method) -> (RequestWriter, String, u32) {
        let (via, branch) = self.hop();
        let (request, number) = self.dialog.request(method, &via);
        (request.header(Name::UserAgent, &self.site.product), branch, number)
    }

    /// Says goodbye; the call is over at once, whatever is answered.
    pub(super) fn bye(&mut self, reason: Option<&str>, why: Why, acts: &mut Vec<Act>) {
        if self.state == State::Over {
            return;
        }
        let (mut request, branch, _) = self.begin(Method::Bye);
        if let Some(reason) = reason {
            request = request.header(Name::Reason, reason);
        }
        acts.push(Act::Ask { method: Method::Bye, branch, bytes: request.finish() });
        self.end(why, acts);
    }

    /// Renews the session (RFC 4028 section 7.4): by UPDATE if the other side serves it, else by INVITE.
    pub(super) fn renew(&mut self, now: Moment, acts: &mut Vec<Act>) {
        let Some(mut timer) = self.timer else { return };
        if self.pending.is_some() || self.accepted.is_some() {
            timer.refused(None, now + Duration::from_secs(1));
            self.timer = Some(timer);
            return;
        }
        let method = if self.knows_update { Method::Update } else { Method::Invite };
        let (request, branch, number) = self.begin(method);
        let request = request
            .header(Name::Contact, &self.site.contact)
            .header(Name::Allow, Method::ALLOW)
            .header(Name::Supported, SUPPORTED.join(", "))
            .header(Name::SessionExpires, timer.field());
        let bytes = match method {
            Method::Invite => request.finish_with("application/sdp", self.description.as_bytes()),
            _ => request.finish(),
        };
        timer.asking();
        self.timer = Some(timer);
        self.pending = Some((branch.clone(), method, number));
        acts.push(Act::Ask { method, branch, bytes });
    }

    /// An answer to a request of ours came. A good answer to an INVITE is acknowledged each time.
    pub(crate) fn answered(&mut self, branch: &str, response: &Response, now: Moment, acts: &mut Vec<Act>) {
        if response.status.is_provisional() || self.is_over() {
            return;
        }
        let is_invite = response.cseq().is_some_and(|cseq| cseq.method == Method::Invite.name().as_bytes());
        if is_invite && response.status.is_success() {
            let number = response.cseq().map_or(0, |cseq| cseq.number);
            let (via, _) = self.hop();
            let bytes = self.dialog.ack(&via, number).finish();
            acts.push(Act::Send { bytes });
        }
        if self.pending.as_ref().is_none_or(|(known, ..)| known != branch) {
            return;
        }
        self.pending = None;
        match response.status {
            status if status.is_success() => {
                self.dialog.retarget(response.contact());
                if let Some(timer) = &mut self.timer {
                    timer.renewed(&response.headers, now);
                }
                if is_invite {
                    self.heard(response, acts);
                }
            }
            status => self.refused(status, response.headers.number(Name::MinSe), now, acts),
        }
    }

    /// The answer to the description that our INVITE repeated.
    fn heard(&mut self, response: &Response, acts: &mut Vec<Act>) {
        let text = match response.content() {
            Content::Description(text) => text,
            Content::Nothing | Content::Unknown => response.body(),
        };
        let answer = Description::parse(text).ok();
        let agreed = answer
            .zip(self.local.as_ref())
            .and_then(|(answer, local)| sdp::accept(&answer, local, self.media.as_ref()).ok());
        self.adopt(agreed, acts);
    }

    /// A renewal was refused, or never answered.
    fn refused(&mut self, status: Status, floor: Option<u32>, now: Moment, acts: &mut Vec<Act>) {
        // RFC 3261 section 12.2.1.2: the other side knows nothing of the call.
        if matches!(status.code(), 408 | 481) {
            return self.bye(None, Why::Forgotten, acts);
        }
        if matches!(status.code(), 405 | 501) {
            self.knows_update = false;
        }
        // RFC 3261 section 14.1: who did not begin the call waits up to 2 s after a glare.
        let pause = if status == Status::REQUEST_PENDING { self.chance.share() * 2.0 } else { 5.0 };
        if let Some(timer) = &mut self.timer {
            timer.refused(floor, now + Duration::from_secs_f64(pause));
        }
    }

    /// A request of ours was never answered: as if 408 had come.
    pub(crate) fn unanswered(&mut self, branch: &str, now: Moment, acts: &mut Vec<Act>) {
        if self.pending.as_ref().is_some_and(|(known, ..)| known == branch) && !self.is_over() {
            self.pending = None;
            self.refused(Status::TIMEOUT, None, now, acts);
        }
    }
}
