//! Does what calls and registrations want done, and wakes transactions.

use std::net::SocketAddr;

use bytes::Bytes;

use super::{Asking, Endpoint, Output, Owner, RegistrationId, Route, Timer};
use crate::call::{Act, Call, CallId};
use crate::message::{Method, Status};
use crate::net::{Flow, Transport};
use crate::register::{self, Registration};
use crate::time::Moment;
use crate::transaction::{Client, Key, Step};

/// What keeps a flow of datagrams open: it is no message, and nobody answers it.
const KEEP_ALIVE: Bytes = Bytes::from_static(b"\r\n\r\n");

impl Endpoint {
    /// Something happens to a call, and what comes of it is done.
    pub(super) fn with_call(
        &mut self,
        id: CallId,
        now: Moment,
        happen: impl FnOnce(&mut Call, &mut Vec<Act>),
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let mut acts = Vec::new();
        happen(call, &mut acts);
        let (wakes, is_over) = (call.wakes(), call.is_over());
        let route = self.hop(id);
        for act in acts {
            match act {
                Act::Reply { key, status, bytes } => self.respond(key, status, bytes, now),
                Act::Ask { method, branch, bytes } => {
                    if let Some(route) = route {
                        self.ask(Owner::Call(id), route, method, branch, bytes, now);
                    }
                }
                Act::Send { bytes } => {
                    if let Some(route) = route {
                        self.transmit(route, bytes);
                    }
                }
                Act::Again { key, bytes } => {
                    if let Some(serving) = self.servers.get(&key) {
                        self.transmit(serving.route, bytes);
                    }
                }
                Act::Tell(event) => self.outputs.push_back(Output::Call(id, event)),
            }
        }
        self.timers.set(Timer::Call(id), wakes);
        if is_over && let Some(call) = self.calls.remove(&id) {
            self.tags.remove(call.dialog().tag());
        }
    }

    /// The way that requests of ours in a call go: the first hop of its route if that is an address of a trunk,
    /// and else the way that the other side last came. So nobody can have us send to a third.
    fn hop(&self, id: CallId) -> Option<Route> {
        let call = self.calls.get(&id)?;
        let flow = call.flow();
        let usual = if flow.transport == Transport::Tls { 5061 } else { 5060 };
        let known = call.dialog().next_hop().filter(|(address, _)| self.guard.knows(*address));
        let hop = known.map(|(address, port)| SocketAddr::new(address, port.unwrap_or(usual)));
        Some(match hop.filter(|hop| hop.is_ipv4() == flow.local.is_ipv4()) {
            Some(remote) if flow.transport == Transport::Udp => of_flow(Flow { remote, ..flow }),
            otherwise if flow.transport.is_reliable() => Route { flow, otherwise },
            _ => of_flow(flow),
        })
    }

    pub(super) fn with_registration(
        &mut self,
        id: RegistrationId,
        now: Moment,
        happen: impl FnOnce(&mut Registration, &mut Vec<register::Act>),
    ) {
        let Some(registration) = self.registrations.get_mut(&id) else { return };
        let mut acts = Vec::new();
        happen(registration, &mut acts);
        self.timers.set(Timer::Registration(id), registration.wakes());
        for act in acts {
            match act {
                register::Act::Ask { flow, branch, bytes } => {
                    self.ask(Owner::Registration(id), to_server(flow), Method::Register, branch, bytes, now);
                }
                register::Act::KeepAlive { flow } => self.transmit(of_flow(flow), KEEP_ALIVE),
                register::Act::Tell(event) => self.outputs.push_back(Output::Registration(id, event)),
            }
        }
    }

    /// An answer goes out through its transaction.
    pub(super) fn respond(&mut self, key: Key, status: Status, bytes: Bytes, now: Moment) {
        let Some(serving) = self.servers.get_mut(&key) else { return };
        if serving.transaction.is_answered() {
            return;
        }
        serving.transaction.respond(status, &bytes, now);
        let (route, wakes) = (serving.route, serving.transaction.wakes());
        self.timers.set(Timer::Server(key), wakes);
        self.transmit(route, bytes);
    }

    fn ask(&mut self, owner: Owner, route: Route, method: Method, branch: String, bytes: Bytes, now: Moment) {
        let id = self.id();
        let transaction = Client::new(route.flow, method == Method::Invite, bytes.clone(), now);
        self.timers.set(Timer::Client(id), transaction.wakes());
        self.branches.insert(branch.clone(), id);
        self.clients.insert(id, Asking { transaction, route, owner, branch, request: bytes.clone() });
        self.transmit(route, bytes);
    }

    pub(super) fn wake_server(&mut self, key: Key, now: Moment) {
        let Some(serving) = self.servers.get_mut(&key) else { return };
        let step = serving.transaction.wake(now);
        let (route, wakes) = (serving.route, serving.transaction.wakes());
        match step {
            Step::Wait => self.timers.set(Timer::Server(key), wakes),
            Step::Repeat(bytes) => {
                self.timers.set(Timer::Server(key), wakes);
                self.transmit(route, bytes);
            }
            Step::Over | Step::TimedOut => {
                if let Some(merge) = self.servers.remove(&key).and_then(|serving| serving.merge) {
                    self.merges.remove(&merge);
                }
            }
        }
    }

    pub(super) fn wake_client(&mut self, id: u64, now: Moment) {
        let Some(asking) = self.clients.get_mut(&id) else { return };
        let step = asking.transaction.wake(now);
        let (route, owner, wakes) = (asking.route, asking.owner, asking.transaction.wakes());
        match step {
            Step::Wait => self.timers.set(Timer::Client(id), wakes),
            Step::Repeat(bytes) => {
                self.timers.set(Timer::Client(id), wakes);
                self.transmit(route, bytes);
            }
            Step::Over | Step::TimedOut => {
                let Some(asking) = self.clients.remove(&id) else { return };
                self.branches.remove(&asking.branch);
                if step == Step::Over {
                    return;
                }
                match owner {
                    Owner::Call(id) => {
                        self.with_call(id, now, |call, acts| call.unanswered(&asking.branch, now, acts));
                    }
                    Owner::Registration(id) => {
                        self.with_registration(id, now, |one, acts| {
                            one.unanswered(&asking.branch, now, acts);
                        });
                    }
                }
            }
        }
    }
}

/// A way to a server: a connection that is not there is opened.
fn to_server(flow: Flow) -> Route {
    Route { flow, otherwise: flow.transport.is_reliable().then_some(flow.remote) }
}

/// A way that nothing stands in for: a datagram, or a connection that is not worth opening.
const fn of_flow(flow: Flow) -> Route {
    Route { flow, otherwise: None }
}
