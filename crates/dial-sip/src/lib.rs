//! Answers SIP calls: messages, transactions, dialogs, media. It has never heard of a church.

pub mod auth;
pub mod chance;
pub mod dtmf;
pub mod guard;
pub mod message;
pub mod net;
pub mod rtp;
pub mod sdp;
pub mod time;
pub mod transaction;

mod timers;
