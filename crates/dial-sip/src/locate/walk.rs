//! The way from a name to servers (RFC 3263 section 4), as far as the answers reach.

use std::net::{IpAddr, SocketAddr};

use super::order::{is_none, machines, services};
use super::{Answers, MAX_SERVERS, Next, Question, Server, Target};
use crate::chance::Chance;
use crate::message::Scheme;
use crate::net::Transport;

/// The longest name (RFC 1035 section 2.3.4), in bytes.
const MAX_NAME: usize = 253;

struct Walk<'a> {
    target: &'a Target,
    answers: &'a Answers,
    chance: &'a mut Chance,
    /// What has to be known to go on.
    missing: Vec<Question>,
}

pub(super) fn walk(target: &Target, answers: &Answers, chance: &mut Chance) -> Next {
    let mut walk = Walk { target, answers, chance, missing: Vec::new() };
    let found = walk.servers();
    if !walk.missing.is_empty() {
        return Next::Ask(walk.missing);
    }
    let mut servers = Vec::new();
    for server in found {
        if servers.len() < MAX_SERVERS && !servers.contains(&server) {
            servers.push(server);
        }
    }
    Next::Found(servers)
}

impl Walk<'_> {
    fn servers(&mut self) -> Vec<Server> {
        let usable = usable(self.target);
        // RFC 3263 section 4.1: UDP where nothing says otherwise.
        let usual = usable.iter().copied().find(|transport| *transport == Transport::Udp);
        let Some(usual) = usual.or(usable.first().copied()) else { return Vec::new() };
        let port = self.target.port.unwrap_or(port_of(usual));
        if self.target.port.is_some() || address(&self.target.host).is_some() {
            return self.at(&self.target.host, port, usual);
        }
        match self.by_service(&usable) {
            Some(servers) => servers,
            None => self.at(&self.target.host, port, usual),
        }
    }

    /// The servers that SRV records name; none if there are no such records. What is still missing ends the walk.
    fn by_service(&mut self, usable: &[Transport]) -> Option<Vec<Server>> {
        let host = name(&self.target.host)?;
        let mut named = Vec::new();
        if self.target.transport.is_none() {
            match self.answers.naptr.get(&host) {
                Some(records) => named = services(records, usable),
                None => {
                    self.missing.push(Question::Naptr(host));
                    return Some(Vec::new());
                }
            }
        }
        if named.is_empty() {
            let guess = |transport: &Transport| (*transport, format!("{}.{host}", service(*transport)));
            named = usable.iter().map(guess).collect();
        }
        let mut records = Vec::new();
        for (transport, service) in named {
            let Some(service) = name(&service) else { continue };
            match self.answers.srv.get(&service) {
                Some(found) => records.push((transport, found)),
                None => self.missing.push(Question::Srv(service)),
            }
        }
        if !self.missing.is_empty() {
            return Some(Vec::new());
        }
        records.retain(|(_, found)| !found.is_empty());
        if records.is_empty() {
            return None;
        }
        // The first transport that has a machine; where all say that there is none, none is looked for elsewhere.
        let first = records.into_iter().find(|(_, found)| !found.iter().all(is_none));
        let (transport, found) = first.unwrap_or((Transport::Udp, const { &Vec::new() }));
        let machines = machines(found, self.chance);
        let at = |machine: &super::Srv| self.at(&machine.target, machine.port, transport);
        Some(machines.into_iter().take(MAX_SERVERS).flat_map(at).collect())
    }

    /// The addresses of a machine.
    fn at(&mut self, host: &str, port: u16, transport: Transport) -> Vec<Server> {
        let server = |ip: IpAddr| Server { transport, address: SocketAddr::new(ip, port) };
        if let Some(address) = address(host) {
            return vec![server(address)];
        }
        let Some(host) = name(host) else { return Vec::new() };
        match self.answers.addresses.get(&host) {
            Some(addresses) => addresses.iter().take(MAX_SERVERS).copied().map(server).collect(),
            None => {
                let question = Question::Addresses(host);
                if !self.missing.contains(&question) {
                    self.missing.push(question);
                }
                Vec::new()
            }
        }
    }
}

/// The transports that the host has and the target allows.
fn usable(target: &Target) -> Vec<Transport> {
    let allowed = |transport: Transport| match (target.scheme, target.transport) {
        // RFC 3261 section 26.2.2: TCP of a sips address is under TLS.
        (Scheme::Sips, None | Some(Transport::Tcp | Transport::Tls)) => transport == Transport::Tls,
        (Scheme::Sip, wish) => wish.is_none_or(|wish| wish == transport),
        (Scheme::Sips | Scheme::Tel | Scheme::Other, _) => false,
    };
    target.known.iter().copied().filter(|transport| allowed(*transport)).collect()
}

const fn service(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
    }
}

const fn port_of(transport: Transport) -> u16 {
    match transport {
        Transport::Udp | Transport::Tcp => 5060,
        Transport::Tls => 5061,
    }
}

fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

/// A name as it is asked: in small letters, without the dot at its end. None if it is no name that can be asked.
fn name(text: &str) -> Option<String> {
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let is_name = !name.is_empty() && name.len() <= MAX_NAME && name.split('.').all(is_label);
    is_name.then_some(name)
}

fn is_label(label: &str) -> bool {
    let letters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    (1..=63).contains(&label.len()) && letters
}
