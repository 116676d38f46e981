//! What two descriptions have in common.

use std::net::{IpAddr, SocketAddr};

use super::parse::payload_type;
use super::{Disagreement, Keying, Stream};

/// Packet times that we send, in milliseconds.
const PTIMES: std::ops::RangeInclusive<u32> = 10..=60;
/// The packet time where none is asked for (RFC 3551 section 4.2), in milliseconds.
const PTIME: u32 = 20;

/// How sound is encoded: both have 8,000 bytes a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 mu-law, payload type 0.
    Pcmu,
    /// G.711 A-law, payload type 8.
    Pcma,
}

impl Codec {
    /// Both, mu-law first.
    pub const ALL: [Self; 2] = [Self::Pcmu, Self::Pcma];

    /// Its name in a description.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }

    /// Its payload type where none is mapped (RFC 3551 table 4).
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
        }
    }
}

/// Who sends, as the one who says it sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// `sendrecv`: both.
    #[default]
    Both,
    /// `sendonly`: I only, such as music on hold.
    SendOnly,
    /// `recvonly`: you only.
    ReceiveOnly,
    /// `inactive`: nobody.
    Inactive,
}

impl Direction {
    /// Its name in a description.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Both => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::ReceiveOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// How the other side sees it (RFC 3264 section 6.1).
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::SendOnly => Self::ReceiveOnly,
            Self::ReceiveOnly => Self::SendOnly,
            other => other,
        }
    }

    /// Whether who says it sends.
    pub const fn sends(self) -> bool {
        matches!(self, Self::Both | Self::SendOnly)
    }
}

/// Whose order of codecs counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// The first of the offer that we have.
    Theirs,
    /// This one if it is offered, and else the other.
    Ours(Codec),
}

/// How keys travel in RTP (RFC 4733).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// The payload type.
    pub payload_type: u8,
    /// Ticks a second of its durations, 8,000 as a rule.
    pub clock: u32,
}

/// What was agreed: all that a player and a listener need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// How sound is encoded.
    pub codec: Codec,
    /// The payload type of sound.
    pub payload_type: u8,
    /// How keys are told; none if only by tones or INFO.
    pub telephone_event: Option<TelephoneEvent>,
    /// How much sound a packet that we send holds, in milliseconds: 10 to 60, in steps of 10.
    pub ptime_ms: u32,
    /// Where sound goes, and comes from.
    pub remote: SocketAddr,
    /// Where reports go, and come from.
    pub remote_rtcp: SocketAddr,
    /// Whether reports share the port of the sound (RFC 5761).
    pub rtcp_mux: bool,
    /// Who sends, as we see it. While we do not send, the call is on hold.
    pub direction: Direction,
    /// Our key and theirs, if sound is encrypted.
    pub keys: Option<(Keying, Keying)>,
}

impl Stream {
    /// Whether it is sound that could be served; a port of 0 refuses it.
    pub(super) fn is_sound(&self) -> bool {
        let protocol = ["RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF"]
            .iter()
            .any(|known| self.protocol.eq_ignore_ascii_case(known));
        self.kind == "audio" && self.port != 0 && protocol
    }

    pub(super) fn is_secure(&self) -> bool {
        self.protocol.to_ascii_uppercase().contains("SAVP")
    }

    /// The codecs of ours that it has, in its order, with their payload types.
    fn codecs(&self) -> impl Iterator<Item = (Codec, u8)> {
        self.formats.iter().filter_map(|format| {
            let number = payload_type(format)?;
            let mapped = self.maps.iter().find(|(mapped, ..)| *mapped == number);
            let codec = Codec::ALL.into_iter().find(|codec| match mapped {
                Some((_, name, clock)) => name.eq_ignore_ascii_case(codec.name()) && *clock == 8_000,
                None => codec.payload_type() == number,
            })?;
            Some((codec, number))
        })
    }

    pub(super) fn codec(&self, preference: Preference) -> Result<(Codec, u8), Disagreement> {
        let first = self.codecs().next().ok_or(Disagreement::NoCodec)?;
        match preference {
            Preference::Theirs => Ok(first),
            Preference::Ours(wanted) => {
                Ok(self.codecs().find(|(codec, _)| *codec == wanted).unwrap_or(first))
            }
        }
    }

    /// At the clock of the sound if there are several (RFC 4733 section 2.5.1.1).
    pub(super) fn telephone_event(&self) -> Option<TelephoneEvent> {
        let offered = |number: u8| self.formats.iter().any(|format| payload_type(format) == Some(number));
        let events = self
            .maps
            .iter()
            .filter(|(number, name, clock)| name == "telephone-event" && *clock > 0 && offered(*number));
        let found = events.clone().find(|(_, _, clock)| *clock == 8_000).or_else(|| events.clone().next());
        found.map(|(payload_type, _, clock)| TelephoneEvent { payload_type: *payload_type, clock: *clock })
    }

    /// What they like, within what we send and they take.
    pub(super) fn ptime_ms(&self) -> u32 {
        let asked = self.ptime.unwrap_or(PTIME).clamp(*PTIMES.start(), *PTIMES.end());
        let most = self.maxptime.unwrap_or(u32::MAX).max(*PTIMES.start());
        asked.min(most) / 10 * 10
    }

    /// How we see who sends; an address of zeros is the old way to put a call on hold (RFC 3264 section 8.4).
    pub(super) fn our_direction(&self) -> Direction {
        match self.direction.mirrored() {
            Direction::Both if self.is_nowhere() => Direction::ReceiveOnly,
            Direction::SendOnly if self.is_nowhere() => Direction::Inactive,
            other => other,
        }
    }

    fn is_nowhere(&self) -> bool {
        self.address.is_some_and(|address| address.is_unspecified())
    }

    /// Where sound and reports go.
    pub(super) fn addresses(&self) -> Result<(SocketAddr, SocketAddr), Disagreement> {
        let address = self.address.filter(is_one).ok_or(Disagreement::NoAddress)?;
        let remote = SocketAddr::new(address, self.port);
        let beside = SocketAddr::new(address, self.port.saturating_add(1));
        let rtcp = match self.rtcp {
            _ if self.rtcp_mux => remote,
            Some((port, place)) => SocketAddr::new(place.filter(is_one).unwrap_or(address), port),
            None => beside,
        };
        Ok((remote, rtcp))
    }

    /// The first key that we can use.
    pub(super) fn key(&self) -> Result<Option<&Keying>, Disagreement> {
        if !self.is_secure() {
            return Ok(None);
        }
        self.keys.first().map(Some).ok_or(Disagreement::NoKey)
    }
}

/// Whether it is the address of one machine: sound is not sent to groups.
fn is_one(address: &IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !address.is_multicast() && !broadcast
}
