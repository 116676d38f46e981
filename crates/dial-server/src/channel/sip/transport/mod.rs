//! The sockets of SIP: bytes in and out. It must not know what a message says.

mod connection;
mod doors;
mod local;
mod streams;
pub(super) mod tls;
mod udp;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use dial_sip::message::Broken;
use dial_sip::net::{Flow, Transmit, Transport};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;

pub(super) use doors::Doors;
pub(super) use local::Locals;
pub(super) use streams::Streams;
pub(super) use udp::Udp;

use crate::config::sip::ListenSip;

/// So many arrivals wait; of datagrams, more are dropped, and streams wait.
const ARRIVALS: usize = 4_096;
/// So many messages wait for one connection to take them; more are dropped, and the transaction ends.
const OUTGOING: usize = 256;
/// So many wishes for a connection wait.
const OPENS: usize = 64;

/// What came.
#[derive(Debug)]
pub(super) enum Arrival {
    /// A message. `tls_name` is the name that the other side's certificate proves.
    Message { bytes: Bytes, flow: Flow, tls_name: Option<Arc<str>> },
    /// A stream that cannot be read any further; it is closed.
    Broken { broken: Broken, flow: Flow, tls_name: Option<Arc<str>> },
    /// A stream is closed.
    Closed(Flow),
}

/// A wish for a connection, and what is to be sent over it first.
pub(super) struct Open {
    flow: Flow,
    first: Bytes,
}

/// The connections that there are, by their flows.
#[derive(Clone, Default)]
pub(super) struct Connections(Arc<Mutex<HashMap<Flow, mpsc::Sender<Bytes>>>>);

impl Connections {
    fn lock(&self) -> MutexGuard<'_, HashMap<Flow, mpsc::Sender<Bytes>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, flow: Flow, outgoing: mpsc::Sender<Bytes>) {
        self.lock().insert(flow, outgoing);
    }

    fn remove(&self, flow: &Flow) {
        self.lock().remove(flow);
    }
}

/// Everything that is listened on, before it is.
pub(super) struct Bound {
    udp: Vec<Arc<UdpSocket>>,
    listeners: Vec<(Transport, TcpListener)>,
}

impl Bound {
    /// Binds every address, or says which it cannot.
    pub(super) async fn all(listen: &[ListenSip]) -> anyhow::Result<Self> {
        use anyhow::Context;
        let (mut udp, mut listeners) = (Vec::new(), Vec::new());
        for at in listen {
            let cannot = || format!("cannot listen on {at}: is another program there? change [sip] listen");
            match at.transport {
                Transport::Udp => udp.push(Arc::new(UdpSocket::bind(at.address).await.with_context(cannot)?)),
                Transport::Tcp | Transport::Tls => {
                    listeners.push((at.transport, TcpListener::bind(at.address).await.with_context(cannot)?));
                }
            }
        }
        Ok(Self { udp, listeners })
    }

    /// Where it is listened.
    pub(super) fn addresses(&self) -> Vec<(Transport, SocketAddr)> {
        let udp = self.udp.iter().filter_map(|socket| Some((Transport::Udp, socket.local_addr().ok()?)));
        let streams = self.listeners.iter().filter_map(|(way, tcp)| Some((*way, tcp.local_addr().ok()?)));
        udp.chain(streams).collect()
    }

    /// The way out; what runs the sockets; and what comes in.
    pub(super) fn split(
        self,
        doors: Doors,
        tls: tls::Tls,
    ) -> (Out, Vec<Udp>, Streams, mpsc::Receiver<Arrival>) {
        let (arrivals, came) = mpsc::channel(ARRIVALS);
        let (opens, wished) = mpsc::channel(OPENS);
        let connections = Connections::default();
        let out = Out { udp: self.udp.clone(), connections: connections.clone(), opens };
        let udp = self.udp.into_iter().map(|socket| Udp::new(socket, arrivals.clone())).collect();
        let streams = Streams { listeners: self.listeners, tls, doors, connections, arrivals, wished };
        (out, udp, streams, came)
    }
}

/// The way out.
pub(super) struct Out {
    udp: Vec<Arc<UdpSocket>>,
    connections: Connections,
    opens: mpsc::Sender<Open>,
}

impl Out {
    /// Sends without waiting. What has no room is lost, as on any network: transactions repeat it or end.
    pub(super) fn send(&self, Transmit { flow, bytes, otherwise }: Transmit) {
        if flow.transport == Transport::Udp {
            if let Some(socket) = self.udp.iter().find(|socket| serves(socket, flow.local)) {
                let _ = socket.try_send_to(&bytes, flow.remote);
            }
            return;
        }
        let gone = {
            let connections = self.connections.lock();
            match connections.get(&flow) {
                Some(outgoing) => outgoing.is_closed() || outgoing.try_send(bytes.clone()).is_err(),
                None => true,
            }
        };
        if let (true, Some(remote)) = (gone, otherwise) {
            let _ = self.opens.try_send(Open { flow: Flow { remote, ..flow }, first: bytes });
        }
    }
}

/// Whether a socket is that of one of our addresses, be it by listening on all.
fn serves(socket: &UdpSocket, local: SocketAddr) -> bool {
    socket.local_addr().is_ok_and(|bound| {
        bound.port() == local.port()
            && (bound.ip() == local.ip()
                || bound.ip().is_unspecified() && (bound.is_ipv6() || local.is_ipv4()))
    })
}
