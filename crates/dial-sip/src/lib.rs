//! Answers SIP calls: messages, transactions, dialogs, media. It has never heard of a church.

pub mod chance;
pub mod message;
pub mod net;
pub mod sdp;
pub mod time;
