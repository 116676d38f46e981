//! What a stranger uploads is refused or played; it never panics, and never holds us up.

use std::fs;
use std::io::Cursor;
use std::process::Command;
use std::sync::LazyLock;

use dial_audio::prepare::prepare;
use proptest::collection::vec;
use proptest::prelude::*;

const BEGINNINGS: [&[u8]; 9] = [
    b"",
    b"RIFF\x24\x08\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x44\xac\x00\x00\x10\xb1\x02\x00\x04\x00\x10\x00data\x00\x08\x00\x00",
    b"fLaC\x80\x00\x00\x22\x10\x00\x10\x00\x00\x00\x00\x00\x00\x00\x0a\xc4\x42\xf0",
    b"OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00",
    b"\x00\x00\x00\x18ftypM4A \x00\x00\x02\x00isomiso2\x00\x00\x04\x00moov\x00\x00\x00\x6cmvhd",
    b"ID3\x04\x00\x00\x00\x00\x00\x0a",
    b"\xff\xfb\x90\x64",
    b"FORM\x00\x00\x10\x00AIFFCOMM\x00\x00\x00\x12",
    b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01",
];

/// A second of sound in each kind of file.
static REAL: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let encode = |name: &str| {
        let path = folder.path().join(name);
        let source = ["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "sine=440:d=1"];
        let status = Command::new("ffmpeg").args(source).arg(&path).status();
        let status = status.expect("these tests need `ffmpeg` (script/test installs it)");
        assert!(status.success(), "ffmpeg makes {name}");
        fs::read(path).expect("just made")
    };
    ["a.mp3", "a.m4a", "a.flac", "a.oga", "a.wav", "a.aiff", "a.mka", "a.aac"].map(encode).into()
});

proptest! {
    #[test]
    fn a_real_file_with_wrong_bytes_or_a_missing_end_is_survived(
        file in 0..8_usize,
        wrong in vec((any::<prop::sample::Index>(), any::<u8>()), 0..24),
        early in vec((0..600_usize, any::<u8>()), 0..6),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = REAL[file].clone();
        for (at, byte) in wrong {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        for (at, byte) in early {
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        let _ = prepare(Box::new(Cursor::new(bytes)), None, &mut Vec::new(), &mut |_| {});
    }

    #[test]
    fn any_bytes_at_all_are_survived(beginning in 0..BEGINNINGS.len(), rest in vec(any::<u8>(), 0..4_096)) {
        let bytes = [BEGINNINGS[beginning], &rest].concat();
        let _ = prepare(Box::new(Cursor::new(bytes)), None, &mut Vec::new(), &mut |_| {});
    }
}
