//! What is known of a prepared recording, beside its bytes.

use dial_audio::prepare::{Prepared, Warning};
use serde::{Deserialize, Serialize};

/// What is known of a prepared recording.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    /// Bytes of mu-law, at 8,000 a second.
    pub(super) samples: u64,
    /// BLAKE3 of them, in hexadecimal.
    pub(super) blake3: String,
    /// In milliseconds, ascending.
    pub(super) silences: Vec<(u32, u32)>,
    /// Where each chapter begins in milliseconds, ascending, and what it is called; as they were guessed.
    pub(super) chapters: Vec<(u32, String)>,
    /// What its church should know, in words.
    pub(super) warnings: Vec<String>,
    /// Whether nothing can be heard in it.
    pub(super) silent: bool,
    /// That its end is missing, in words.
    pub(super) cut_short: Option<String>,
}

impl Index {
    pub(super) fn of(prepared: &Prepared, blake3: String) -> Self {
        let ms = |ms: u64| u32::try_from(ms).unwrap_or(u32::MAX);
        let silences = prepared.silences.iter().map(|silence| (ms(silence.start_ms), ms(silence.end_ms)));
        let chapters =
            prepared.chapters.iter().map(|chapter| (ms(chapter.start_ms), chapter.kind.name().to_owned()));
        let is_cut = |warning: &&Warning| matches!(warning, Warning::CutShort { .. } | Warning::Torn { .. });
        let cut_short = prepared.warnings.iter().find(is_cut);
        Self {
            samples: prepared.samples,
            blake3,
            silences: silences.collect(),
            chapters: chapters.collect(),
            warnings: prepared.warnings.iter().map(ToString::to_string).collect(),
            silent: prepared.warnings.contains(&Warning::Silent),
            cut_short: cut_short.map(ToString::to_string),
        }
    }
}
