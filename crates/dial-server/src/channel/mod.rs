//! Channels: the ways in which a call reaches us, and the client that calls others.

pub mod ring;
pub mod script;
pub mod transcript;
pub mod twiml;
