//! Answers to requests of ours.

use bytes::Bytes;

use super::{Endpoint, Owner, Timer};
use crate::message::{Message, Method, Name, Request, RequestWriter, Response, Verdict};
use crate::time::Moment;
use crate::transaction::Passed;

impl Endpoint {
    /// A response came. It is heard of only if it answers a request of ours: the branch cannot be guessed.
    pub(super) fn response(&mut self, response: &Response, now: Moment) {
        if response.verdict() != Verdict::Serve {
            self.guard.counters.broken += 1;
            return;
        }
        let via = response.via();
        let branch = via.and_then(|via| via.branch()).and_then(|branch| std::str::from_utf8(branch).ok());
        let Some(id) = branch.and_then(|branch| self.branches.get(branch)).copied() else { return };
        let Some(asking) = self.clients.get_mut(&id) else { return };
        let Some(request) = asked(&asking.request) else { return };
        if response.cseq().map(|cseq| cseq.method) != Some(request.method_text()) {
            return;
        }
        let passed = asking.transaction.receive(response.status, now);
        let (route, owner, branch) = (asking.route, asking.owner, asking.branch.clone());
        self.timers.set(Timer::Client(id), asking.transaction.wakes());
        if matches!(passed, Passed::UpAndAck | Passed::AckAgain)
            && let Some(ack) = acknowledgement(&request, response)
        {
            self.transmit(route, ack);
        }
        if matches!(passed, Passed::Up | Passed::UpAndAck) {
            match owner {
                Owner::Call(id) => {
                    self.with_call(id, now, |call, acts| call.answered(&branch, response, now, acts));
                }
                Owner::Registration(id) => {
                    self.with_registration(id, now, |one, acts| one.answered(&branch, response, now, acts));
                }
            }
        }
    }
}

fn asked(bytes: &Bytes) -> Option<Request> {
    match Message::parse(bytes.clone()) {
        Ok(Message::Request(request)) => Some(request),
        _ => None,
    }
}

/// The ACK of a refusal (RFC 3261 section 17.1.1.3): all but To is of the request.
fn acknowledgement(request: &Request, response: &Response) -> Option<Bytes> {
    let mut ack = RequestWriter::new(Method::Ack, request.uri_text())
        .header(Name::Via, request.headers.first(Name::Via)?);
    for route in request.headers.all(Name::Route) {
        ack = ack.header(Name::Route, route);
    }
    let ack = ack
        .header(Name::MaxForwards, "70")
        .header(Name::From, request.headers.first(Name::From)?)
        .header(Name::To, response.headers.first(Name::To)?)
        .header(Name::CallId, request.headers.first(Name::CallId)?)
        .header(Name::CSeq, format!("{} ACK", request.cseq()?.number));
    Some(ack.finish())
}
