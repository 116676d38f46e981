//! Accepts connections, and shakes hands with many at once, so that a slow one keeps nobody waiting.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::{debug, warn};

use super::served::{CHALLENGE, Served};

/// A handshake that takes longer is given up.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// More than these at once wait to be accepted.
const MAX_HANDSHAKES: usize = 512;
/// The rest after an error that is not of one connection, such as too many open files.
const REST: Duration = Duration::from_secs(1);

type Accepted = (TlsStream<TcpStream>, SocketAddr);
type Handshake = Pin<Box<dyn Future<Output = Option<Accepted>> + Send>>;

/// Listens for https.
pub(crate) struct Listener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
    handshakes: FuturesUnordered<Handshake>,
}

impl Listener {
    /// On a listener of TCP, presenting what is served.
    pub(crate) fn new(tcp: TcpListener, served: Arc<Served>) -> Self {
        Self { tcp, acceptor: TlsAcceptor::from(served.config()), handshakes: FuturesUnordered::new() }
    }
}

impl axum::serve::Listener for Listener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Accepted {
        loop {
            tokio::select! {
                Some(done) = self.handshakes.next(), if !self.handshakes.is_empty() => {
                    if let Some(accepted) = done {
                        return accepted;
                    }
                }
                accepted = self.tcp.accept(), if self.handshakes.len() < MAX_HANDSHAKES => match accepted {
                    Ok((stream, from)) => {
                        self.handshakes.push(Box::pin(handshake(self.acceptor.clone(), stream, from)));
                    }
                    Err(error) if of_one_connection(&error) => {}
                    Err(error) => {
                        warn!(%error, "Cannot accept connections of https");
                        tokio::time::sleep(REST).await;
                    }
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

/// None: it failed, or was an authority's look, which ends with the handshake (RFC 8737, section 3).
async fn handshake(acceptor: TlsAcceptor, stream: TcpStream, from: SocketAddr) -> Option<Accepted> {
    // A caller hears silence while a small answer waits for company.
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "A connection keeps its delay");
    }
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(CHALLENGE) => None,
        Ok(Ok(stream)) => Some((stream, from)),
        Ok(Err(error)) => {
            debug!(%error, "A handshake failed");
            None
        }
        Err(_) => {
            debug!(limit_s = HANDSHAKE.as_secs(), "A handshake took too long");
            None
        }
    }
}

fn of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
