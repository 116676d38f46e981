//! Sends the sound of thousands of calls in time, and hears their keys (RFC 3550, RFC 4733).
//!
//! One thread walks all calls by a clock of 1 ms and sends what is due; another hears what comes. Neither has
//! a task, a timer, an allocation or a decoder for a packet. This crate must not know signalling, lines or
//! recordings: what a call sounds like comes from a [`Call`], 20 ms at a time.
//!
//! | module | what it decides |
//! |---|---|
//! | `play` | when which packet goes out |
//! | `hear` | whose packets count, and what they say |
//! | `ports` | which sockets a call has |
//! | `clock` | what time it is |
//! | `load` | whether there is room for more calls |

mod clock;
mod engine;
mod hear;
mod load;
mod play;
mod ports;
mod priority;
mod queue;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use dial_sip::dtmf::Digit;

pub use clock::{Clock, GivenClock, SystemClock};
pub use engine::Engine;
pub use load::{Load, Meter};
pub use ports::Ports;
pub use priority::Priority;

/// Bytes of 20 ms of mu-law at 8,000 a second.
pub const FRAME: usize = 160;

/// What a call sounds like. It is asked on the pacing thread, so it must not block.
pub trait Call: Send + 'static {
    /// Fills the next 20 ms with mu-law; or nothing follows, and the line is to hang up.
    fn tick(&mut self, frame: &mut [u8; FRAME]) -> Tick;
    /// A key was pressed while the last frame sounds.
    fn press(&mut self, digit: Digit);
    /// The call is over: nothing more is asked of it.
    fn hang_up(&mut self, quality: &Quality);
}

/// What the next 20 ms of a call are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// They are in the frame.
    Sounds,
    /// The line hangs up.
    Over,
}

/// The number of a call; no two calls of an engine have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(u64);

/// What the host hears of its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The line has nothing more to say: the host hangs up.
    Over(CallId),
    /// Nothing was heard of the caller's side for [`Settings::silent`]: it is gone.
    Silent(CallId),
    /// Sound comes from another address than the caller's side told, and none from there: keys in it are not heard.
    Elsewhere(CallId),
    /// The caller's side said goodbye to the sound (RTCP BYE); signalling says it too, as a rule.
    Goodbye(CallId),
}

/// How well the two sides heard each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quality {
    /// Packets that we sent.
    pub sent: u32,
    /// Those of them that did not come, as the caller's side tells; none if it never told.
    pub lost: Option<i32>,
    /// How unevenly they came there, in milliseconds.
    pub jitter_ms: Option<u32>,
    /// How long a packet takes there and back.
    pub round_trip: Option<Duration>,
    /// Packets of the caller that were looked at; most are thrown away unseen.
    pub heard: u32,
}

/// How an engine works.
#[derive(Clone)]
pub struct Settings {
    /// The ports of sound, two for each call.
    pub ports: RangeInclusive<u16>,
    /// The most calls at a time.
    pub max_calls: usize,
    /// A caller of whom nothing is heard for so long is gone; zero: never.
    pub silent: Duration,
    /// How many threads send; one is enough for some thousand calls.
    pub threads: usize,
    /// What is asked of the machine for the threads that send.
    pub priority: Priority,
    /// The time. Tests have one of their own.
    pub clock: Arc<dyn Clock>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ports: 16_384..=20_479,
            max_calls: 2_000,
            silent: Duration::from_mins(2),
            threads: 1,
            priority: Priority::First,
            clock: Arc::new(SystemClock::default()),
        }
    }
}

/// Why a call is not played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There are as many as there may be.
    #[error("cannot play another call: there are {0} already")]
    Full(
        /// So many.
        usize,
    ),
    /// Sound goes out late: more calls would make it worse for those that there are.
    #[error("cannot play another call: the machine is {0} ms late with those that there are")]
    Late(
        /// So late, in all but one of a hundred cases.
        u32,
    ),
    /// No two ports that follow each other are free.
    #[error("cannot play another call: no ports are free")]
    NoPorts,
    /// The description is of sound that cannot be sent.
    #[error("cannot play another call: its sound is described in a way that is not served")]
    NotServed,
    /// The engine has stopped.
    #[error("cannot play another call: the engine has stopped")]
    Stopped,
}
