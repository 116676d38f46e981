//! Answers SIP calls: messages, transactions, dialogs, media. It has never heard of a church.
//!
//! Nothing is here yet but the boundary: the crate will know `dial-audio` and no other of ours, and the
//! server will drive its calls with the same sessions and turn player as every other channel.
