//! What happens to files on their way.
#![allow(clippy::needless_pass_by_value, reason = "all have one form, so that a table can name them")]

use crate::make::Bench;

pub(crate) fn none(_: &Bench, bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

/// The last two fifths are missing.
pub(crate) fn cut(_: &Bench, mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() * 3 / 5);
    bytes
}

pub(crate) fn junk_before(_: &Bench, bytes: Vec<u8>) -> Vec<u8> {
    [noise(5_000), bytes].concat()
}

pub(crate) fn much_junk_before(_: &Bench, bytes: Vec<u8>) -> Vec<u8> {
    [noise(3_000_000), bytes].concat()
}

pub(crate) fn junk_after(_: &Bench, bytes: Vec<u8>) -> Vec<u8> {
    [bytes, noise(5_000)].concat()
}

/// A thirtieth in the middle is something else.
pub(crate) fn junk_in_the_middle(_: &Bench, mut bytes: Vec<u8>) -> Vec<u8> {
    let (from, len) = (bytes.len() / 2, bytes.len() / 30);
    bytes[from..from + len].copy_from_slice(&noise(len));
    bytes
}

/// Something that was not there before.
pub(crate) fn junk_put_in(_: &Bench, mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    bytes.splice(middle..middle, noise(3_000));
    bytes
}

/// ID3v2, with a picture of 3 MB.
pub(crate) fn huge_tag(_: &Bench, bytes: Vec<u8>) -> Vec<u8> {
    let mut picture = noise(3_000_000);
    picture.splice(1_000..1_000, *b"\xFF\xFB\x90\x64");
    [tag(3_000_004), picture, bytes].concat()
}

/// ID3v2 that states more than the file has.
pub(crate) fn lying_tag(_: &Bench, bytes: Vec<u8>) -> Vec<u8> {
    [tag((1 << 28) - 1), vec![7; 500], bytes].concat()
}

/// ID3v2 that states to go into the middle of the sound.
pub(crate) fn tag_into_the_sound(_: &Bench, bytes: Vec<u8>) -> Vec<u8> {
    [tag(bytes.len() as u32 / 2), vec![7; 500], bytes].concat()
}

/// A tag at the end, of 128 bytes.
pub(crate) fn old_tag(_: &Bench, bytes: Vec<u8>) -> Vec<u8> {
    [&bytes[..], b"TAG", &[b'x'; 125]].concat()
}

/// The lengths that a program states which writes to a pipe.
pub(crate) fn unknown_length(_: &Bench, mut bytes: Vec<u8>) -> Vec<u8> {
    let data = find(&bytes, *b"data");
    bytes[4..8].fill(0xFF);
    bytes[data + 4..data + 8].fill(0xFF);
    bytes
}

/// A length of zero, of a recorder that was switched off.
pub(crate) fn no_length(_: &Bench, mut bytes: Vec<u8>) -> Vec<u8> {
    let data = find(&bytes, *b"data");
    bytes[4..8].fill(0);
    bytes[data + 4..data + 8].fill(0);
    bytes
}

/// A byte of a page in the middle is another.
pub(crate) fn bad_page(_: &Bench, mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    bytes
}

/// The checksum of the first page with sound is wrong.
pub(crate) fn bad_first_page(_: &Bench, mut bytes: Vec<u8>) -> Vec<u8> {
    let pages: Vec<usize> =
        bytes.windows(5).enumerate().filter(|(_, window)| *window == b"OggS\0").map(|(at, _)| at).collect();
    bytes[pages[2] + 22] ^= 1;
    bytes
}

/// Three files in a row: mono at half the rate in between.
pub(crate) fn joined(bench: &Bench, bytes: Vec<u8>) -> Vec<u8> {
    let mono = bench.other("joined-mono.mp3", "-ac 1 -ar 22050 -b:a 48k");
    [&bytes[..], &mono, &bytes].concat()
}

/// Two files in a row: stereo, then mono at the same rate.
pub(crate) fn joined_channels(bench: &Bench, bytes: Vec<u8>) -> Vec<u8> {
    [bytes, bench.other("joined-channels.mp3", "lame --quiet -m m -b 64 {in} {out}")].concat()
}

/// The same stream twice (RFC 3533, section 4).
pub(crate) fn chained(bench: &Bench, bytes: Vec<u8>) -> Vec<u8> {
    [bytes, bench.other("chained.ogg", "oggenc -Q -s 77 -o {out} {48}")].concat()
}

/// The first bytes of a list, cut by a recorder that lost its power.
pub(crate) fn without_moov(_: &Bench, mut bytes: Vec<u8>) -> Vec<u8> {
    let moov = find(&bytes, *b"moov");
    bytes.truncate(moov - 4);
    bytes
}

/// HE-AAC, which no free encoder of Debian makes: by FDK, 32 kbit/s, of the same tone.
pub(crate) fn he_aac(_: &Bench, _: Vec<u8>) -> Vec<u8> {
    include_bytes!("he-aac.m4a").to_vec()
}

/// The same in its second version, which has stereo only as a hint.
pub(crate) fn he_aac_v2(_: &Bench, _: Vec<u8>) -> Vec<u8> {
    include_bytes!("he-aac-v2.aac").to_vec()
}

pub(crate) fn web_page(_: &Bench, _: Vec<u8>) -> Vec<u8> {
    b"<!DOCTYPE html><html><head><title>Not found</title></head></html>".to_vec()
}

pub(crate) fn random(_: &Bench, _: Vec<u8>) -> Vec<u8> {
    noise(60_000)
}

pub(crate) fn zeros(_: &Bench, _: Vec<u8>) -> Vec<u8> {
    vec![0; 200_000]
}

pub(crate) fn text(_: &Bench, _: Vec<u8>) -> Vec<u8> {
    b"Order of Service\r\n\r\nHymn 165\r\n".repeat(100)
}

/// A file of Git LFS.
pub(crate) fn pointer(_: &Bench, _: Vec<u8>) -> Vec<u8> {
    b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n".to_vec()
}

/// A list that names another file: ffmpeg would open what it names.
pub(crate) fn playlist(_: &Bench, _: Vec<u8>) -> Vec<u8> {
    b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n".to_vec()
}

/// So many of the first bytes.
pub(crate) fn head(_: &Bench, mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(200);
    bytes
}

fn tag(len: u32) -> Vec<u8> {
    let byte = |shift: u32| (len >> shift & 0x7F) as u8;
    [&b"ID3\x04\x00\x00"[..], &[byte(21), byte(14), byte(7), byte(0)]].concat()
}

fn find(bytes: &[u8], what: [u8; 4]) -> usize {
    bytes.windows(4).position(|window| window == what).expect("it is in the file")
}

/// The same bytes each time, and nothing in them.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}
