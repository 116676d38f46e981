//! Where the servers of a name are (RFC 3263): what to ask the DNS next, and what its answers come to.
//!
//! The host asks; here is only decided. [`locate`] is called again with what was answered, until it has found the
//! servers, the best first. Of a server that is reached by TLS, the certificate must be of [`Target::host`], whatever
//! names the DNS gave (RFC 5922 section 4).
//!
//! ```
//! use dial_sip::chance::Chance;
//! use dial_sip::locate::{Answers, Next, Question, Target, locate};
//! use dial_sip::message::Scheme;
//! use dial_sip::net::Transport;
//!
//! let known = vec![Transport::Udp, Transport::Tcp];
//! let target = Target { scheme: Scheme::Sip, host: "carrier.example".into(), port: None, transport: None, known };
//! let (mut answers, mut chance) = (Answers::default(), Chance::seeded([0; 32]));
//! let servers = loop {
//!     match locate(&target, &answers, &mut chance) {
//!         Next::Found(servers) => break servers,
//!         // A host asks its resolver; every question gets an answer, if only an empty one.
//!         Next::Ask(questions) => questions.into_iter().for_each(|question| match question {
//!             Question::Naptr(name) => drop(answers.naptr.insert(name, vec![])),
//!             Question::Srv(name) => drop(answers.srv.insert(name, vec![])),
//!             Question::Addresses(name) => drop(answers.addresses.insert(name, vec![[192, 0, 2, 1].into()])),
//!         }),
//!     }
//! };
//! assert_eq!(servers[0].address, "192.0.2.1:5060".parse()?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod order;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use crate::chance::Chance;
use crate::message::Scheme;
use crate::net::Transport;

/// The most servers that are found.
pub const MAX_SERVERS: usize = 16;
/// The most records of one answer that are looked at.
pub const MAX_RECORDS: usize = 32;

/// Whose servers are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `sips:` wants TLS, whatever else is said.
    pub scheme: Scheme,
    /// A name, or an address; one of IPv6 may have brackets.
    pub host: String,
    /// The port, if one is given: then there is nothing but addresses to ask for.
    pub port: Option<u16>,
    /// The transport, if one is given.
    pub transport: Option<Transport>,
    /// The transports that the host has, the one that it likes best first.
    pub known: Vec<Transport>,
}

/// What is asked of the DNS.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Question {
    /// Which transports a domain has (RFC 3403).
    Naptr(
        /// The domain.
        String,
    ),
    /// Which servers have a service (RFC 2782).
    Srv(
        /// The service, as in `_sip._udp.carrier.example`.
        String,
    ),
    /// The A and AAAA records of a machine.
    Addresses(
        /// Its name.
        String,
    ),
}

/// What the DNS answered to each question. An empty list says that there is nothing, or that nobody answers.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// To [`Question::Naptr`].
    pub naptr: HashMap<String, Vec<Naptr>>,
    /// To [`Question::Srv`].
    pub srv: HashMap<String, Vec<Srv>>,
    /// To [`Question::Addresses`], in the order in which the host tries them (RFC 6724).
    pub addresses: HashMap<String, Vec<IpAddr>>,
}

/// A NAPTR record. Its expression is left aside: RFC 3263 has no use for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naptr {
    /// The lowest is first.
    pub order: u16,
    /// Of those with the same order, the lowest is first.
    pub preference: u16,
    /// `s`: an SRV record follows.
    pub flags: String,
    /// As in `SIP+D2U`.
    pub service: String,
    /// The name that is asked next.
    pub replacement: String,
}

/// An SRV record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srv {
    /// The lowest is first.
    pub priority: u16,
    /// How often it is first of those with the same priority.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The machine; `.` says that there is no such service.
    pub target: String,
}

/// Where a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Server {
    /// How it is reached.
    pub transport: Transport,
    /// Where.
    pub address: SocketAddr,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// These are to be asked, all at once if the host can.
    Ask(Vec<Question>),
    /// The servers, the first to be tried first. None if there is none, or none that the host can reach.
    Found(Vec<Server>),
}

/// Looks for servers with what was answered so far.
pub fn locate(target: &Target, answers: &Answers, chance: &mut Chance) -> Next {
    walk::walk(target, answers, chance)
}
