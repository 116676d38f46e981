//! Web addresses as they really fail: a server that misbehaves, and the causes that the real client tells.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod bench;
mod download;
#[path = "../faulty/mod.rs"]
mod faulty;
mod kinds;
mod list;
mod matrix;
mod old;
mod replaced;
mod way;
