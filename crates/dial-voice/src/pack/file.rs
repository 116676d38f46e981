//! The pack as a file: rows of text, an empty row, and the sound of all clips in the same order.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Pack;
use super::take::{Label, Tone};

const FIRST_ROW: &str = "dial voice pack 1";
const SIGNS: [&str; 3] = ["running", "rising", "falling"];

/// A file is not a pack, or is cut short.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pack of clips is damaged")]
pub struct PackError;

/// The bytes of a pack.
pub fn write(speaker: &str, script: &str, clips: &BTreeMap<Label, Vec<u8>>) -> Vec<u8> {
    let mut out = format!("{FIRST_ROW}\n{speaker}\n{script}\n");
    for (label, sound) in clips {
        let _ = writeln!(out, "{} {} {}", sound.len(), SIGNS[label.tone as usize], label.words);
    }
    out.push('\n');
    let mut out = out.into_bytes();
    for sound in clips.values() {
        out.extend_from_slice(sound);
    }
    out
}

impl Pack {
    /// Reads a pack.
    pub fn read(bytes: Cow<'static, [u8]>) -> Result<Self, PackError> {
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").ok_or(PackError)?;
        let head = std::str::from_utf8(&bytes[..end]).map_err(|_| PackError)?;
        let mut rows = head.lines();
        if rows.next() != Some(FIRST_ROW) {
            return Err(PackError);
        }
        let speaker = rows.next().ok_or(PackError)?.to_owned();
        let script = rows.next().ok_or(PackError)?.to_owned();
        let mut clips: BTreeMap<String, [Option<_>; 3]> = BTreeMap::new();
        let mut at = end + 2;
        for row in rows {
            let mut parts = row.splitn(3, ' ');
            let len: usize = parts.next().and_then(|len| len.parse().ok()).ok_or(PackError)?;
            let sign = parts.next().ok_or(PackError)?;
            let tone = Tone::ALL.into_iter().find(|tone| SIGNS[*tone as usize] == sign).ok_or(PackError)?;
            let words = parts.next().ok_or(PackError)?;
            let next = at.checked_add(len).filter(|next| *next <= bytes.len()).ok_or(PackError)?;
            clips.entry(words.into()).or_default()[tone as usize] = Some(at..next);
            at = next;
        }
        if at != bytes.len() {
            return Err(PackError);
        }
        let longest = clips.keys().map(|words| words.split(' ').count()).max().unwrap_or(0);
        Ok(Self { speaker, script, clips, sound: bytes, own: BTreeMap::new(), longest })
    }
}
