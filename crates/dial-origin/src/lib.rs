//! Where recordings come from: lists and files fetched, checked and prepared, ready to be offered.
//!
//! Nothing here is on a call's way. It knows no caller, no menu and no channel.

pub mod certificate;
pub mod chapters;
pub mod disk;
pub mod event;
pub mod failover;
pub mod fault;
pub mod http;
pub mod judge;
pub mod keeper;
pub mod origin;
pub mod snapshot;
pub mod sound;
