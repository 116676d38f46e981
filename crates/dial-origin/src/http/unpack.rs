//! Bodies that were packed for their way (RFC 9110, section 8.4): unpacked here, so that their growth is measured.

use std::io::{self, Read};

use crate::fault::FaultKind;

/// What we can unpack.
pub(super) const ACCEPTED: &str = "gzip, br";
/// What grows to more than this many times its size, and over its limit, was made to do harm:
/// the most repetitive list does not.
const MAX_GROWTH: usize = 50;
/// Little is read ahead, so that growth is measured by what was really unpacked.
const BUFFER: usize = 4 * 1024;

/// Unpacks a body; what it becomes is at most `cap` bytes long.
pub(crate) fn unpack(coding: &str, packed: Vec<u8>, cap: u64) -> Result<Vec<u8>, FaultKind> {
    let (mut left, mut unpacked) = (&*packed, Vec::new());
    let read = match coding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" if packed.len() as u64 > cap => return Err(FaultKind::TooLarge(cap)),
        "" | "identity" => return Ok(packed),
        "gzip" | "x-gzip" => read(flate2::bufread::MultiGzDecoder::new(&mut left), cap, &mut unpacked),
        "br" => read(brotli_decompressor::Decompressor::new(&mut left, BUFFER), cap, &mut unpacked),
        _ => return Err(FaultKind::BadEncoding),
    };
    match read {
        Err(_) => Err(FaultKind::BadEncoding),
        Ok(()) if unpacked.len() as u64 <= cap => Ok(unpacked),
        Ok(()) if unpacked.len() / (packed.len() - left.len()).max(1) > MAX_GROWTH => Err(FaultKind::Bomb),
        Ok(()) => Err(FaultKind::TooLarge(cap)),
    }
}

/// One byte over the limit is enough to know.
fn read(source: impl Read, cap: u64, into: &mut Vec<u8>) -> io::Result<()> {
    source.take(cap.saturating_add(1)).read_to_end(into).map(drop)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_was_packed_comes_out_as_it_was() {
        assert_eq!(unpack("", b"list".to_vec(), 4), Ok(b"list".to_vec()));
        assert_eq!(unpack("GZIP", gzip(b"list"), 4), Ok(b"list".to_vec()));
        // RFC 7932: a stored block of four bytes, and the empty last one.
        assert_eq!(
            unpack("br", vec![0x8b, 0x01, 0x80, b'l', b'i', b's', b't', 0x03], 4),
            Ok(b"list".to_vec())
        );
    }

    #[test]
    fn what_grows_over_its_limit_is_a_bomb_or_only_too_large() {
        assert_eq!(unpack("gzip", gzip(&vec![0; 100 << 20]), 100_000), Err(FaultKind::Bomb));
        assert_eq!(unpack("gzip", gzip(b"a list"), 5), Err(FaultKind::TooLarge(5)));
        assert_eq!(unpack("", b"a list".to_vec(), 5), Err(FaultKind::TooLarge(5)));
    }

    #[test]
    fn what_is_cut_short_or_of_another_kind_cannot_be_unpacked() {
        let whole = gzip(b"a list");
        assert_eq!(unpack("gzip", whole[..whole.len() - 4].to_vec(), 100), Err(FaultKind::BadEncoding));
        assert_eq!(unpack("gzip", b"a list".to_vec(), 100), Err(FaultKind::BadEncoding));
        assert_eq!(unpack("zstd", whole, 100), Err(FaultKind::BadEncoding));
    }
}
