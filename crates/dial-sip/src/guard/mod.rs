//! Who is answered at all. Default deny: strangers get silence, and are counted.
//!
//! A trunk is known by its addresses, by the name in its TLS certificate, or by a password. What is known is
//! still limited: so many requests a second from one source, and in all.

mod bucket;
mod network;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

pub use bucket::{Buckets, Rate};
pub use network::Network;

use crate::auth::{Asked, Challenger, Credentials, claimed_user};
use crate::message::{Method, Request};
use crate::net::Flow;
use crate::time::Moment;

/// Somebody who may ring.
#[derive(Debug, Clone, Default)]
pub struct Trunk {
    /// Its name in logs and records.
    pub name: String,
    /// Where its signalling comes from.
    pub networks: Vec<Network>,
    /// The names that its certificate may have, as the TLS layer proved them.
    pub tls_names: Vec<String>,
    /// Passwords of its users, who may ring from anywhere.
    pub credentials: Vec<Credentials>,
}

/// How much is let in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Requests a second from one source.
    pub source: Rate,
    /// New calls a second, in all.
    pub calls: Rate,
    /// Calls at a time.
    pub max_calls: usize,
    /// How long one who comes too early is asked to stay away.
    pub retry_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            source: Rate { per_second: 100.0, burst: 400.0 },
            calls: Rate { per_second: 200.0, burst: 400.0 },
            max_calls: 2_000,
            retry_after: Duration::from_secs(5),
        }
    }
}

impl Limits {
    /// With room for so many calls at a time, all of them may come within ten seconds: half of them from one
    /// source, for many have one trunk.
    pub fn for_calls(max_calls: usize) -> Self {
        let usual = Self::default();
        let per_second = usual.calls.per_second.max(max_calls as f64 / 10.0);
        Self {
            source: Rate { per_second: per_second / 2.0, burst: 2.0 * per_second },
            calls: Rate { per_second, burst: 2.0 * per_second },
            max_calls,
            ..usual
        }
    }
}

/// What is done with a request that begins something new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It is this trunk's, by its name.
    Admit(String),
    /// It is nobody's: silence.
    Silence,
    /// It may be somebody's: the values of the WWW-Authenticate fields.
    Challenge([String; 2]),
    /// It is somebody's, but too much: 503 with Retry-After.
    TooMuch,
}

/// How often what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Requests that were let in.
    pub admitted: u64,
    /// Requests of strangers, which were met with silence.
    pub strangers: u64,
    /// Requests that were asked for a password.
    pub challenged: u64,
    /// Requests of known trunks that were too many.
    pub too_much: u64,
    /// Datagrams and messages that were no SIP, or none that could be answered.
    pub broken: u64,
    /// Requests that were answered with an error for their form.
    pub refused: u64,
}

/// Decides who is answered.
#[derive(Debug)]
pub struct Guard {
    trunks: Vec<Trunk>,
    limits: Limits,
    challenger: Challenger,
    sources: Buckets,
    calls: bucket::Bucket,
    /// How often what was done.
    pub counters: Counters,
    strangers: HashMap<IpAddr, u32>,
}

/// The most strangers whose addresses are remembered.
const MAX_STRANGERS: usize = 1_024;

impl Guard {
    /// These may ring, within limits. `secret` seals challenges: 32 random bytes.
    pub fn new(trunks: Vec<Trunk>, limits: Limits, secret: [u8; 32]) -> Self {
        Self {
            trunks,
            limits,
            challenger: Challenger::new("dial", secret),
            sources: Buckets::new(limits.source),
            calls: bucket::Bucket::full(limits.calls, Moment::default()),
            counters: Counters::default(),
            strangers: HashMap::new(),
        }
    }

    /// Other trunks from now on; calls go on.
    pub fn set_trunks(&mut self, trunks: Vec<Trunk>) {
        self.trunks = trunks;
    }

    /// The limits.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether an address is one of a trunk's.
    pub fn knows(&self, address: IpAddr) -> bool {
        self.by_address(address).is_some()
    }

    fn by_address(&self, address: IpAddr) -> Option<&Trunk> {
        let address = address.to_canonical();
        self.trunks.iter().find(|trunk| trunk.networks.iter().any(|network| network.holds(address)))
    }

    fn by_name(&self, name: &str) -> Option<&Trunk> {
        self.trunks.iter().find(|trunk| trunk.tls_names.iter().any(|known| known.eq_ignore_ascii_case(name)))
    }

    /// Whether the other side is a trunk by its address or its certificate.
    pub fn is_trunk(&self, flow: &Flow, tls_name: Option<&str>) -> bool {
        self.by_address(flow.remote.ip()).is_some()
            || tls_name.is_some_and(|name| self.by_name(name).is_some())
    }

    /// Whether a connection is of use at all: else it may be closed before anything is read.
    pub fn may_speak(&self, flow: &Flow, tls_name: Option<&str>) -> bool {
        self.is_trunk(flow, tls_name) || self.trunks.iter().any(|trunk| !trunk.credentials.is_empty())
    }

    /// What is done with a request that belongs to no call yet. `calls` is how many there are.
    pub fn admit(
        &mut self,
        request: &Request,
        flow: &Flow,
        tls_name: Option<&str>,
        calls: usize,
        now: Moment,
    ) -> Admission {
        let address = flow.remote.ip().to_canonical();
        let known = self.by_address(address).or_else(|| self.by_name(tls_name?));
        let admission = match known.map(|trunk| trunk.name.clone()) {
            Some(name) => Admission::Admit(name),
            None => self.ask(request, now),
        };
        let admission = match admission {
            Admission::Admit(_) if !self.has_room(request, address, calls, now) => Admission::TooMuch,
            Admission::Challenge(_) if !self.sources.take(address, now) => Admission::Silence,
            other => other,
        };
        let counter = match &admission {
            Admission::Admit(_) => &mut self.counters.admitted,
            Admission::Silence => &mut self.counters.strangers,
            Admission::Challenge(_) => &mut self.counters.challenged,
            Admission::TooMuch => &mut self.counters.too_much,
        };
        *counter += 1;
        if admission == Admission::Silence {
            self.remember(address);
        }
        admission
    }

    /// Somebody whom no address tells may know a password; where no trunk has one, nobody is asked.
    fn ask(&mut self, request: &Request, now: Moment) -> Admission {
        let known: Vec<Credentials> =
            self.trunks.iter().flat_map(|trunk| trunk.credentials.iter().cloned()).collect();
        if known.is_empty() {
            return Admission::Silence;
        }
        match self.challenger.check(request, &known, now) {
            Asked::Proven => {
                let user = claimed_user(request).unwrap_or_default();
                let by_user = |trunk: &&Trunk| trunk.credentials.iter().any(|known| known.user == user);
                Admission::Admit(
                    self.trunks.iter().find(by_user).map(|trunk| trunk.name.clone()).unwrap_or_default(),
                )
            }
            asked => Admission::Challenge(self.challenger.challenges(asked, now)),
        }
    }

    fn has_room(&mut self, request: &Request, address: IpAddr, calls: usize, now: Moment) -> bool {
        let is_call = request.method() == Method::Invite;
        self.sources.take(address, now)
            && (!is_call || (calls < self.limits.max_calls && self.calls.take(self.limits.calls, now)))
    }

    /// A stranger knocked.
    pub(crate) fn remember(&mut self, address: IpAddr) {
        if self.strangers.len() >= MAX_STRANGERS && !self.strangers.contains_key(&address) {
            return;
        }
        let knocks = self.strangers.entry(address).or_default();
        *knocks = knocks.saturating_add(1);
    }

    /// The strangers who knocked since this was last asked, and how often; the first thousand or so.
    pub fn strangers(&mut self) -> HashMap<IpAddr, u32> {
        std::mem::take(&mut self.strangers)
    }
}

#[cfg(test)]
mod tests;
