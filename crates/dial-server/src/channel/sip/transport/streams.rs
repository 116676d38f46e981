//! Accepts connections and opens them, side by side in one task.

use std::collections::HashMap;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use dial_sip::net::{Flow, Transport};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{debug, warn};

use super::connection::Connection;
use super::tls::Tls;
use super::{Arrival, Connections, Doors, Locals, OUTGOING, Open};

/// The most connections at a time, and those of one address.
const MAX: usize = 1_024;
const MAX_OF_ONE: usize = 64;
/// A connection that takes longer to be made is given up, its handshake included.
const MAKING: Duration = Duration::from_secs(10);
/// The rest after an error that is not of one connection, such as too many open files.
const REST: Duration = Duration::from_secs(1);

type Running = Pin<Box<dyn Future<Output = Flow> + Send>>;

/// All streams.
pub(in crate::channel::sip) struct Streams {
    pub(super) listeners: Vec<(Transport, TcpListener)>,
    pub(super) tls: Tls,
    pub(super) doors: Doors,
    pub(super) connections: Connections,
    pub(super) arrivals: mpsc::Sender<Arrival>,
    pub(super) wished: mpsc::Receiver<Open>,
}

impl Streams {
    /// Until nobody listens any more.
    pub(in crate::channel::sip) async fn run(mut self) {
        let mut running: FuturesUnordered<Running> = FuturesUnordered::new();
        let (mut locals, sources) = (Locals::default(), Sources::default());
        loop {
            tokio::select! {
                accepted = accept(&self.listeners), if running.len() < MAX => match accepted {
                    Ok((transport, bound, stream, remote)) => {
                        let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
                        let local = locals.toward(remote, bound);
                        let flow = Flow { transport, local, remote };
                        let source = sources.enter(remote.ip());
                        if let (true, Some(source)) = (self.doors.admit(transport, remote.ip()), source) {
                            running.push(self.accepted(stream, flow, source));
                        }
                    }
                    Err(error) => {
                        warn!(%error, "Cannot accept connections of SIP");
                        tokio::time::sleep(REST).await;
                    }
                },
                wish = self.wished.recv() => match wish {
                    Some(open) if running.len() < 2 * MAX => running.push(self.opened(open)),
                    Some(_) => {}
                    None => return,
                },
                Some(flow) = running.next(), if !running.is_empty() => {
                    self.connections.remove(&flow);
                    if self.arrivals.send(Arrival::Closed(flow)).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// A connection that somebody made to us.
    fn accepted(&self, stream: TcpStream, flow: Flow, source: Source) -> Running {
        let (run, tls, doors) = (self.runner(flow), self.tls.clone(), self.doors.clone());
        Box::pin(async move {
            let _source = source;
            let _ = stream.set_nodelay(true);
            match flow.transport {
                Transport::Tls => match timeout(MAKING, tls.accept(stream, &doors)).await {
                    Ok(Ok((stream, name))) => run.run(stream, name).await,
                    Ok(Err(error)) => debug!(%error, "A handshake of SIP failed"),
                    Err(_) => debug!("A handshake of SIP took too long"),
                },
                Transport::Tcp | Transport::Udp => run.run(stream, None).await,
            }
            flow
        })
    }

    /// A connection that we make.
    fn opened(&self, Open { flow, first }: Open) -> Running {
        let (run, tls) = (self.runner(flow), self.tls.clone());
        let _ = run.connections.lock().get(&flow).map(|outgoing| outgoing.try_send(first));
        Box::pin(async move {
            let made = timeout(MAKING, TcpStream::connect(flow.remote)).await;
            let Ok(Ok(stream)) = made else {
                debug!(remote = %flow.remote, "A connection of SIP cannot be made");
                return flow;
            };
            let _ = stream.set_nodelay(true);
            match flow.transport {
                Transport::Tls => match timeout(MAKING, tls.connect(stream, flow.remote)).await {
                    Ok(Ok((stream, name))) => run.run(stream, Some(name)).await,
                    Ok(Err(error)) => {
                        warn!(remote = %flow.remote, %error, "A telephone company is not who it should be");
                    }
                    Err(_) => debug!(remote = %flow.remote, "A handshake of SIP took too long"),
                },
                Transport::Tcp | Transport::Udp => run.run(stream, None).await,
            }
            flow
        })
    }

    fn runner(&self, flow: Flow) -> Runner {
        let (sender, outgoing) = mpsc::channel(OUTGOING);
        self.connections.insert(flow, sender);
        Runner { flow, outgoing, arrivals: self.arrivals.clone(), connections: self.connections.clone() }
    }
}

/// What a connection needs besides its stream.
struct Runner {
    flow: Flow,
    outgoing: mpsc::Receiver<Bytes>,
    arrivals: mpsc::Sender<Arrival>,
    connections: Connections,
}

impl Runner {
    async fn run(self, stream: impl AsyncRead + AsyncWrite + Unpin, tls_name: Option<Arc<str>>) {
        let Self { flow, outgoing, arrivals, connections: _ } = self;
        Connection { stream, flow, tls_name, arrivals, outgoing }.run().await;
    }
}

/// The next connection of any listener; none ever where there is none.
async fn accept(
    listeners: &[(Transport, TcpListener)],
) -> std::io::Result<(Transport, SocketAddr, TcpStream, SocketAddr)> {
    poll_fn(|context| {
        for (transport, listener) in listeners {
            match listener.poll_accept(context) {
                Poll::Ready(Ok((stream, remote))) => {
                    return Poll::Ready(
                        listener.local_addr().map(|bound| (*transport, bound, stream, remote)),
                    );
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {}
            }
        }
        Poll::Pending
    })
    .await
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Sources(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection of an address, until it is dropped.
struct Source(Sources, IpAddr);

impl Sources {
    fn enter(&self, ip: IpAddr) -> Option<Source> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(ip).or_default();
        if *count >= MAX_OF_ONE {
            return None;
        }
        *count += 1;
        Some(Source(self.clone(), ip))
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let mut counts = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}
