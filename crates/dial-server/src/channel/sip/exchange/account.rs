//! Accounts at telephone companies, and whether their calls come to us.

use std::net::SocketAddr;
use std::time::Duration;

use dial_sip::endpoint::RegistrationId;
use dial_sip::guard::Trunk;
use dial_sip::locate::Server;
use dial_sip::net::{Flow, Transport};
use dial_sip::register::{Account, RegistrationEvent};
use tracing::{info, warn};

use super::Exchange;
use crate::channel::sip::accounts::OwnAccount;

impl Exchange {
    /// Where the servers of an account stand, after a while.
    pub(super) fn look_up(
        &self,
        at: usize,
        after: Duration,
    ) -> impl Future<Output = (usize, Vec<Server>)> + use<> {
        let (dns, target) = (self.parts.dns.clone(), self.parts.accounts.get(at).map(OwnAccount::target));
        async move {
            tokio::time::sleep(after).await;
            let servers = match target {
                Some(target) => dns.servers(&target).await,
                None => Vec::new(),
            };
            (at, servers)
        }
    }

    /// The servers of an account were looked up. If the name cannot be found, those from before stay.
    pub(super) fn found(&mut self, at: usize, servers: &[Server]) {
        let (Some(account), Some(known)) = (self.parts.accounts.get(at), self.servers.get_mut(at)) else {
            return;
        };
        if servers.is_empty() {
            warn!(
                account = account.name,
                "The name of a telephone company cannot be found; it is looked up again"
            );
        }
        // Weights are chance, anew with each look: while the same servers are there, so is their order.
        let are_known = servers.len() == known.len() && servers.iter().all(|server| known.contains(server));
        if !servers.is_empty() && !are_known {
            *known = servers.to_vec();
            self.parts.names.expect(servers.iter().map(|server| server.address), &account.registrar);
        }
        let known = known.clone();
        let flows: Vec<_> = known.iter().map(|server| self.flow(server.transport, server.address)).collect();
        self.admit();
        let now = self.now();
        match self.registrations.iter().find(|(_, its)| **its == at).map(|(id, _)| *id) {
            Some(id) => self.endpoint.set_servers(id, flows),
            None => {
                let Some(account) = self.parts.accounts.get(at) else { return };
                let account = Account {
                    domain: account.registrar.clone(),
                    user: account.user.clone(),
                    credentials: account.credentials.clone(),
                    expires_s: account.expires_s,
                    servers: flows,
                };
                let id = self.endpoint.register(account, now);
                self.registrations.insert(id, at);
            }
        }
    }

    /// Our end of a way to a server: where we listen, if we do.
    fn flow(&mut self, transport: Transport, remote: SocketAddr) -> Flow {
        let listens = self.parts.listens.iter();
        let fits = |bound: &SocketAddr| bound.is_ipv6() == remote.is_ipv6();
        let bound =
            listens.filter(|(way, bound)| *way == transport && fits(bound)).map(|(_, bound)| *bound).next();
        let nowhere = if remote.is_ipv4() { ([0, 0, 0, 0], 5060).into() } else { ([0_u16; 8], 5060).into() };
        Flow { transport, local: self.locals.toward(remote, bound.unwrap_or(nowhere)), remote }
    }

    /// From now on the servers of accounts may ring, besides the trunks.
    fn admit(&mut self) {
        let accounts = self.parts.accounts.iter().zip(&self.servers);
        let accounts = accounts.map(|(account, servers)| account.trunk(servers));
        let trunks: Vec<Trunk> = self.parts.trunks.iter().cloned().chain(accounts).collect();
        self.parts.doors.set(&trunks);
        self.endpoint.guard().set_trunks(trunks);
    }

    pub(super) fn registered(&mut self, registration: RegistrationId, event: RegistrationEvent) {
        let account = self.registrations.get(&registration).and_then(|at| self.parts.accounts.get(*at));
        let Some(account) = account.map(|account| account.name.as_str()) else { return };
        match event {
            RegistrationEvent::Registered(until) => {
                info!(account, renewed_within_s = until.as_secs(), "Calls of the account come to us");
            }
            RegistrationEvent::Failed(failure) => {
                warn!(account, ?failure, "Calls of the account may not come to us; it is tried again");
            }
            RegistrationEvent::Left => info!(account, "The account was left"),
        }
    }
}
