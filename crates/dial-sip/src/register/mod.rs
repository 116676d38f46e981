//! An account at a registrar, so that calls for it come to us (RFC 3261 section 10.2).
//!
//! It asks for ever: a registrar that does not answer is asked again, and the next of its servers is tried.
//! The same server is kept while it answers, for some do not know each other's challenges.

mod granted;

use std::time::Duration;

use bytes::Bytes;

use crate::auth::{Answerer, Credentials, NotAsked};
use crate::chance::Chance;
use crate::message::{Method, Name, RequestWriter, Response};
use crate::net::{Flow, Transport};
use crate::time::Moment;
use granted::granted;

/// The shortest pause after a failure, doubled with each.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest pause after a failure, jitter aside.
const LONGEST: Duration = Duration::from_mins(1);
/// The pause after a refused password: it will not become right by itself, and some registrars ban.
const REFUSED: Duration = Duration::from_mins(5);
/// A longer wish to be left alone is not heard.
const LONGEST_LEAVE: Duration = Duration::from_hours(1);
/// How often a flow is kept open for calls to come in (RFC 5626 section 4.4.1).
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// The longest time that a registrar may want, in seconds.
const MAX_EXPIRES: u32 = 86_400;

/// An account, and where its registrar is.
#[derive(Debug, Clone)]
pub struct Account {
    /// The registrar's domain, as in `sip:DOMAIN`.
    pub domain: String,
    /// The user, as in `sip:USER@DOMAIN`; often the number.
    pub user: String,
    /// Who we are to the registrar.
    pub credentials: Credentials,
    /// How long we ask for, in seconds.
    pub expires_s: u32,
    /// The registrar's servers, the first to be tried first; the host resolves their names.
    pub servers: Vec<Flow>,
}

/// What the host hears of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationEvent {
    /// Calls come to us, for so long at least.
    Registered(
        /// It is renewed before.
        Duration,
    ),
    /// Calls may not come to us; it is tried again.
    Failed(
        /// What went wrong.
        Failure,
    ),
    /// We told the registrar that we leave.
    Left,
}

/// Why an account is not registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The registrar does not answer.
    NoAnswer,
    /// The connection to it is gone.
    Closed,
    /// It refuses the user or the password, or asks for something that we do not know.
    Credentials(
        /// Which.
        NotAsked,
    ),
    /// It refuses with another status.
    Refused(
        /// Which.
        u16,
    ),
    /// It says that all is well, and does not name us.
    NotNamed,
    /// No server is known.
    NoServer,
}

/// What a registration wants done.
pub(crate) enum Act {
    /// Begins a transaction.
    Ask { flow: Flow, branch: String, bytes: Bytes },
    /// Keeps the way open.
    KeepAlive { flow: Flow },
    /// Tells the host.
    Tell(RegistrationEvent),
}

/// What it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    Register,
    Leave,
}

/// One account at work.
pub(crate) struct Registration {
    account: Account,
    product: String,
    public_host: Option<String>,
    chance: Chance,
    answerer: Answerer,
    call_id: String,
    tag: String,
    number: u32,
    aim: Aim,
    server: usize,
    expires_s: u32,
    failures: u32,
    /// The branch of the request that is not answered yet.
    pending: Option<String>,
    is_registered: bool,
    next: Option<Moment>,
    keep_alive: Option<Moment>,
}

impl Registration {
    pub(crate) fn new(
        account: Account,
        product: String,
        public_host: Option<String>,
        mut chance: Chance,
        now: Moment,
    ) -> Self {
        Self {
            answerer: Answerer::new(account.credentials.clone()),
            expires_s: account.expires_s,
            account,
            product,
            public_host,
            call_id: chance.word(),
            tag: chance.word(),
            chance,
            number: 0,
            aim: Aim::Register,
            server: 0,
            failures: 0,
            pending: None,
            is_registered: false,
            next: Some(now),
            keep_alive: None,
        }
    }

    /// Whether calls come to us.
    pub(crate) fn is_registered(&self) -> bool {
        self.is_registered
    }

    /// The servers that its name has now.
    pub(crate) fn set_servers(&mut self, servers: Vec<Flow>) {
        // The server that answers is kept, wherever it stands now.
        let kept = self
            .account
            .servers
            .get(self.server)
            .and_then(|known| servers.iter().position(|new| new == known));
        self.server = kept.unwrap_or(0);
        self.account.servers = servers;
    }

    /// Tells the registrar that we leave.
    pub(crate) fn leave(&mut self, now: Moment) {
        self.aim = Aim::Leave;
        (self.next, self.keep_alive, self.pending) = (Some(now), None, None);
    }

    /// Whether it goes over a flow.
    pub(crate) fn is_over(&self, flow: Flow) -> bool {
        self.account.servers.get(self.server) == Some(&flow) && self.aim == Aim::Register
    }

    /// The connection to the registrar is gone, and calls cannot come over it.
    pub(crate) fn closed(&mut self, now: Moment, acts: &mut Vec<Act>) {
        self.pending = None;
        self.fail(Failure::Closed, None, now, acts);
    }

    /// When it wants to be woken.
    pub(crate) fn wakes(&self) -> Option<Moment> {
        self.next.into_iter().chain(self.keep_alive).min()
    }

    /// It is woken.
    pub(crate) fn wake(&mut self, now: Moment, acts: &mut Vec<Act>) {
        if self.keep_alive.is_some_and(|at| at <= now) {
            self.keep_alive = Some(now + KEEP_ALIVE);
            acts.extend(self.account.servers.get(self.server).map(|flow| Act::KeepAlive { flow: *flow }));
        }
        if self.next.is_some_and(|at| at <= now) {
            self.next = None;
            self.ask(now, acts);
        }
    }

    fn ask(&mut self, now: Moment, acts: &mut Vec<Act>) {
        let Some(flow) = self.account.servers.get(self.server).copied() else {
            return self.fail(Failure::NoServer, None, now, acts);
        };
        self.number += 1;
        let branch = format!("z9hG4bK{}", self.chance.word());
        let uri = format!("sip:{}", self.account.domain);
        let who = format!("<sip:{}@{}>", self.account.user, self.account.domain);
        let expires = if self.aim == Aim::Leave { 0 } else { self.expires_s };
        let place = place(&flow, self.public_host.as_deref());
        let via = format!("SIP/2.0/{} {place};branch={branch};rport", flow.transport.name());
        let mut request = RequestWriter::new(Method::Register, uri.as_bytes())
            .header(Name::Via, via)
            .header(Name::MaxForwards, "70")
            .header(Name::From, format!("{who};tag={}", self.tag))
            .header(Name::To, who)
            .header(Name::CallId, &self.call_id)
            .header(Name::CSeq, format!("{} REGISTER", self.number))
            .header(Name::Contact, format!("<{}>;expires={expires}", self.contact(&flow)))
            .header(Name::Expires, expires.to_string())
            .header(Name::Allow, Method::ALLOW)
            .header(Name::UserAgent, &self.product);
        if let Some((name, value)) = self.answerer.answer(Method::Register.name(), &uri, &mut self.chance) {
            request = request.header(name, value);
        }
        self.pending = Some(branch.clone());
        acts.push(Act::Ask { flow, branch, bytes: request.finish() });
    }

    /// Where the registrar sends calls to.
    fn contact(&self, flow: &Flow) -> String {
        let transport = match flow.transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
        };
        format!("sip:{}@{}{transport}", self.account.user, place(flow, self.public_host.as_deref()))
    }

    /// An answer came.
    pub(crate) fn answered(&mut self, branch: &str, response: &Response, now: Moment, acts: &mut Vec<Act>) {
        if self.pending.as_deref() != Some(branch) || response.status.is_provisional() {
            return;
        }
        self.pending = None;
        if self.aim == Aim::Leave && !matches!(response.status.code(), 401 | 407) {
            (self.is_registered, self.next) = (false, None);
            return acts.push(Act::Tell(RegistrationEvent::Left));
        }
        let floor = response.headers.number(Name::MinExpires);
        match (response.status.code(), floor) {
            (200..=299, _) => self.accept(response, now, acts),
            (401 | 407, _) => match self.answerer.challenge(&response.headers) {
                Ok(()) => self.ask(now, acts),
                Err(why) => self.fail(Failure::Credentials(why), Some(REFUSED), now, acts),
            },
            (423, Some(floor)) if floor > self.expires_s && floor <= MAX_EXPIRES => {
                self.expires_s = floor;
                self.ask(now, acts);
            }
            (code, _) => {
                let leave = response
                    .headers
                    .number(Name::RetryAfter)
                    .map(|seconds| Duration::from_secs(u64::from(seconds)));
                self.fail(Failure::Refused(code), leave.map(|leave| leave.min(LONGEST_LEAVE)), now, acts);
            }
        }
    }

    fn accept(&mut self, response: &Response, now: Moment, acts: &mut Vec<Act>) {
        let contact =
            self.account.servers.get(self.server).map(|flow| self.contact(flow)).unwrap_or_default();
        let Some(granted) = granted(&response.headers, contact.as_bytes(), self.expires_s) else {
            return self.fail(Failure::NotNamed, None, now, acts);
        };
        self.answerer.accepted();
        (self.failures, self.is_registered) = (0, true);
        // From 70 to 80 % of the time, so that many accounts do not ask at once; always before it is over.
        let share = self.chance.share().mul_add(0.1, 0.7);
        self.next = Some(now + granted.mul_f64(share));
        self.keep_alive = Some(now + KEEP_ALIVE);
        acts.push(Act::Tell(RegistrationEvent::Registered(granted)));
    }

    /// A request was never answered.
    pub(crate) fn unanswered(&mut self, branch: &str, now: Moment, acts: &mut Vec<Act>) {
        if self.pending.as_deref() != Some(branch) {
            return;
        }
        self.pending = None;
        match self.aim {
            Aim::Leave => acts.push(Act::Tell(RegistrationEvent::Left)),
            Aim::Register => self.fail(Failure::NoAnswer, None, now, acts),
        }
    }

    /// It is tried again, at the next server: after a pause that doubles, with jitter, or as long as is wished.
    fn fail(&mut self, failure: Failure, wished: Option<Duration>, now: Moment, acts: &mut Vec<Act>) {
        self.server = (self.server + 1).checked_rem(self.account.servers.len()).unwrap_or(0);
        let longest = SHORTEST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        let pause = longest.mul_f64(self.chance.share().mul_add(0.5, 0.5));
        self.failures = self.failures.saturating_add(1);
        self.next = Some(now + wished.unwrap_or_default().max(pause));
        (self.is_registered, self.keep_alive) = (false, None);
        acts.push(Act::Tell(RegistrationEvent::Failed(failure)));
    }
}

/// Where we are, as others see us.
pub(crate) fn place(flow: &Flow, public_host: Option<&str>) -> String {
    match public_host {
        Some(host) => format!("{host}:{}", flow.local.port()),
        None => flow.local.to_string(),
    }
}

#[cfg(test)]
mod tests;
