//! The line's own British voice: clips that are built in, and a neural voice for all else.
//!
//! It must not know channels, calls, lines or the network. It is a crate of its own so that the engine
//! that runs the model stays out of the server's code.

pub mod lexicon;
pub mod pack;
pub mod sound;
pub mod voice;
pub mod words;
