//! What is known of a prepared recording, beside its bytes.

use dial_audio::BYTES_PER_MS;
use dial_audio::prepare::{Prepared, Warning};
use serde::{Deserialize, Serialize};

use crate::chapters::Row;

/// What is known of a prepared recording.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    /// Bytes of mu-law, at 8,000 a second.
    pub(super) samples: u64,
    /// BLAKE3 of them, in hexadecimal.
    pub(super) blake3: String,
    /// In milliseconds, ascending.
    pub(super) silences: Vec<(u32, u32)>,
    /// Silence at the beginning of the file that was left out, in milliseconds: places count from behind it.
    pub(super) before_ms: u32,
    /// Where each chapter begins in milliseconds, ascending, and what it is called; as they were heard.
    pub(super) chapters: Vec<Row>,
    /// How loud it was recorded, and how loud callers hear it, in LUFS.
    pub(super) recorded_lufs: Option<f32>,
    pub(super) levelled_lufs: Option<f32>,
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
            prepared.chapters.iter().map(|chapter| (ms(chapter.start_ms), Some(chapter.kind.name().into())));
        let is_cut = |warning: &&Warning| matches!(warning, Warning::CutShort { .. } | Warning::Torn { .. });
        let cut_short = prepared.warnings.iter().find(is_cut);
        Self {
            samples: prepared.samples,
            blake3,
            silences: silences.collect(),
            before_ms: ms(prepared.left_out.start / BYTES_PER_MS),
            chapters: chapters.collect(),
            recorded_lufs: prepared.loudness.recorded,
            levelled_lufs: prepared.loudness.levelled,
            warnings: prepared.warnings.iter().map(ToString::to_string).collect(),
            silent: prepared.warnings.contains(&Warning::Silent),
            cut_short: cut_short.map(ToString::to_string),
        }
    }
}
