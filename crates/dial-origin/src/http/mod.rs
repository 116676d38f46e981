//! The only maker of HTTP clients: strict TLS, deadlines, limits on size, and no way into a private network.
//!
//! An error becomes the cause of a fault here; it must not know lists, recordings or lines.

mod ask;
pub(crate) mod cause;
pub(crate) mod chain;
mod credentials;
mod document;
mod download;
mod draft;
mod guard;
mod headers;
mod inspect;
mod pace;
mod policy;
mod stream;
mod tls;
mod unpack;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use reqwest::redirect;
use rustls::pki_types::CertificateDer;
use tokio::time::Instant;

pub use ask::{AddressError, Ask};
pub use credentials::{Credentials, Secret};
pub use document::{Answer, Document};
pub use download::Downloaded;
pub use guard::{Hosts, is_metadata, is_public};
pub use headers::Validators;
pub use policy::Policy;

pub(crate) use draft::{Begun, Draft};
pub(crate) use headers::time;
pub(crate) use stream::Stream;
pub(crate) use unpack::unpack;

use crate::certificate::{Certificate, Presented};
use crate::fault::{CertificateFault, Fault, FaultKind};
use cause::{Stage, cause};
use chain::Gap;
use guard::Guard;

/// Roots and lists of what was called back change under us: a client is made anew after this long.
const REBUILD: Duration = Duration::from_hours(24);
/// A connection that was not used for this long is closed, so that each round sees the server as it is now.
const IDLE: Duration = Duration::from_secs(20);

/// What a client is given by code alone, never by configuration.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// Roots that are trusted besides those of the machine and Mozilla's.
    pub roots: Vec<CertificateDer<'static>>,
    /// Names that lead elsewhere than name servers say; their addresses are checked like all others.
    pub hosts: Option<Hosts>,
}

/// Asks one origin over HTTP. It follows the origin's policy, and knows what its servers presented of themselves.
pub struct Client {
    policy: Policy,
    guard: Guard,
    roots: Vec<CertificateDer<'static>>,
    presented: Arc<Presented>,
    made: Mutex<Option<Made>>,
}

struct Made {
    at: Instant,
    client: reqwest::Client,
}

impl Client {
    /// A client for one origin. Nothing can fail here: whatever is wrong is the fault of the first fetch.
    pub fn new(policy: Policy, surroundings: Surroundings) -> Self {
        let Surroundings { roots, hosts } = surroundings;
        let guard = Guard::new(&policy, hosts);
        Self { policy, guard, roots, presented: Arc::default(), made: Mutex::default() }
    }

    /// What it is allowed.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What a host presented of itself last, whether it was refused or not.
    pub fn certificate(&self, host: &str) -> Option<Certificate> {
        Certificate::read(host, None, &self.presented.chain(host)?).ok()
    }

    fn client(&self) -> Result<reqwest::Client, Fault> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        match &*made {
            Some(made) if made.at.elapsed() < REBUILD => return Ok(made.client.clone()),
            _ => {}
        }
        let client = self.make()?;
        *made = Some(Made { at: Instant::now(), client: client.clone() });
        Ok(client)
    }

    fn make(&self) -> Result<reqwest::Client, Fault> {
        let tls = tls::tls(&self.policy, &self.roots, &self.presented)?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(self.guard.clone()))
            // Redirects are followed by `ask.rs`, which checks each.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(self.policy.connect)
            .pool_idle_timeout(IDLE)
            .referer(false)
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .no_proxy()
            .user_agent(concat!("dial/", env!("CARGO_PKG_VERSION")));
        let refuse = |error: reqwest::Error| {
            Fault::new(FaultKind::Garbled, "").with_detail(cause(&error, Stage::Head).1)
        };
        if let Some(proxy) = &self.policy.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy.clone()).map_err(refuse)?);
        }
        builder.build().map_err(refuse)
    }

    /// A fault of a host, with the certificate that was refused. The client is then made anew:
    /// the machine may have got new roots since.
    fn fault(&self, kind: FaultKind, host: &str) -> Fault {
        let mut fault = Fault::new(kind, host);
        if !fault.kind.is_certificate() {
            return fault;
        }
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let Some(chain) = self.presented.fresh(host) else {
            return fault;
        };
        fault.certificate = Certificate::read(host, None, &chain).ok().map(Box::new);
        let FaultKind::Certificate(certificate_fault) = &mut fault.kind else {
            return fault;
        };
        match (&*certificate_fault, &fault.certificate) {
            (CertificateFault::WrongName(_), Some(certificate)) => {
                *certificate_fault = CertificateFault::WrongName(certificate.names.clone());
            }
            (CertificateFault::UnknownIssuer | CertificateFault::Other(_), _) => match chain::gap(&chain) {
                Gap::SelfSigned => *certificate_fault = CertificateFault::SelfSigned,
                Gap::Incomplete if *certificate_fault == CertificateFault::UnknownIssuer => {
                    *certificate_fault = CertificateFault::Incomplete;
                }
                Gap::Incomplete | Gap::Unknown => {}
            },
            _ => {}
        }
        fault
    }
}

/// The host of an address, for a fault.
fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}
