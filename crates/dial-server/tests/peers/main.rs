//! Telephones and servers of other makers ring the real program, as Debian has them.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]
#![allow(clippy::disallowed_methods, reason = "a process is waited for in real time")]

mod baresip;
mod caller;
mod kamailio;
mod line;
mod linphone;
mod path;
mod program;
mod sipp;
mod sound;
#[path = "../../src/channel/sip/tests/caller.rs"]
#[expect(dead_code, reason = "other tests have more use of it")]
mod telephone;
mod trouble;
mod whole;
