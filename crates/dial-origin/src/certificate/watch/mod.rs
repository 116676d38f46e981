//! Looks at what hosts present of themselves, on every address, before a caller could notice.
//!
//! It fetches nothing, and must not know what the hosts are asked for.

mod judge;
mod probe;
mod seen;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::RootCertStore;
use tracing::{debug, warn};

use self::probe::Presented;
use self::seen::Seen;
use super::{Life, trust};
use crate::event::{Event, What};
use crate::fault::Fault;

/// A host to look at, and whom it concerns.
#[derive(Debug, Clone)]
pub struct Target {
    /// The line.
    pub line: String,
    /// Its origin; none for our own public name.
    pub origin: Option<String>,
    /// The name, as it is asked for and must be certified.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether it may lie in a private network.
    pub private: bool,
    /// Addresses of a private network where it may lie all the same.
    pub allowed: Vec<IpAddr>,
    /// Whom to trust for it; none: those whom everybody trusts.
    pub roots: Option<Arc<RootCertStore>>,
}

/// Whether an address may be connected to for a target.
pub type Policy = Box<dyn Fn(&Target, IpAddr) -> bool + Send>;

/// Looks at hosts from time to time.
pub struct Watch {
    targets: Vec<Target>,
    policy: Policy,
    seen: Seen,
    due: BTreeMap<String, Timestamp>,
}

impl Watch {
    /// For these hosts. What they present is remembered in `file`.
    pub fn new(targets: Vec<Target>, file: PathBuf, policy: Policy) -> Self {
        Self { targets, policy, seen: Seen::open(file), due: BTreeMap::new() }
    }

    /// Looks at these from now on. One that is new is due at once.
    pub fn replace(&mut self, targets: Vec<Target>) {
        self.targets = targets;
        let keys: Vec<_> = self.targets.iter().map(Target::key).collect();
        self.due.retain(|key, _| keys.contains(key));
    }

    /// Has every host be due at once.
    pub fn hurry(&mut self) {
        self.due.clear();
    }

    /// Looks at every host that is due, and says when the next one will be; none: there is no host.
    ///
    /// It takes at most 8 seconds for an address, and 5 for a name.
    pub async fn look(&mut self, at: Timestamp, tell: &mut dyn FnMut(Event)) -> Option<Timestamp> {
        let mut everybody = None;
        for (key, targets) in self.hosts() {
            if self.due.get(&key).is_some_and(|due| *due > at) {
                continue;
            }
            // One check for each way to trust: two lines may trust different roots for one host.
            let mut flagged = false;
            for group in targets.chunk_by(same_roots) {
                let roots = match &group[0].roots {
                    Some(roots) => Arc::clone(roots),
                    // Read anew at each round: the machine's may have been renewed.
                    None => Arc::clone(everybody.get_or_insert_with(trust::roots)),
                };
                let addresses = probe::resolve(&group[0].host, group[0].port).await;
                flagged |= self.look_at(group, &addresses, &roots, at, tell).await;
            }
            self.due.insert(key, judge::next(at, flagged));
        }
        if let Err(error) = self.seen.keep() {
            warn!(%error, "What hosts present cannot be remembered on the disk");
        }
        self.due.values().min().copied()
    }

    /// Looks at one host on these addresses, and says whether anything is wrong.
    async fn look_at(
        &mut self,
        targets: &[Target],
        addresses: &[SocketAddr],
        roots: &Arc<RootCertStore>,
        at: Timestamp,
        tell: &mut dyn FnMut(Event),
    ) -> bool {
        let (host, key) = (&targets[0].host, targets[0].key());
        let (mut good, mut bad): (Vec<Presented>, Vec<Fault>) = (Vec::new(), Vec::new());
        for address in addresses {
            if !targets.iter().any(|target| (self.policy)(target, address.ip())) {
                debug!(host, address = %address.ip(), "An address inside a private network is not looked at");
                continue;
            }
            match probe::probe(host, *address, roots, at).await {
                Ok(presented) => good.push(presented),
                Err(fault) => bad.push(fault),
            }
        }
        let mut flagged = !bad.is_empty() || good.is_empty();
        let before = self.seen.of(&key).cloned();
        let begins = good.iter().map(|presented| presented.certificate.not_before);
        let newest = begins.chain(before.as_ref().map(|before| before.newest)).max().unwrap_or(at);
        for Presented { certificate, links } in good {
            let life = certificate.life(at);
            let remarks = judge::remarks(&certificate, links, before.as_ref(), newest);
            flagged |= life != Life::Valid || !remarks.is_empty();
            self.seen.add(&key, &certificate, at);
            let certificate = Arc::new(certificate);
            for Target { line, origin, .. } in targets {
                let (certificate, remarks) = (Arc::clone(&certificate), remarks.clone());
                let what = What::CertificateSeen { origin: origin.clone(), certificate, life, remarks };
                tell(Event { at, line: line.clone(), what });
            }
        }
        // Last, so that what is wrong on one address is not taken for mended by another.
        for fault in bad {
            debug!(
                host,
                fault = fault.kind.label(),
                "The certificate was refused, or could not be looked at"
            );
            for Target { line, origin, .. } in targets {
                let Some(kind) = judge::told(&fault.kind, origin.is_none()) else { continue };
                let fault = Fault { kind, ..fault.clone() };
                let what = What::CertificateRefused { origin: origin.clone(), fault };
                tell(Event { at, line: line.clone(), what });
            }
        }
        flagged
    }

    /// The targets of each host and port, those with the same roots side by side.
    fn hosts(&self) -> BTreeMap<String, Vec<Target>> {
        let mut hosts: BTreeMap<String, Vec<Target>> = BTreeMap::new();
        for target in &self.targets {
            hosts.entry(target.key()).or_default().push(target.clone());
        }
        for targets in hosts.values_mut() {
            targets.sort_by_key(|target| target.roots.as_ref().map(|roots| Arc::as_ptr(roots).addr()));
        }
        hosts
    }
}

impl Target {
    fn key(&self) -> String {
        format!("{}:{}", self.host.to_ascii_lowercase(), self.port)
    }
}

fn same_roots(one: &Target, next: &Target) -> bool {
    match (&one.roots, &next.roots) {
        (Some(one), Some(next)) => Arc::ptr_eq(one, next),
        (None, None) => true,
        _ => false,
    }
}
