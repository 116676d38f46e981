//! All of it together: bytes and moments in, bytes and events out.
//!
//! After each call of [`receive`](Endpoint::receive), [`wake`](Endpoint::wake) or a command, the host takes
//! what [`poll`](Endpoint::poll) gives until that is nothing, and wakes the endpoint at
//! [`wakes`](Endpoint::wakes). Every table is bounded.

mod acts;
mod requests;
mod responses;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use crate::call::{Call, CallEvent, CallId, Site};
use crate::chance::Chance;
use crate::guard::{Guard, Limits, Trunk};
use crate::message::{Broken, Message, Refusal, Request, Status, Unreadable};
use crate::net::{Flow, Transmit, Transport};
use crate::register::{Account, Registration, RegistrationEvent, place};
use crate::sdp::{Codec, Local, Preference};
use crate::time::Moment;
use crate::timers::Timers;
use crate::transaction::{Client, Key, Merge, Server};

/// The most transactions at a time, and twice as many with those of calls that there are; beyond, new requests
/// are asked to come later.
const MAX_TRANSACTIONS: usize = 65_536;

/// How an endpoint answers.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name of the program, for the Server and User-Agent fields.
    pub product: String,
    /// The name or address by which others reach us, if it is not that of the socket; IPv6 in brackets.
    pub public_host: Option<String>,
    /// Whose order of codecs counts.
    pub preference: Preference,
    /// No call is longer.
    pub max_call: Duration,
    /// Who may ring.
    pub trunks: Vec<Trunk>,
    /// How much is let in.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            product: "dial".into(),
            public_host: None,
            preference: Preference::Ours(Codec::Pcma),
            max_call: Duration::from_hours(4),
            trunks: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// The number of an account at a registrar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrationId(u64);

/// What an endpoint wants of its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send this.
    Transmit(Transmit),
    /// Something happened to a call.
    Call(CallId, CallEvent),
    /// Something happened to an account.
    Registration(RegistrationId, RegistrationEvent),
}

/// Who is to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Timer {
    Server(Key),
    Client(u64),
    Call(CallId),
    Registration(RegistrationId),
}

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Call(CallId),
    Registration(RegistrationId),
}

/// A way to send, and where to open another if it is gone.
#[derive(Debug, Clone, Copy)]
struct Route {
    flow: Flow,
    otherwise: Option<SocketAddr>,
}

/// A request that came to us.
struct Serving {
    transaction: Server,
    route: Route,
    /// The call that an INVITE began, so that it can be cancelled.
    call: Option<CallId>,
    /// The tag that its answers have, longer than the call lives.
    tag: Option<String>,
    merge: Option<Merge>,
}

/// A request of ours.
struct Asking {
    transaction: Client,
    route: Route,
    owner: Owner,
    branch: String,
    request: Bytes,
}

/// The telephone exchange of one program. It prints as how much it holds.
pub struct Endpoint {
    config: Config,
    guard: Guard,
    chance: Chance,
    secret: [u8; 32],
    is_draining: bool,
    next_id: u64,
    servers: HashMap<Key, Serving>,
    merges: HashMap<Merge, Key>,
    clients: HashMap<u64, Asking>,
    branches: HashMap<String, u64>,
    calls: HashMap<CallId, Call>,
    /// Calls by our tag.
    tags: HashMap<String, CallId>,
    registrations: HashMap<RegistrationId, Registration>,
    timers: Timers<Timer>,
    outputs: VecDeque<Output>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint with {} calls and {} transactions", self.calls(), self.transactions())
    }
}

impl Endpoint {
    /// An endpoint without calls. `seed` is 32 bytes from the machine's source of randomness.
    pub fn new(mut config: Config, seed: [u8; 32]) -> Self {
        let mut chance = Chance::seeded(seed);
        let trunks = std::mem::take(&mut config.trunks);
        Self {
            guard: Guard::new(trunks, config.limits, chance.bytes()),
            secret: chance.bytes(),
            chance,
            config,
            is_draining: false,
            next_id: 0,
            servers: HashMap::new(),
            merges: HashMap::new(),
            clients: HashMap::new(),
            branches: HashMap::new(),
            calls: HashMap::new(),
            tags: HashMap::new(),
            registrations: HashMap::new(),
            timers: Timers::default(),
            outputs: VecDeque::new(),
        }
    }

    /// A datagram came, or a message that [`StreamFramer`](crate::message::StreamFramer) found.
    /// `tls_name` is the name that TLS proved the other side to have.
    pub fn receive(&mut self, bytes: Bytes, flow: Flow, tls_name: Option<&str>, now: Moment) {
        match Message::parse(bytes) {
            Ok(Message::Request(request)) => self.request(&request, flow, tls_name, now),
            Ok(Message::Response(response)) => self.response(&response, now),
            // Line ends keep a flow of datagrams open.
            Err(Unreadable::Empty) => {}
            Err(_) => self.guard.counters.broken += 1,
        }
    }

    /// A stream cannot be read any further: its sender is told if it may be; then the host closes it.
    pub fn broke(&mut self, broken: &Broken, flow: Flow, tls_name: Option<&str>) {
        self.guard.counters.broken += 1;
        let (head, status) = match broken {
            Broken::NoLength(head) => (head, Status::BAD_REQUEST),
            Broken::BodyTooLong(head) => (head, Status::MESSAGE_TOO_LARGE),
            Broken::TooLong | Broken::NotSip => return,
        };
        if let Ok(Message::Request(request)) = Message::parse(head.clone())
            && self.guard.is_trunk(&flow, tls_name)
        {
            self.refuse_stateless(&request, flow, &Refusal::plain(status));
        }
    }

    /// What the endpoint wants next; nothing until more happens.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When it wants to be woken.
    pub fn wakes(&self) -> Option<Moment> {
        self.timers.next()
    }

    /// It is woken: all that is due is done.
    pub fn wake(&mut self, now: Moment) {
        while let Some(timer) = self.timers.pop(now) {
            match timer {
                Timer::Server(key) => self.wake_server(key, now),
                Timer::Client(id) => self.wake_client(id, now),
                Timer::Call(id) => self.with_call(id, now, |call, acts| call.wake(now, acts)),
                Timer::Registration(id) => self.with_registration(id, now, |one, acts| one.wake(now, acts)),
            }
        }
    }

    /// The caller hears that it rings.
    pub fn ring(&mut self, call: CallId, now: Moment) {
        self.with_call(call, now, |call, acts| call.ring(now, acts));
    }

    /// Answers a call: our sound is at `local`.
    pub fn answer(&mut self, call: CallId, local: Local, now: Moment) {
        self.with_call(call, now, |call, acts| call.answer(local, now, acts));
    }

    /// Refuses a call that is not answered yet.
    pub fn refuse(&mut self, call: CallId, refusal: &Refusal, now: Moment) {
        self.with_call(call, now, |call, acts| call.refuse(refusal, acts));
    }

    /// Ends a call. `reason` is the value of a Reason field (RFC 3326), such as `Q.850;cause=16`.
    pub fn hang_up(&mut self, call: CallId, reason: Option<&str>, now: Moment) {
        self.with_call(call, now, |call, acts| call.hang_up(reason, acts));
    }

    /// Takes no more calls: they, and those who ask whether we live, are told to go elsewhere. Calls that
    /// there are go on.
    pub fn drain(&mut self) {
        self.is_draining = true;
    }

    /// Takes calls again.
    pub fn resume(&mut self) {
        self.is_draining = false;
    }

    /// The connection of a flow is gone. Accounts that were registered over it are registered anew; calls go
    /// on, for their sound does.
    pub fn closed(&mut self, flow: Flow, now: Moment) {
        let over: Vec<_> =
            self.registrations.iter().filter(|(_, one)| one.is_over(flow)).map(|(id, _)| *id).collect();
        for id in over {
            self.with_registration(id, now, |one, acts| one.closed(now, acts));
        }
    }

    /// Keeps an account registered from now on.
    pub fn register(&mut self, account: Account, now: Moment) -> RegistrationId {
        let id = RegistrationId(self.id());
        let (product, host) = (self.config.product.clone(), self.config.public_host.clone());
        let registration = Registration::new(account, product, host, self.chance.fork(), now);
        self.registrations.insert(id, registration);
        self.with_registration(id, now, |one, acts| one.wake(now, acts));
        id
    }

    /// The registrar's name has these servers now.
    pub fn set_servers(&mut self, id: RegistrationId, servers: Vec<Flow>) {
        if let Some(registration) = self.registrations.get_mut(&id) {
            registration.set_servers(servers);
        }
    }

    /// Tells the registrar of an account that we leave.
    pub fn leave(&mut self, id: RegistrationId, now: Moment) {
        self.with_registration(id, now, |one, acts| {
            one.leave(now);
            one.wake(now, acts);
        });
    }

    /// Whether calls of an account come to us.
    pub fn is_registered(&self, id: RegistrationId) -> bool {
        self.registrations.get(&id).is_some_and(Registration::is_registered)
    }

    /// Who is let in, and how often what was done.
    pub fn guard(&mut self) -> &mut Guard {
        &mut self.guard
    }

    /// How many calls there are.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// How many transactions there are, of theirs and of ours.
    pub fn transactions(&self) -> usize {
        self.servers.len() + self.clients.len()
    }

    /// How many requests of ours wait for their answers.
    pub fn asking(&self) -> usize {
        self.clients.len()
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn transmit(&mut self, Route { flow, otherwise }: Route, bytes: Bytes) {
        self.outputs.push_back(Output::Transmit(Transmit { flow, bytes, otherwise }));
    }

    /// What a call that came by a flow must know.
    fn site(&self, request: &Request, flow: &Flow) -> Site {
        let place = place(flow, self.config.public_host.as_deref());
        let scheme = if request.uri().is_some_and(|uri| uri.scheme == crate::message::Scheme::Sips) {
            "sips"
        } else {
            "sip"
        };
        let transport = match flow.transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
        };
        Site {
            contact: format!("<{scheme}:{place}{transport}>"),
            via: format!("SIP/2.0/{} {place}", flow.transport.name()),
            product: self.config.product.clone(),
            preference: self.config.preference,
            max_call: self.config.max_call,
        }
    }
}
