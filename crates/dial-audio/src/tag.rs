//! Where the sound of a file begins that has ID3v2 tags before it, whatever the tags say of themselves.
//!
//! A tag may be huge, for it holds pictures; it may also lie about its size, and so hide the sound.
//! id3.org, ID3v2.4.0 structure, 3.1; ISO/IEC 11172-3, 2.4.1.3.

use std::io::{self, Read, Seek, SeekFrom};

/// Tags in a row.
const MAX_TAGS: usize = 16;
/// Bytes of a tag's header.
const HEADER: u64 = 10;
/// So many frames in a row, alike, are sound and not part of a picture.
const FRAMES: usize = 4;
/// What is looked through for them.
const MAX_SCAN: usize = 32 << 20;
/// What may lie between a tag and the sound: padding that the tag does not count.
const MAX_PADDING: u64 = 64 * 1024;

/// The place where the sound begins, in a file whose tags are read or passed over; 0 without tags.
pub(crate) fn end<R: Read + Seek + ?Sized>(file: &mut R) -> io::Result<u64> {
    let mut at = 0;
    for _ in 0..MAX_TAGS {
        let Some(len) = tag_len(file, at)? else { break };
        if begins_sound(file, at + len)? {
            at += len;
            continue;
        }
        // What stands there is nothing we know: the frames are looked for one by one.
        return Ok(match scan(file, at + HEADER)? {
            Some(found) => found,
            None if is_inside(file, at + len)? => at + len,
            None => at + HEADER,
        });
    }
    Ok(at)
}

fn tag_len<R: Read + Seek + ?Sized>(file: &mut R, at: u64) -> io::Result<Option<u64>> {
    let head = read(file, at, HEADER as usize)?;
    let [b'I', b'D', b'3', _, _, flags, a, b, c, d] = head[..] else { return Ok(None) };
    let stated = [a, b, c, d].iter().fold(0_u64, |len, byte| len << 7 | u64::from(*byte & 0x7F));
    // A footer repeats the header.
    let footer = if flags & 0x10 == 0 { 0 } else { HEADER };
    Ok(Some(HEADER + stated + footer))
}

/// Whether there is something there that a sound may begin with, perhaps after padding of zeros.
fn begins_sound<R: Read + Seek + ?Sized>(file: &mut R, at: u64) -> io::Result<bool> {
    let bytes = read(file, at, MAX_PADDING as usize)?;
    let padding = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = bytes.get(padding..).unwrap_or_default();
    let is_known = [&b"ID3"[..], b"fLaC", b"RIFF", b"FORM", b"OggS", b"APETAGEX"]
        .iter()
        .any(|magic| bytes.starts_with(magic));
    // ADTS has the mark of layer 0, which no frame of MPEG-1 or 2 has.
    let is_adts = matches!(bytes, [0xFF, second, ..] if second & 0xF6 == 0xF0);
    Ok(is_known || is_adts || frame_len(bytes).is_some())
}

fn is_inside<R: Read + Seek + ?Sized>(file: &mut R, at: u64) -> io::Result<bool> {
    Ok(!read(file, at, 1)?.is_empty())
}

/// The first place from `from` on where several frames follow one another.
fn scan<R: Read + Seek + ?Sized>(file: &mut R, from: u64) -> io::Result<Option<u64>> {
    let bytes = read(file, from, MAX_SCAN)?;
    let is_row = |start: usize| {
        let mut at = start;
        let first = bytes.get(start..start + 3).unwrap_or_default();
        (0..FRAMES).all(|_| {
            let rest = bytes.get(at..).unwrap_or_default();
            // The version, the layer and the rate stay.
            let is_alike =
                matches!((first, rest), ([_, a, b], [_, c, d, ..]) if a | 1 == c | 1 && (b ^ d) & 0x0C == 0);
            at += frame_len(rest).unwrap_or(0);
            is_alike && frame_len(rest).is_some()
        })
    };
    Ok((0..bytes.len()).find(|at| bytes[*at] == 0xFF && is_row(*at)).map(|at| from + at as u64))
}

/// Bytes of the frame of MPEG sound that begins there.
pub(crate) fn frame_len(bytes: &[u8]) -> Option<usize> {
    let [0xFF, second, third, ..] = *bytes else { return None };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    let (bitrate, rate) = (usize::from(third >> 4), usize::from(third >> 2 & 3));
    if second & 0xE0 != 0xE0 || version == 1 || layer == 0 || !(1..15).contains(&bitrate) || rate == 3 {
        return None;
    }
    let row = match (version, layer) {
        (3, 3) => [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        (3, 2) => [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        (3, _) => [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        (_, 3) => [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        _ => [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    };
    let hz = [44_100, 48_000, 32_000][rate] >> [2, 0, 1, 0][usize::from(version)];
    let bits_per_second = row[bitrate - 1] * 1_000;
    let padding = usize::from(third >> 1 & 1);
    Some(match (layer, version) {
        (3, _) => (12 * bits_per_second / hz + padding) * 4,
        (1, 0 | 2) => 72 * bits_per_second / hz + padding,
        _ => 144 * bits_per_second / hz + padding,
    })
}

fn read<R: Read + Seek + ?Sized>(file: &mut R, at: u64, most: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A frame of 32 kHz, 32 kbit/s, MPEG-1 layer III: 144 bytes.
    fn frames(count: usize) -> Vec<u8> {
        [&[0xFF, 0xFB, 0x18, 0x00][..], &[0x55; 140]].concat().repeat(count)
    }

    fn begin(tag: &[u8], sound: &[u8]) -> u64 {
        end(&mut Cursor::new([tag, sound].concat())).expect("memory is read")
    }

    #[test]
    fn tags_are_passed_over() {
        let tag = [&b"ID3\x04\x00\x00\x00\x00\x01\x00"[..], &[7; 128]].concat();
        assert_eq!(begin(&tag, &frames(9)), 138);
        assert_eq!(begin(&[&tag[..], &tag].concat(), &frames(9)), 276);
        assert_eq!(begin(b"", &frames(9)), 0);
        assert_eq!(begin(b"ID3", b""), 0);
    }

    #[test]
    fn a_tag_that_lies_hides_no_sound() {
        for size in [[0x7F; 4], [0, 0, 2, 5]] {
            let tag = [&b"ID3\x04\x00\x00"[..], &size, &[7; 20]].concat();
            assert_eq!(begin(&tag, &frames(9)), 30, "{size:?}");
        }
    }
}
