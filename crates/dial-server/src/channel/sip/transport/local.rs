//! Which of our addresses somebody reaches us by, where we listen on all of them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The most answers that are remembered.
const KNOWN: usize = 1_024;

/// Answers, remembered: the question costs a socket.
#[derive(Debug, Default)]
pub(in crate::channel::sip) struct Locals(HashMap<IpAddr, IpAddr>);

impl Locals {
    /// Our end as `remote` sees it, of a socket that is bound to `bound`.
    pub(in crate::channel::sip) fn toward(&mut self, remote: SocketAddr, bound: SocketAddr) -> SocketAddr {
        if !bound.ip().is_unspecified() {
            return bound;
        }
        if self.0.len() >= KNOWN {
            self.0.clear();
        }
        let ip =
            *self.0.entry(remote.ip()).or_insert_with(|| route(remote).unwrap_or(Ipv4Addr::LOCALHOST.into()));
        SocketAddr::new(ip, bound.port())
    }
}

/// The kernel chooses our address when a socket is connected; nothing is sent.
fn route(remote: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr =
        if remote.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(remote).ok()?;
    let ip = socket.local_addr().ok()?.ip().to_canonical();
    (!ip.is_unspecified()).then_some(ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ours_is_found_for_each_who_asks() {
        let mut locals = Locals::default();
        let any: SocketAddr = "0.0.0.0:5060".parse().unwrap();
        let one: SocketAddr = "127.0.0.2:5060".parse().unwrap();
        let peer = "127.0.0.1:9".parse().unwrap();
        assert_eq!(locals.toward(peer, any), "127.0.0.1:5060".parse().unwrap());
        assert_eq!(locals.toward(peer, one), one);
    }
}
