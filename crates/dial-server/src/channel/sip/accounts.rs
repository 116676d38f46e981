//! Accounts at telephone companies: who they are, and where their servers stand now.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use dial_sip::auth::Credentials;
use dial_sip::guard::Trunk;
use dial_sip::net::Transport;
use tokio::time::timeout;

use crate::config::sip::SipTrunk;
use crate::config::sip_account::{SipAccount, Way};
use crate::secret::Secret;

/// How long a name may take to be found.
const LOOK_UP: Duration = Duration::from_secs(10);
/// More servers of one name are not asked.
const MAX_SERVERS: usize = 16;

/// An account with its password.
#[derive(Debug, Clone)]
pub(super) struct OwnAccount {
    pub(super) name: String,
    pub(super) registrar: String,
    port: u16,
    pub(super) transport: Transport,
    pub(super) user: String,
    pub(super) credentials: Credentials,
    pub(super) expires_s: u32,
}

impl OwnAccount {
    /// Reads the password.
    pub(super) fn open(config: &SipAccount) -> Result<Self> {
        let transport = match config.transport {
            Way::Udp => Transport::Udp,
            Way::Tcp => Transport::Tcp,
            Way::Tls => Transport::Tls,
        };
        let usual = if transport == Transport::Tls { 5061 } else { 5060 };
        let user = config.auth_user.clone().unwrap_or_else(|| config.user.clone());
        Ok(Self {
            name: config.name.clone(),
            registrar: config.registrar.clone(),
            port: u16::try_from(config.port).ok().filter(|port| *port > 0).unwrap_or(usual),
            transport,
            user: config.user.clone(),
            credentials: Credentials { user, password: password(&config.name, &config.password_file)? },
            expires_s: config.expires_s,
        })
    }

    /// Where its servers stand now, the first to be asked first; none: the name cannot be found.
    pub(super) async fn servers(&self) -> Vec<SocketAddr> {
        let name = (self.registrar.trim_matches(['[', ']']), self.port);
        match timeout(LOOK_UP, tokio::net::lookup_host(name)).await {
            Ok(Ok(servers)) => servers.take(MAX_SERVERS).collect(),
            _ => Vec::new(),
        }
    }

    /// Its calls come from its servers.
    pub(super) fn trunk(&self, servers: &[SocketAddr]) -> Trunk {
        let tls_names =
            if self.transport == Transport::Tls { vec![self.registrar.clone()] } else { Vec::new() };
        Trunk {
            name: self.name.clone(),
            networks: servers.iter().map(|server| server.ip().into()).collect(),
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
