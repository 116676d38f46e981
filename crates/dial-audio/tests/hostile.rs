//! What a stranger uploads is refused or played; it never panics, and never holds us up.

use std::fs;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::process::Command;
use std::sync::LazyLock;

use dial_audio::decode::{DecodeError, MediaSource};
use dial_audio::prepare::{PrepareError, prepare};
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

/// A source that never ends: a beginning, then one thing again and again, a few bytes at a time.
struct Endless {
    beginning: Vec<u8>,
    again: Vec<u8>,
    at: u64,
    /// Bytes that one read gives.
    most: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = buffer.len().min(self.most);
        for byte in &mut buffer[..len] {
            let beyond = self.at.checked_sub(self.beginning.len() as u64);
            *byte = match beyond {
                None => self.beginning[self.at as usize],
                Some(beyond) => self.again[(beyond % self.again.len() as u64) as usize],
            };
            self.at += 1;
        }
        Ok(len)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
            SeekFrom::End(by) => u64::MAX.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

impl MediaSource for Endless {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        None
    }
}

#[test]
fn a_source_that_never_ends_and_gives_no_sound_is_given_up() {
    let ogg_without_sound = b"OggS\x00\x02";
    for (beginning, again) in [
        (REAL[0].clone(), b"\0".to_vec()),
        (REAL[0].clone(), b"not a frame ".to_vec()),
        (b"ID3\x04\x00\x00\x7F\x7F\x7F\x7F".to_vec(), b"ID3\x04\x00\x00\x00\x00\x00\x00".to_vec()),
        (Vec::new(), ogg_without_sound.to_vec()),
        (REAL[3].clone(), b"OggS\x00\x00 and no page".to_vec()),
        (REAL[1].clone(), b"\x00\x00\x00\x08free".to_vec()),
        (REAL[6].clone(), b"\xEC\x81\x00".to_vec()),
        (Vec::new(), b"\xFF".to_vec()),
    ] {
        for most in [1_000_000, 7] {
            let (beginning, again) = (beginning.clone(), again.clone());
            let source = Endless { beginning, again, at: 0, most };
            let mut sink = Vec::new();
            let result = prepare(Box::new(source), None, &mut sink, &mut |_| {});
            // What was sound before is either given up with the rest, or played to where it ended.
            assert!(sink.len() < 24_000, "{result:?}");
        }
    }
}

#[test]
fn frames_that_never_bring_a_sound_are_named_as_such() {
    let source = Endless { beginning: REAL[0].clone(), again: vec![0], at: 0, most: 1_000_000 };
    let result = prepare(Box::new(source), None, &mut Vec::new(), &mut |_| {});
    assert!(matches!(result, Err(PrepareError::Decode(DecodeError::Endless))), "{result:?}");
}

#[test]
fn a_small_file_that_says_it_holds_days_of_sound_is_refused_as_soon_as_that_cannot_be() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let path = folder.path().join("a.m4a");
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "sine=440:r=8000:d=1", "-movflags"])
        .args(["+frag_every_frame+empty_moov", path.to_str().expect("a plain path")])
        .status();
    assert!(made.expect("these tests need `ffmpeg` (script/test installs it)").success());
    let mut bytes = fs::read(path).expect("just made");
    // Of one fragment: the samples' size is not told, and there are 16 million of them.
    let at = |name: &[u8]| bytes.windows(4).position(|four| four == name).expect("a fragment has it") + 4;
    let (tfhd, trun) = (at(b"tfhd"), at(b"trun"));
    bytes[tfhd..tfhd + 4].copy_from_slice(&[0, 0, 0x46, 0x4f]);
    bytes[trun + 4..trun + 8].copy_from_slice(&[1, 0, 0, 0]);
    let mut sink = Vec::new();
    let refused = prepare(Box::new(Cursor::new(bytes)), None, &mut sink, &mut |_| {});
    assert!(matches!(refused, Err(PrepareError::Hollow)), "{refused:?}");
    assert!(sink.len() < 20 * 60 * 8_000, "{}", sink.len());
}
