//! Sound for the telephone: any recording in, G.711 mu-law at 8,000 Hz out.
//!
//! This crate is pure: bytes and readers are arguments.
//! It must not know sockets, clocks, threads, paths, or what a church is.

pub mod alaw;
pub mod band;
pub mod chapters;
pub mod decode;
pub mod g711;
pub mod level;
pub mod prepare;
pub mod resample;
pub mod silence;
pub mod stretch;
pub mod tone;
pub mod wav;

mod aac;
mod codec;
mod container;
mod ends;
mod filter;
mod meter;
mod mix;
mod mp3;
mod mp4;
mod ogg;
mod opus;
mod peaks;
mod shown;
mod sniff;
mod tag;
mod telephone;
mod trim;

/// Samples a second on the telephone (ITU-T G.711), and so bytes a second of mu-law sound.
pub const TELEPHONE_RATE: u32 = 8_000;

/// Bytes of mu-law sound in one millisecond: a byte offset is a time.
pub const BYTES_PER_MS: u64 = 8;
