//! Descriptions of sound (SDP, RFC 8866) and how two sides agree on one (RFC 3264).
//!
//! The parser is bounded and total; the answerer serves one stream of G.711 and refuses all else.

mod answer;
mod crypto;
mod negotiate;
mod offer;
mod parse;
mod session;

#[cfg(test)]
mod tests;

pub use answer::answer;
pub use crypto::{Keying, MASTER_LEN, Suite};
pub use negotiate::{Codec, Direction, Media, Preference, TelephoneEvent};
pub use offer::{accept, offer, offer_again};
pub use parse::Unreadable;
pub use session::{Local, LocalSession};

use std::net::IpAddr;

/// The most streams of a description.
pub const MAX_STREAMS: usize = 16;
/// The most lines of a description.
pub const MAX_LINES: usize = 1_000;
/// The most formats of a stream.
pub const MAX_FORMATS: usize = 64;
/// The most keys of a stream.
pub const MAX_KEYS: usize = 8;

/// What one side says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The streams in their order.
    pub streams: Vec<Stream>,
}

/// One `m=` line and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The words of the line as they came: kind, port, protocol, formats.
    kind: String,
    port: u16,
    protocol: String,
    formats: Vec<String>,
    /// Where it is heard; none if it is said by a name, which is not looked up.
    address: Option<IpAddr>,
    direction: Direction,
    /// Packet times in milliseconds.
    ptime: Option<u32>,
    maxptime: Option<u32>,
    /// Payload type, encoding in small letters, clock rate.
    maps: Vec<(u8, String, u32)>,
    /// Payload type and parameters.
    parameters: Vec<(u8, String)>,
    keys: Vec<Keying>,
    rtcp: Option<(u16, Option<IpAddr>)>,
    rtcp_mux: bool,
}

/// Why two sides do not agree: the call is refused with 488.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// No stream is sound over RTP.
    #[error("cannot agree on sound: no stream has any")]
    NoSound,
    /// Neither PCMU nor PCMA is among the formats.
    #[error("cannot agree on sound: neither PCMU nor PCMA is offered")]
    NoCodec,
    /// The sound is to be encrypted, but no key can be used.
    #[error("cannot agree on sound: no key can be used")]
    NoKey,
    /// The address is a name, or nowhere.
    #[error("cannot agree on sound: it has no address")]
    NoAddress,
    /// The answer does not fit what we offered.
    #[error("cannot agree on sound: the answer does not fit the offer")]
    NotOffered,
}

impl Description {
    /// Reads a description.
    ///
    /// # Errors
    ///
    /// If it breaks the grammar of RFC 8866 in a line that matters, or a bound.
    pub fn parse(body: &[u8]) -> Result<Self, Unreadable> {
        parse::description(body)
    }
}
