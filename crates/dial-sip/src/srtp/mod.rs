//! Encrypted and sealed sound (SRTP, RFC 3711) with the keys of a description (SDES, RFC 4568).
//!
//! Packets are changed in the caller's buffer, and nothing is allocated for one. It knows no socket, and
//! not whose packets are heard: that is judged by [`crate::rtp::Latch`], after the seal was checked.
//!
//! | | ours | theirs |
//! |---|---|---|
//! | sound | [`SoundOut`] | [`SoundIn`] |
//! | reports | [`ReportsOut`] | [`ReportsIn`] |
//!
//! Each lives as long as its key: a second one with the same key would encrypt other sound with the same
//! keystream, and whoever has both could hear them.

mod keys;
mod reports;
mod sound;
mod window;

pub use reports::{ReportsIn, ReportsOut};
pub use sound::{SoundIn, SoundOut};

/// How much longer a packet may become.
pub const MAX_GROWTH: usize = 14;

/// Why a packet is not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A length in it is not true.
    #[error("cannot open the packet: it is none")]
    Malformed,
    /// It came before, or is too old to tell.
    #[error("cannot open the packet: it came before")]
    Replayed,
    /// Its seal is not that of the key.
    #[error("cannot open the packet: its seal is broken")]
    Forged,
    /// The key was used by more sources than one call has.
    #[error("cannot open the packet: its key has too many sources")]
    TooManySources,
}

#[cfg(test)]
mod tests;
