//! What a stranger uploads is refused or played; it never panics, and never holds us up.

use std::io::Cursor;

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

proptest! {
    #[test]
    fn any_bytes_at_all_are_survived(beginning in 0..BEGINNINGS.len(), rest in vec(any::<u8>(), 0..4_096)) {
        let bytes = [BEGINNINGS[beginning], &rest].concat();
        let _ = prepare(Box::new(Cursor::new(bytes)), None, &mut Vec::new(), &mut |_| {});
    }
}
