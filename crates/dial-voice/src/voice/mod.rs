//! The neural voice: words to sounds (`phonemes`), sounds to speech (`engine`), from files that the user names.

mod engine;
mod files;
mod graph;
mod guess;
mod phonemes;
mod speaker;
mod vocabulary;

pub use engine::{Engine, EngineError, RATE, Utterance};
pub use files::{FileError, MODEL, SPEAKERS, VoiceFile, sha256};
pub use phonemes::Phonemes;
pub use speaker::{PACE, Speaker};
