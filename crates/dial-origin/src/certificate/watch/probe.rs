//! One look at one address: what is presented there, and what the strict check says of it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::certificate::trust::Recorder;
use crate::certificate::{Certificate, Links, refusal};
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
    let recorder = Recorder::new(roots).map_err(|_| fault(FaultKind::NoRoots))?;
    let stream = within(CONNECT, TcpStream::connect(address)).await;
    let stream = stream.map_err(|error| fault(refusal::kind(&error, None, &[])))?;
    let connector = TlsConnector::from(Arc::clone(&recorder).config(at));
    let shaken = within(HANDSHAKE, connector.connect(name, stream)).await;
    let chain = recorder.chain();
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

async fn within<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
