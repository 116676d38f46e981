//! Bytes in, telephone sound out: 8 kHz mono G.711 mu-law.
//!
//! This crate has no socket, clock, thread or path: readers and bytes are arguments. It has never
//! heard of a church.

pub mod decode;
pub mod g711;
pub mod prepare;
pub mod resample;
pub mod silence;
pub mod stretch;
pub mod tone;
pub mod wav;

/// Samples a second on the telephone.
pub const RATE: u32 = 8000;
