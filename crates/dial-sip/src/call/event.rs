//! What the host hears of a call.

use super::Parties;
use crate::dtmf::Digit;
use crate::message::Status;
use crate::net::Flow;
use crate::sdp::Media;

/// The number of a call; no two calls of an endpoint have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub(crate) u64);

impl std::fmt::Display for CallId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Somebody rings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// By which trunk.
    pub trunk: String,
    /// The name that the caller's side gave the call.
    pub call_id: String,
    /// Who rings whom.
    pub parties: Parties,
    /// What would be agreed on if it were answered, without keys; none if we are to offer.
    pub offer: Option<Box<Media>>,
    /// Which way the call came.
    pub flow: Flow,
}

/// What happens to a call, in the order of its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEvent {
    /// Somebody rings: the host rings, answers or refuses.
    Invited(Box<Invitation>),
    /// The answer is on its way, and what sound was agreed on. It may be played from now on.
    Answered(Box<Media>),
    /// The caller knows that it was answered. Where the caller made no offer, [`Answered`](Self::Answered)
    /// comes just before.
    Confirmed,
    /// The sound is another from now on: on hold, resumed, or at another address.
    MediaChanged(Box<Media>),
    /// A key came by INFO.
    Digit(Digit),
    /// It is over, and nothing more will be told of it.
    Ended(Why),
}

/// Why a call is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The caller hung up.
    Caller,
    /// The caller gave up before we answered.
    Cancelled,
    /// The host hung up.
    HungUp,
    /// The host refused it.
    Refused(
        /// With this.
        Status,
    ),
    /// The caller never said that our answer came.
    NoAck,
    /// The caller never said that our ringing came, though it asked for that.
    NoPrack,
    /// There is no sound that both sides have.
    NoSound,
    /// Nobody renewed the session.
    SessionExpired,
    /// The other side knows nothing of the call any more.
    Forgotten,
    /// It lasted as long as any call may.
    TooLong,
}
