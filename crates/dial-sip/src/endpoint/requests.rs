//! Requests that come to us. The order decides who learns what: what is repeated, whether the sender may
//! speak at all, whether the message is sound, whose it is.

use std::net::SocketAddr;

use super::{Endpoint, MAX_TRANSACTIONS, Route, Serving, Timer};
use crate::call::{Call, CallId};
use crate::guard::Admission;
use crate::message::{ACCEPT, Method, Name, Refusal, Reply, Request, SUPPORTED, Status, Verdict};
use crate::net::{Flow, Transport};
use crate::time::Moment;
use crate::transaction::{Key, Merge, Server};

impl Endpoint {
    pub(super) fn request(&mut self, request: &Request, flow: Flow, tls_name: Option<&str>, now: Moment) {
        let Some(key) = Key::of(request) else {
            return self.unkeyed(request, flow, tls_name);
        };
        if self.is_repeated(request, key, now) {
            return;
        }
        let method = request.method();
        let call = self.dialog(request);
        let cancelled =
            Key::cancelled(request).filter(|key| method == Method::Cancel && self.servers.contains_key(key));
        let mut trunk = String::new();
        if call.is_none() && cancelled.is_none() {
            // An ACK that belongs to nothing is never answered, whoever sent it.
            if method == Method::Ack {
                return;
            }
            match self.guard.admit(request, &flow, tls_name, self.calls.len(), now) {
                Admission::Admit(name) => trunk = name,
                Admission::Silence => return,
                Admission::Challenge(challenges) => return self.challenge(request, flow, &challenges),
                Admission::TooMuch => return self.too_much(request, flow),
            }
        }
        match request.verdict() {
            Verdict::Serve => {}
            Verdict::Refuse(refusal) => {
                self.guard.counters.refused += 1;
                return self.refuse_stateless(request, flow, &refusal);
            }
            Verdict::Drop(_) => return self.guard.counters.broken += 1,
        }
        match (method, call, cancelled) {
            (Method::Cancel, _, Some(invite)) => self.cancel(request, flow, invite, now),
            (_, Some(id), _) => self.inside(request, key, flow, id, now),
            _ => self.outside(request, key, flow, trunk, now),
        }
    }

    /// Without a Via nobody can be answered; without a CSeq only that it is missing.
    fn unkeyed(&mut self, request: &Request, flow: Flow, tls_name: Option<&str>) {
        match request.verdict() {
            Verdict::Refuse(refusal) if self.guard.is_trunk(&flow, tls_name) => {
                self.guard.counters.refused += 1;
                self.refuse_stateless(request, flow, &refusal);
            }
            Verdict::Drop(_) | Verdict::Serve | Verdict::Refuse(_) => {
                self.guard.counters.broken += 1;
            }
        }
    }

    /// Whether a transaction holds the request back.
    fn is_repeated(&mut self, request: &Request, key: Key, now: Moment) -> bool {
        let Some(serving) = self.servers.get_mut(&key) else { return false };
        if request.method() == Method::Ack {
            // Peers of RFC 2543 acknowledge good news under the same key: that is for the call.
            let was_good = serving.call.is_some_and(|id| self.calls.contains_key(&id));
            serving.transaction.acked(now);
            let wakes = serving.transaction.wakes();
            self.timers.set(Timer::Server(key), wakes);
            return !was_good;
        }
        if let Some(bytes) = serving.transaction.repeated() {
            let route = serving.route;
            self.transmit(route, bytes);
        }
        true
    }

    /// The call that a request is of, by our tag and all else that must be right.
    fn dialog(&self, request: &Request) -> Option<CallId> {
        let to = request.to()?;
        let id = self.tags.get(std::str::from_utf8(to.tag()?).ok()?)?;
        self.calls.get(id).filter(|call| call.dialog().is_of(request)).map(|_| *id)
    }

    /// A request inside of a call.
    fn inside(&mut self, request: &Request, key: Key, flow: Flow, id: CallId, now: Moment) {
        if request.method() != Method::Ack && !self.serve(request, key, flow, None) {
            return self.too_much(request, flow);
        }
        self.with_call(id, now, |call, acts| call.receive(request, key, flow, now, acts));
    }

    /// A request that begins something, or belongs to nothing.
    fn outside(&mut self, request: &Request, key: Key, flow: Flow, trunk: String, now: Moment) {
        let has_tag = request.to().is_some_and(|to| to.tag().is_some());
        let merged = Merge::of(request).is_some_and(|merge| self.merges.contains_key(&merge));
        match request.method() {
            Method::Ack => {}
            _ if merged => self.refuse_stateless(request, flow, &Refusal::plain(Status::LOOP)),
            _ if has_tag => self.refuse_stateless(request, flow, &Refusal::plain(Status::NO_SUCH_CALL)),
            Method::Options => self.options(request, flow),
            Method::Invite if self.is_draining => self.too_much(request, flow),
            Method::Invite => self.invite(request, key, flow, trunk, now),
            _ => self.refuse_stateless(request, flow, &Refusal::plain(Status::NO_SUCH_CALL)),
        }
    }

    fn invite(&mut self, request: &Request, key: Key, flow: Flow, trunk: String, now: Moment) {
        let id = CallId(self.id());
        if !self.serve(request, key, flow, Some(id)) {
            return self.too_much(request, flow);
        }
        let site = self.site(request, &flow);
        let chance = self.chance.fork();
        let mut acts = Vec::new();
        match Call::new(site, trunk, request.clone(), key, flow, chance, now, &mut acts) {
            Ok(call) => {
                if let Some(serving) = self.servers.get_mut(&key) {
                    serving.tag = Some(call.dialog().tag().to_owned());
                }
                self.tags.insert(call.dialog().tag().to_owned(), id);
                self.calls.insert(id, call);
                self.with_call(id, now, |_, all| all.append(&mut acts));
            }
            Err(refusal) => {
                let bytes = self.refusal(request, flow, &refusal);
                self.respond(key, refusal.status, bytes, now);
            }
        }
    }

    /// Keeps a transaction for a request; not if there are too many.
    fn serve(&mut self, request: &Request, key: Key, flow: Flow, call: Option<CallId>) -> bool {
        // What belongs to a call is served longer than what begins one: a BYE frees more than it takes.
        let most = if request.to().is_some_and(|to| to.tag().is_some()) {
            2 * MAX_TRANSACTIONS
        } else {
            MAX_TRANSACTIONS
        };
        if self.servers.len() >= most {
            return false;
        }
        let route = reply_route(request, flow);
        let transaction = Server::new(route.flow, request.method() == Method::Invite);
        let merge = Merge::of(request);
        if let Some(merge) = merge {
            self.merges.insert(merge, key);
        }
        self.servers.insert(key, Serving { transaction, route, call, tag: None, merge });
        true
    }

    /// The INVITE is ended if it is not answered yet; the CANCEL itself always succeeds.
    fn cancel(&mut self, request: &Request, flow: Flow, invite: Key, now: Moment) {
        let call = self.servers.get(&invite).and_then(|serving| serving.call);
        let tag = self.servers.get(&invite).and_then(|serving| serving.tag.clone());
        let tag = tag.unwrap_or_else(|| invite.word(&self.secret));
        let ok = Reply::new(request, flow.remote, Status::OK, Some(&tag)).finish();
        self.transmit(reply_route(request, flow), ok);
        if let Some(id) = call {
            self.with_call(id, now, Call::cancel);
        }
    }

    /// Whether we live, and take calls.
    fn options(&mut self, request: &Request, flow: Flow) {
        if self.is_draining {
            return self.too_much(request, flow);
        }
        let site = self.site(request, &flow);
        let tag = self.tag(request);
        let reply = Reply::new(request, flow.remote, Status::OK, Some(&tag))
            .header(Name::Contact, site.contact)
            .header(Name::Allow, Method::ALLOW)
            .header(Name::Accept, ACCEPT)
            .header(Name::Supported, SUPPORTED.join(", "))
            .header(Name::Server, site.product);
        self.transmit(reply_route(request, flow), reply.finish());
    }

    fn too_much(&mut self, request: &Request, flow: Flow) {
        let seconds = self.guard.limits().retry_after.as_secs().to_string();
        self.refuse_stateless(request, flow, &Refusal::with(Status::UNAVAILABLE, Name::RetryAfter, seconds));
    }

    fn challenge(&mut self, request: &Request, flow: Flow, challenges: &[String; 2]) {
        let tag = self.tag(request);
        let mut reply = Reply::new(request, flow.remote, Status::UNAUTHORIZED, Some(&tag));
        for challenge in challenges {
            reply = reply.header(Name::WwwAuthenticate, challenge);
        }
        self.transmit(reply_route(request, flow), reply.finish());
    }

    /// A tag that is the same when the request is repeated, though nothing of it is kept.
    fn tag(&self, request: &Request) -> String {
        Key::of(request).map_or_else(|| "none".into(), |key| key.word(&self.secret))
    }

    fn refusal(&self, request: &Request, flow: Flow, refusal: &Refusal) -> bytes::Bytes {
        let tag = self.tag(request);
        let mut reply = Reply::new(request, flow.remote, refusal.status, Some(&tag));
        if let Some((name, value)) = &refusal.header {
            reply = reply.header(*name, value);
        }
        reply.finish()
    }

    /// Refuses without keeping anything (RFC 3261 section 8.2.7). An ACK is never answered.
    pub(super) fn refuse_stateless(&mut self, request: &Request, flow: Flow, refusal: &Refusal) {
        if request.method() != Method::Ack && request.via().is_some() {
            let bytes = self.refusal(request, flow, refusal);
            self.transmit(reply_route(request, flow), bytes);
        }
    }
}

/// Where an answer goes (RFC 3261 section 18.2.2, RFC 3581 section 4): where the request came from, but without
/// `rport` to the port that Via names. `maddr` is not heard: it would send answers to anybody.
fn reply_route(request: &Request, flow: Flow) -> Route {
    let usual = if flow.transport == Transport::Tls { 5061 } else { 5060 };
    let via = request.via();
    let named = SocketAddr::new(flow.remote.ip(), via.and_then(|via| via.port).unwrap_or(usual));
    match flow.transport {
        Transport::Udp if via.is_some_and(|via| !via.wants_rport()) => {
            Route { flow: Flow { remote: named, ..flow }, otherwise: None }
        }
        Transport::Udp => Route { flow, otherwise: None },
        Transport::Tcp | Transport::Tls => Route { flow, otherwise: Some(named) },
    }
}
