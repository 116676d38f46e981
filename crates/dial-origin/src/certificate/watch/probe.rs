//! One look at one address: what is presented there, and what the strict check says of it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::certificate::{self, Certificate, Links, refusal, trust};
use crate::fault::{Fault, FaultKind};

/// The deadlines for a name, a connection and a handshake.
const NAME: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(3);
const HANDSHAKE: Duration = Duration::from_secs(5);
/// More addresses than this of one name are not looked at.
const MAX_ADDRESSES: usize = 16;

/// What stood the strict check.
pub(super) struct Presented {
    pub(super) certificate: Certificate,
    pub(super) links: Links,
}

/// All addresses of a name.
pub(super) async fn resolve(host: &str, port: u16) -> Vec<SocketAddr> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return vec![(address, port).into()];
    }
    match timeout(NAME, tokio::net::lookup_host((bare, port))).await {
        Ok(Ok(found)) => {
            let mut addresses: Vec<_> = found.collect();
            addresses.sort_unstable();
            addresses.dedup();
            addresses.truncate(MAX_ADDRESSES);
            addresses
        }
        _ => Vec::new(),
    }
}

/// Looks at one address, as of a moment. The connection ends with the handshake.
pub(super) async fn probe(
    host: &str,
    address: SocketAddr,
    roots: &Arc<RootCertStore>,
    at: Timestamp,
) -> Result<Presented, Fault> {
    let fault = |kind| Fault::new(kind, host).with_detail(address.ip().to_string());
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(bare.to_owned()).map_err(|_| fault(FaultKind::NoSuchHost))?;
    let recorded = Arc::new(certificate::Presented::default());
    let tls = trust::tls(Arc::clone(roots), Vec::new(), &recorded, Arc::new(Moment(at)));
    let connector = TlsConnector::from(Arc::new(tls.map_err(|_| fault(FaultKind::NoRoots))?));
    let stream = within(CONNECT, TcpStream::connect(address)).await;
    let stream = stream.map_err(|error| fault(refusal::kind(&error, None, &[])))?;
    let shaken = within(HANDSHAKE, connector.connect(name.clone(), stream)).await;
    // Empty if the handshake did not come so far.
    let chain = recorded.chain(&name.to_str()).unwrap_or_default();
    let links = Links::of(&chain);
    let certificate = Certificate::read(host, Some(address.ip()), &chain);
    match (shaken, certificate) {
        (Ok(_), Ok(certificate)) => Ok(Presented { certificate, links }),
        (Ok(_), Err(_)) => Err(fault(FaultKind::Garbled)),
        (Err(error), certificate) => {
            let certificate = certificate.ok();
            let kind = refusal::kind(&error, certificate.as_ref(), &chain);
            Err(Fault { certificate: certificate.map(Box::new), ..fault(kind) })
        }
    }
}

/// The time is an argument here too.
#[derive(Debug)]
struct Moment(Timestamp);

impl TimeProvider for Moment {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
