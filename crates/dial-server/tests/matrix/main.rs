//! The failure matrix, row by row: the real program, a real origin that fails, real disks, and somebody who
//! rings. Each row says what the caller heard, and what the incident said; `script/test` prints them all.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]
#![allow(clippy::disallowed_methods, reason = "a process is waited for in real time")]

#[path = "../../../dial-origin/tests/faulty/mod.rs"]
mod faulty;

mod bench;
mod call_path;
mod content;
mod disk;
mod limits;
mod list;
mod program;
mod tls;
mod way;
