//! `[line.voices]`: who speaks on a line besides the built-in voice.
//!
//! It must not speak, nor look whether a voice is there.

use std::path::PathBuf;

use serde::Serialize;

use super::section::{Section, refused};

/// The speakers of the neural voice.
pub(crate) const SPEAKERS: [&str; 4] = ["bm_george", "bm_lewis", "bf_emma", "bm_daniel"];

/// Who speaks on a line besides the built-in voice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Voices {
    /// A folder of clips that the church recorded.
    pub(crate) clips: Option<PathBuf>,
    /// A list of names and how they are said.
    pub(crate) lexicon: Option<PathBuf>,
    /// Who speaks with the neural voice, where it is installed.
    pub(crate) speaker: String,
    /// A speech program and its arguments; the first that the machine has, if none is named.
    pub(crate) program: Vec<String>,
}

impl Default for Voices {
    fn default() -> Self {
        Self { clips: None, lexicon: None, speaker: SPEAKERS[0].into(), program: Vec::new() }
    }
}

impl Voices {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let mut voices = Self {
            clips: section.path("clips"),
            lexicon: section.path("lexicon"),
            program: section
                .texts("program", "a program and its arguments", |part| Ok::<_, String>(part.into())),
            ..Self::default()
        };
        let expected = "one of bm_george, bm_lewis, bf_emma and bm_daniel";
        let speaker =
            |text: &str| if SPEAKERS.contains(&text) { Ok(text.to_owned()) } else { Err(refused(text)) };
        if let Some(speaker) = section.text("speaker", expected, speaker) {
            voices.speaker = speaker;
        }
        section.finish();
        voices
    }
}
