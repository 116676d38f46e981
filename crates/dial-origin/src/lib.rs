//! Where recordings come from: lists and files fetched, checked and prepared, ready to be offered.
//!
//! Nothing here is on a call's way. It knows no caller, no menu and no channel.

pub mod certificate;
pub mod event;
pub mod fault;
pub mod folder;
pub mod http;
pub mod origin;
pub mod sound;
