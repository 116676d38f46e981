//! What a file is by its first bytes, where it is no sound or none that we can play.
//!
//! It must not know symphonia: it only names what a volunteer may have uploaded by mistake.

use crate::decode::DecodeError;

/// How many of the first bytes are looked at.
pub(crate) const HEAD: usize = 512;
/// How many characters of a file that is no sound are shown.
const SHOWN: usize = 60;

/// Files that are sound, or films, in a way that is not played: where they say so, and how.
const NAMED: [(usize, &[u8], &str); 20] = [
    (0, b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", "Windows Media Audio (WMA)"),
    (0, b"#!AMR", "AMR (a telephone's voice recorder)"),
    (0, b"MThd", "MIDI"),
    (0, b"wvpk", "WavPack"),
    (0, b"MAC ", "Monkey's Audio"),
    (0, b".RMF", "RealAudio"),
    (0, b"caff", "CAF (Apple's Core Audio)"),
    (0, b".snd", "AU (Sun's audio)"),
    (0, b"RF64", "RF64 (a WAV of more than 4 GB)"),
    (0, b"riff\x2E\x91\xCF\x11", "Wave64"),
    (0, b"FLV\x01", "Flash video (FLV)"),
    (0, b"\x00\x00\x01\xBA", "MPEG video (MPG)"),
    (0, b"\x0B\x77", "Dolby AC-3"),
    (0, b"\x7F\xFE\x80\x01", "DTS"),
    (0, b"TTA1", "True Audio (TTA)"),
    (0, b"MPCK", "Musepack"),
    (0, b"MP+", "Musepack"),
    (0, b"DSD ", "DSF (Direct Stream Digital)"),
    (8, b"AVI ", "AVI video"),
    (28, b"Speex   ", "Speex"),
];

/// Bytes of a packet of an MPEG transport stream (ISO/IEC 13818-1, 2.4.3.2), each of which begins alike.
const TRANSPORT: usize = 188;

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
    named(head).map(|name| DecodeError::Unsupported { codec: name.to_owned() })
}

fn named(head: &[u8]) -> Option<&'static str> {
    let is_at = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    let known = NAMED.iter().find(|(at, magic, _)| is_at(*at, magic));
    let is_transport = || [0, TRANSPORT, 2 * TRANSPORT].iter().all(|at| head.get(*at) == Some(&0x47));
    // ISO/IEC 11172-3, 2.4.2.3: layer III whose frames have no stated bitrate.
    let is_free = || matches!(head, [0xFF, second, third, ..] if second & 0xE6 == 0xE2 && second & 0x18 != 0x08 && third & 0xF0 == 0 && third & 0x0C != 0x0C);
    known
        .map(|(_, _, name)| *name)
        .or_else(|| is_transport().then_some("MPEG video (TS)"))
        .or_else(|| is_free().then_some("MP3 of free format"))
}

/// The first bytes as text that can be printed on one line.
pub(crate) fn start(head: &[u8]) -> String {
    String::from_utf8_lossy(head)
        .chars()
        .map(|character| if character.is_control() || character == '\u{fffd}' { '.' } else { character })
        .take(SHOWN)
        .collect()
}
