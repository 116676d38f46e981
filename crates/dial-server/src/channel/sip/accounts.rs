//! Accounts at telephone companies: who they are, and where their servers stand now.

use anyhow::{Context, Result};
use dial_sip::auth::Credentials;
use dial_sip::guard::Trunk;
use dial_sip::locate::{Server, Target};
use dial_sip::message::Scheme;
use dial_sip::net::Transport;

use crate::config::sip::SipTrunk;
use crate::config::sip_account::{SipAccount, Way};
use crate::secret::Secret;

/// An account with its password.
#[derive(Debug, Clone)]
pub(super) struct OwnAccount {
    pub(super) name: String,
    pub(super) registrar: String,
    port: Option<u16>,
    transport: Option<Transport>,
    pub(super) user: String,
    pub(super) credentials: Credentials,
    pub(super) expires_s: u32,
}

impl OwnAccount {
    /// Reads the password.
    pub(super) fn open(config: &SipAccount) -> Result<Self> {
        let transport = config.transport.map(|way| match way {
            Way::Udp => Transport::Udp,
            Way::Tcp => Transport::Tcp,
            Way::Tls => Transport::Tls,
        });
        let user = config.auth_user.clone().unwrap_or_else(|| config.user.clone());
        Ok(Self {
            name: config.name.clone(),
            registrar: config.registrar.clone(),
            port: u16::try_from(config.port).ok().filter(|port| *port > 0),
            transport,
            user: config.user.clone(),
            credentials: Credentials { user, password: password(&config.name, &config.password_file)? },
            expires_s: config.expires_s,
        })
    }

    /// Whether it is told to go by TLS.
    pub(super) fn wants_tls(&self) -> bool {
        self.transport == Some(Transport::Tls)
    }

    /// Whose servers are to be found.
    pub(super) fn target(&self) -> Target {
        Target {
            scheme: Scheme::Sip,
            host: self.registrar.clone(),
            port: self.port,
            transport: self.transport,
            known: vec![Transport::Udp, Transport::Tcp, Transport::Tls],
        }
    }

    /// Its calls come from its servers.
    pub(super) fn trunk(&self, servers: &[Server]) -> Trunk {
        let has_tls = servers.iter().any(|server| server.transport == Transport::Tls);
        let tls_names = if has_tls { vec![self.registrar.clone()] } else { Vec::new() };
        Trunk {
            name: self.name.clone(),
            networks: servers.iter().map(|server| server.address.ip().into()).collect(),
            tls_names,
            credentials: Vec::new(),
        }
    }
}

/// A trunk with its password.
pub(super) fn trunk(config: &SipTrunk) -> Result<Trunk> {
    let credentials = match (&config.user, &config.password_file) {
        (Some(user), Some(file)) => {
            vec![Credentials { user: user.clone(), password: password(&config.name, file)? }]
        }
        _ => Vec::new(),
    };
    Ok(Trunk {
        name: config.name.clone(),
        networks: config.addresses.iter().filter_map(|network| network.parse().ok()).collect(),
        tls_names: config.tls_names.clone(),
        credentials,
    })
}

fn password(name: &str, file: &std::path::Path) -> Result<String> {
    let secret = Secret::from_file(file)
        .with_context(|| format!("cannot read the password of `{name}` in `{}`", file.display()))?;
    Ok(secret.expose().to_owned())
}
