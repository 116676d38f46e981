//! Where bytes come from and go to.

use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;

/// How SIP travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams: messages may be lost, and are repeated.
    Udp,
    /// A stream.
    Tcp,
    /// A stream under TLS.
    Tls,
}

impl Transport {
    /// Whether the transport itself repeats what is lost, so that transactions need not.
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp)
    }

    /// Its name in a Via header field.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }
}

/// Two ends that talk: for UDP our socket and the other's address, for streams one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// How they talk.
    pub transport: Transport,
    /// Our end, as others may reach it: never an unspecified address; of a stream, where we listen.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
}

/// Bytes for the host to send: one datagram, or one piece of a stream.
///
/// It prints without its bytes: names and numbers of callers are in them.
#[derive(Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Which way.
    pub flow: Flow,
    /// What.
    pub bytes: Bytes,
    /// Where a connection may be opened to, if that of the flow is gone; none for datagrams.
    pub otherwise: Option<SocketAddr>,
}

impl fmt::Debug for Transmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.flow.transport.name();
        write!(f, "{} bytes over {name} to {}", self.bytes.len(), self.flow.remote)
    }
}
