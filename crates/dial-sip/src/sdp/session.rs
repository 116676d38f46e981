//! Our side of the description, which keeps its name through a call.

use std::fmt;
use std::net::SocketAddr;

use super::{Direction, Keying};

/// What our side of one call is. It prints without the key.
#[derive(Clone)]
pub struct Local {
    /// Where we hear sound; reports are heard at the next port, or at the same one if both sides can.
    pub address: SocketAddr,
    /// Our master key and salt, in case that sound is encrypted: random for each call.
    pub master: [u8; super::MASTER_LEN],
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Local({})", self.address)
    }
}

/// The `o=` line through a call: its version is raised with each change, and with nothing else
/// (RFC 3264 section 8).
#[derive(Debug, Clone)]
pub struct LocalSession {
    id: u64,
    version: u64,
    /// The last address and streams.
    last: Option<(SocketAddr, String)>,
}

impl LocalSession {
    /// A session by a random name; only 63 bits are used, for some peers read the number with a sign.
    pub const fn new(id: u64) -> Self {
        Self { id: id >> 1, version: 0, last: None }
    }

    /// The whole description with these streams.
    pub(super) fn write(&mut self, address: SocketAddr, streams: &str) -> String {
        let kind = if address.is_ipv4() { "IP4" } else { "IP6" };
        let ip = address.ip();
        let is_same = self.last.as_ref().is_some_and(|(before, last)| *before == address && last == streams);
        if !is_same {
            self.version += 1;
            self.last = Some((address, streams.to_owned()));
        }
        let (id, version) = (self.id, self.version);
        format!("v=0\r\no=- {id} {version} IN {kind} {ip}\r\ns=-\r\nc=IN {kind} {ip}\r\nt=0 0\r\n{streams}")
    }

    /// The address and streams that were described last.
    pub(super) fn last_streams(&self) -> Option<(SocketAddr, String)> {
        self.last.clone()
    }
}

/// The lines of our one stream.
pub(super) struct Lines<'a> {
    pub(super) port: u16,
    pub(super) protocol: &'a str,
    /// Payload type and name of each codec.
    pub(super) codecs: &'a [(u8, &'static str)],
    /// Payload type and clock of keys.
    pub(super) event: Option<(u8, u32)>,
    pub(super) ptime_ms: u32,
    pub(super) direction: Direction,
    pub(super) key: Option<&'a Keying>,
    pub(super) rtcp_mux: bool,
}

impl Lines<'_> {
    pub(super) fn write(&self) -> String {
        let mut text = format!("m=audio {} {}", self.port, self.protocol);
        for (number, _) in self.codecs {
            text += &format!(" {number}");
        }
        if let Some((number, _)) = self.event {
            text += &format!(" {number}");
        }
        text += "\r\n";
        for (number, name) in self.codecs {
            text += &format!("a=rtpmap:{number} {name}/8000\r\n");
        }
        if let Some((number, clock)) = self.event {
            text += &format!("a=rtpmap:{number} telephone-event/{clock}\r\na=fmtp:{number} 0-15\r\n");
        }
        text += &format!("a=ptime:{}\r\na={}\r\n", self.ptime_ms, self.direction.name());
        if let Some(key) = self.key {
            text += &format!("a=crypto:{key}\r\n");
        }
        if self.rtcp_mux {
            text += "a=rtcp-mux\r\n";
        }
        text
    }
}
