//! One socket for datagrams.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dial_sip::net::{Flow, Transport};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::{Arrival, Locals};

/// The longest datagram that there is.
const LONGEST: usize = 65_535;
/// The rest after an error that is not of one sender.
const REST: Duration = Duration::from_secs(1);

/// One socket for datagrams.
pub(in crate::channel::sip) struct Udp {
    socket: Arc<UdpSocket>,
    bound: SocketAddr,
    arrivals: mpsc::Sender<Arrival>,
    locals: Locals,
}

impl Udp {
    pub(super) fn new(socket: Arc<UdpSocket>, arrivals: mpsc::Sender<Arrival>) -> Self {
        let bound = socket.local_addr().unwrap_or_else(|_| ([0, 0, 0, 0], 0).into());
        Self { socket, bound, arrivals, locals: Locals::default() }
    }

    /// Receives until nobody listens any more.
    pub(in crate::channel::sip) async fn run(mut self) {
        let mut buffer = vec![0; LONGEST];
        loop {
            match self.socket.recv_from(&mut buffer).await {
                Ok((length, remote)) => {
                    let bytes = Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default());
                    let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
                    let local = self.locals.toward(remote, self.bound);
                    let flow = Flow { transport: Transport::Udp, local, remote };
                    let arrival = Arrival::Message { bytes, flow, tls_name: None };
                    // What has no room is lost, as on any network, and comes again.
                    if let Err(TrySendError::Closed(_)) = self.arrivals.try_send(arrival) {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
                Err(error) => {
                    tracing::warn!(%error, "Cannot receive datagrams of SIP");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }
}
