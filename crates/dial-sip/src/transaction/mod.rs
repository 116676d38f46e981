//! One request and its answers (RFC 3261 section 17, RFC 6026): what is repeated when something is lost.
//!
//! Each transaction is a small machine without a clock. It tells when it wants to be woken, and what to send
//! then. It knows nothing of calls.

mod client;
mod key;
mod server;

use std::time::Duration;

use bytes::Bytes;

pub use client::{Client, Passed};
pub use key::{Key, Merge};
pub use server::Server;

/// An estimate of the time there and back (RFC 3261 section 17.1.1.1).
pub const T1: Duration = Duration::from_millis(500);
/// The longest pause between two repetitions, but for an INVITE.
pub const T2: Duration = Duration::from_secs(4);
/// How long a message stays in the network.
pub const T4: Duration = Duration::from_secs(5);
/// How long anything is waited for: 64 times T1.
pub const GIVE_UP: Duration = Duration::from_secs(32);

/// What a transaction does when it is woken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet.
    Wait,
    /// Sends this again.
    Repeat(Bytes),
    /// It is over, as it should be.
    Over,
    /// It is over, and what it waited for never came.
    TimedOut,
}
