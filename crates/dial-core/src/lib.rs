//! The call, as pure decisions: which recordings a line has, what it says, and what a key does.
//!
//! This crate has no socket, clock, file or runtime to reach for: bytes, times and events are
//! arguments, and everything it returns is data that a channel turns into sound.

pub mod call;
pub mod catalogue;
pub mod date;
pub mod key;
pub mod language;
pub mod menu;
pub mod name;
pub mod phrase;
pub mod player;
pub mod session;
pub mod time;
pub mod token;
