//! A certificate as a server presents it, and how long it still lives.

mod presented;
mod read;
mod refusal;
pub(crate) mod trust;
pub mod watch;

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::read::{Links, NotACertificate};
pub use self::trust::roots;

pub(crate) use self::presented::Presented;

/// What a server presents of itself (RFC 5280).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The name that was asked for.
    pub host: String,
    /// The address that presented it, where it was asked by address.
    pub address: Option<IpAddr>,
    /// The names that it is for.
    pub names: Vec<String>,
    /// Who vouches for it: organisation and common name.
    pub issuer: String,
    /// When it begins.
    pub not_before: Timestamp,
    /// When it expires.
    pub not_after: Timestamp,
    /// The subjects of the chain as it was presented, its own first.
    pub chain: Vec<String>,
    /// SHA-256 of it, in hexadecimal.
    pub fingerprint: String,
}

/// How long a certificate still lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Life {
    /// Long enough.
    Valid,
    /// Less than a third of its lifetime is left.
    Yellow,
    /// Less than a sixth is left, or less than two days of more than twelve.
    Red,
    /// None.
    Expired,
}

impl Certificate {
    /// How long it still lives at a moment.
    pub fn life(&self, at: Timestamp) -> Life {
        let left = self.not_after.duration_since(at);
        let lifetime = self.not_after.duration_since(self.not_before);
        let short = lifetime > SignedDuration::from_hours(12 * 24) && left < SignedDuration::from_hours(48);
        if left <= SignedDuration::ZERO {
            Life::Expired
        } else if short || left < lifetime / 6 {
            Life::Red
        } else if left < lifetime / 3 {
            Life::Yellow
        } else {
            Life::Valid
        }
    }

    /// The organisation that vouches for it: its own intermediates change from one renewal to the next.
    pub fn organisation(&self) -> &str {
        self.issuer.rsplit_once(", ").map_or(&self.issuer, |(organisation, _)| organisation)
    }

    /// What part of its lifetime is left at a moment, from 0 to 1.
    pub fn fraction_left(&self, at: Timestamp) -> f64 {
        let lifetime = self.not_after.duration_since(self.not_before).as_secs_f64();
        let left = self.not_after.duration_since(at).as_secs_f64();
        if lifetime > 0.0 { (left / lifetime).clamp(0.0, 1.0) } else { 0.0 }
    }
}
