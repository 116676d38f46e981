//! What a file is by its first bytes, where it is no sound or none that we can play.
//!
//! It must not know symphonia: it only names what a volunteer may have uploaded by mistake.

use crate::decode::DecodeError;

/// How many of the first bytes are looked at.
pub(crate) const HEAD: usize = 512;
/// How many characters of a file that is no sound are shown.
const SHOWN: usize = 60;

/// Files that are sound, or look like it, in a way that is not played.
const NAMED: [(&[u8], &str); 6] = [
    (b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", "Windows Media Audio (WMA)"),
    (b"#!AMR", "AMR (a telephone's voice recorder)"),
    (b"MThd", "MIDI"),
    (b"wvpk", "WavPack"),
    (b"MAC ", "Monkey's Audio"),
    (b".RMF", "RealAudio"),
];

/// The reason why a file that begins with `head` cannot be played, as far as its beginning tells.
pub(crate) fn refuse(head: &[u8]) -> Option<DecodeError> {
    if head.is_empty() {
        return Some(DecodeError::Empty);
    }
    // git-lfs, docs/spec.md: "The first key is always version".
    if head.starts_with(b"version https://git-lfs.github.com/spec/") {
        return Some(DecodeError::LfsPointer);
    }
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    if ["<!doctype html", "<html", "<head", "<!-- "].iter().any(|tag| text.starts_with(tag)) {
        return Some(DecodeError::WebPage { start: start(head) });
    }
    let (_, name) = NAMED.iter().find(|(magic, _)| head.starts_with(magic))?;
    Some(DecodeError::Unsupported { codec: (*name).to_owned() })
}

/// The first bytes as text that can be printed on one line.
pub(crate) fn start(head: &[u8]) -> String {
    String::from_utf8_lossy(head)
        .chars()
        .map(|character| if character.is_control() || character == '\u{fffd}' { '.' } else { character })
        .take(SHOWN)
        .collect()
}

/// Bytes of an ID3v2 tag that states to be longer than the file, and so would hide all of the sound.
pub(crate) fn lying_id3(head: &[u8], file_len: Option<u64>) -> Option<u64> {
    // id3.org, ID3v2.4.0 structure, 3.1: four bytes of which the highest bit is not used.
    let [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] = head else {
        return None;
    };
    let stated = [a, b, c, d].iter().fold(0_u64, |len, byte| len << 7 | u64::from(**byte & 0x7F)) + 10;
    (stated >= file_len?).then_some(10)
}
