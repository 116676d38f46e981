//! The engine against a caller on real sockets of this machine. Its time is given to it, so that every sample
//! is where it must be, however busy the machine.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod bench;
mod hear;
mod late;
mod play;
