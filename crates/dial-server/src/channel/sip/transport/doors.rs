//! Whether a connection is of use at all: that of a stranger is closed before anything of it is read.

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use dial_sip::guard::{Network, Trunk};
use dial_sip::net::Transport;

/// Who may connect, as it is now.
#[derive(Debug, Clone, Default)]
pub(in crate::channel::sip) struct Doors(Arc<ArcSwap<Open>>);

#[derive(Debug, Default)]
struct Open {
    networks: Vec<Network>,
    /// Somebody may ring from anywhere with a password, or over TLS with a certificate.
    to_passwords: bool,
    to_certificates: bool,
    /// The names in certificates that are known.
    names: Vec<String>,
}

impl Doors {
    /// From now on these may.
    pub(in crate::channel::sip) fn set(&self, trunks: &[Trunk]) {
        let names: Vec<_> = trunks.iter().flat_map(|trunk| trunk.tls_names.clone()).collect();
        self.0.store(Arc::new(Open {
            networks: trunks.iter().flat_map(|trunk| trunk.networks.clone()).collect(),
            to_passwords: trunks.iter().any(|trunk| !trunk.credentials.is_empty()),
            to_certificates: !names.is_empty(),
            names,
        }));
    }

    /// Whether somebody may.
    pub(super) fn admit(&self, transport: Transport, from: IpAddr) -> bool {
        let open = self.0.load();
        let from = from.to_canonical();
        open.to_passwords
            || (open.to_certificates && transport == Transport::Tls)
            || open.networks.iter().any(|network| network.holds(from))
    }

    /// Which of the names in a certificate is known.
    pub(super) fn known(&self, names: &[String]) -> Option<Arc<str>> {
        let open = self.0.load();
        let known = names.iter().find(|name| open.names.iter().any(|known| known.eq_ignore_ascii_case(name)));
        known.map(|name| Arc::from(name.as_str()))
    }
}
