//! `[sip]`: where calls come in by SIP, from whom, and the accounts that we keep at telephone companies.
//!
//! It holds the names of secrets, never a secret; it resolves no name and opens no socket.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use dial_sip::guard::Network;
use dial_sip::net::Transport;
use serde::{Deserialize, Serialize};

use super::line::{SLUG, slug};
use super::ports::Ports;
use super::section::{Section, refused};
use super::sip_account::SipAccount;

/// Where calls come in by SIP, and from whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Sip {
    /// Where we listen; nowhere: there are no calls by SIP.
    #[serde(serialize_with = "texts")]
    pub(crate) listen: Vec<ListenSip>,
    /// The address by which others reach us, if it is not that of this machine.
    pub(crate) public_address: Option<String>,
    /// The ports on which sound goes and comes.
    #[serde(serialize_with = "text")]
    pub(crate) rtp_ports: Ports,
    /// The most calls at a time, over all lines.
    pub(crate) max_calls: u32,
    /// Who decides how sound is encoded.
    pub(crate) codec: CodecOrder,
    /// How long a caller of whom nothing is heard any more is held, in seconds; 0 for ever.
    pub(crate) silent_s: u32,
    /// Roots besides those that all trust, for telephone companies that are reached by TLS, in PEM.
    pub(crate) ca_file: Option<PathBuf>,
    /// Who may ring.
    #[serde(rename = "trunk")]
    pub(crate) trunks: Vec<SipTrunk>,
    /// Accounts whose calls come to us.
    #[serde(rename = "account")]
    pub(crate) accounts: Vec<SipAccount>,
}

/// One address that is listened on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListenSip {
    /// How SIP travels there.
    pub(crate) transport: Transport,
    /// The address and port.
    pub(crate) address: SocketAddr,
}

/// Who decides how sound is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CodecOrder {
    /// A-law if it is offered, as in Europe.
    #[default]
    Pcma,
    /// Mu-law if it is offered, as in America.
    Pcmu,
    /// The caller's side.
    Caller,
}

/// Somebody who may ring: a telephone company, an exchange in the house.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(crate) struct SipTrunk {
    /// Its name in logs and records.
    pub(crate) name: String,
    /// Where its signalling comes from, as addresses or networks.
    pub(crate) addresses: Vec<String>,
    /// The names in the certificate that it presents.
    pub(crate) tls_names: Vec<String>,
    /// The name of a user that may ring from anywhere with a password.
    pub(crate) user: Option<String>,
    /// A file with nothing but that password.
    pub(crate) password_file: Option<PathBuf>,
    /// Whether its callers are behind a router, so that their sound comes from another address than they tell.
    pub(crate) nat: bool,
    /// The line that all its calls are for; none: the called number says it.
    pub(crate) line: Option<String>,
}

impl Default for Sip {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            public_address: None,
            rtp_ports: Ports::default(),
            max_calls: 200,
            codec: CodecOrder::default(),
            silent_s: 120,
            ca_file: None,
            trunks: Vec::new(),
            accounts: Vec::new(),
        }
    }
}

impl Sip {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let listen = section.texts("listen", ListenSip::EXPECTED, ListenSip::read);
        let mut sip = Self { listen, ..Self::default() };
        sip.public_address =
            section.text("public_address", "an address or a name, such as \"203.0.113.7\"", host);
        if let Some(ports) = section.text("rtp_ports", Ports::EXPECTED, str::parse) {
            sip.rtp_ports = ports;
        }
        section.number("max_calls", 1..=20_000, &mut sip.max_calls);
        sip.codec = section.choice("codec").unwrap_or_default();
        section.number_or_never("silent_s", 10..=14_400, &mut sip.silent_s);
        sip.ca_file = section.path("ca_file");
        sip.trunks = section.tables("trunk").into_iter().map(SipTrunk::read).collect();
        sip.accounts = section.tables("account").into_iter().map(SipAccount::read).collect();
        sip.check(&section);
        section.finish();
        sip
    }

    fn check(&self, section: &Section<'_, '_>) {
        if self.listen.is_empty() && !(self.trunks.is_empty() && self.accounts.is_empty()) {
            section.conflict(
                "listen",
                "there are callers, and nobody listens",
                "write listen = [\"udp:0.0.0.0:5060\"]",
            );
        }
        if !self.listen.is_empty() && self.trunks.is_empty() && self.accounts.is_empty() {
            section.conflict(
                "listen",
                "nobody may ring, so nobody would be answered",
                "write [[sip.trunk]] or [[sip.account]]",
            );
        }
        let names =
            self.trunks.iter().map(|trunk| &trunk.name).chain(self.accounts.iter().map(|one| &one.name));
        let mut seen: Vec<&String> = Vec::new();
        for name in names {
            if seen.contains(&name) && !name.is_empty() {
                let what = format!("two trunks or accounts have the name `{name}`");
                section.conflict("trunk", &what, "give one of them another name");
            }
            seen.push(name);
        }
    }

    /// The lines that trunks and accounts name.
    pub(super) fn lines(&self) -> impl Iterator<Item = &String> {
        let trunks = self.trunks.iter().filter_map(|trunk| trunk.line.as_ref());
        trunks.chain(self.accounts.iter().filter_map(|account| account.line.as_ref()))
    }
}

impl SipTrunk {
    fn read(mut section: Section<'_, '_>) -> Self {
        section.require("name", "write name = \"carrier\", or what fits");
        let network =
            |text: &str| text.parse::<Network>().map(|_| text.to_owned()).map_err(|_| refused(text));
        let mut nat = false;
        section.switch("nat", &mut nat);
        let trunk = Self {
            nat,
            name: section.text("name", SLUG, slug).unwrap_or_default(),
            addresses: section.texts(
                "addresses",
                "addresses or networks, such as \"203.0.113.0/24\"",
                network,
            ),
            tls_names: section.texts("tls_names", "names such as \"sip.example.org\"", host),
            user: section.text("user", "the name of a user", user),
            password_file: section.path("password_file"),
            line: section.text("line", SLUG, slug),
        };
        if trunk.addresses.is_empty() && trunk.tls_names.is_empty() && trunk.user.is_none() {
            section.conflict(
                "addresses",
                "nothing says how it is known",
                "write addresses, tls_names, or user and password_file",
            );
        }
        if trunk.user.is_some() != trunk.password_file.is_some() {
            section.conflict("user", "user and password_file go together", "write both or none");
        }
        section.finish();
        trunk
    }
}

impl ListenSip {
    const EXPECTED: &str =
        "ways and addresses, such as \"udp:0.0.0.0:5060\", \"tcp:0.0.0.0:5060\" or \"tls:0.0.0.0:5061\"";

    fn read(text: &str) -> Result<Self, String> {
        let read = || {
            let (way, address) = text.split_once(':')?;
            let transport = match way {
                "udp" => Transport::Udp,
                "tcp" => Transport::Tcp,
                "tls" => Transport::Tls,
                _ => return None,
            };
            Some(Self { transport, address: address.parse().ok()? })
        };
        read().ok_or_else(|| refused(text))
    }
}

impl fmt::Display for ListenSip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.transport.name().to_ascii_lowercase(), self.address)
    }
}

/// A name or an address without a port.
pub(super) fn host(text: &str) -> Result<String, String> {
    let signs = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
    if signs && (1..=253).contains(&text.len()) { Ok(text.into()) } else { Err(refused(text)) }
}

/// What stands before the `@`.
pub(super) fn user(text: &str) -> Result<String, String> {
    let signs = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'@' | b'"' | b'<' | b'>' | b';' | b':'));
    if signs && (1..=100).contains(&text.len()) { Ok(text.into()) } else { Err(refused(text)) }
}

fn text<S: serde::Serializer>(what: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(what)
}

fn texts<S: serde::Serializer>(what: &[impl fmt::Display], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(what.iter().map(ToString::to_string))
}
