//! The few boxes of an MP4 that the decoder leaves out: is there a `moov`, and what does the edit list cut?
//!
//! It must not know sound. What it cannot read it leaves out: the decoder is the judge of the rest.
//! ISO/IEC 14496-12: 4.2 boxes, 8.6.6 edit lists.

use std::io::{Read, Seek, SeekFrom};

/// More boxes than this in one folder of boxes are no MP4 that anybody made.
const MAX_BOXES: usize = 4_096;

/// Boxes that may break off: the sound, and what says where it lies in fragments.
const CONTENT: [&[u8; 4]; 2] = [b"mdat", b"moof"];

/// What the boxes say.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) struct Mp4 {
    /// There is a list of what the file holds; a cut upload has none.
    pub(crate) has_moov: bool,
    /// Among the tracks is sound.
    pub(crate) has_sound: bool,
    /// Where the last of what it should hold would end, if that is beyond the file.
    pub(crate) claims: Option<u64>,
    /// Seconds of the sound track to leave out at its beginning: the encoder's delay.
    pub(crate) sound_from: Option<f64>,
    /// Seconds that the sound track lasts.
    pub(crate) sound_seconds: Option<f64>,
}

#[derive(Default)]
struct Track {
    is_sound: bool,
    timescale: Option<f64>,
    from: Option<u64>,
    duration: Option<u64>,
    edits: u32,
}

/// Reads the boxes of a file of `len` bytes.
pub(crate) fn read<R: Read + Seek + ?Sized>(file: &mut R, len: u64) -> Mp4 {
    let mut mp4 = Mp4::default();
    let mut timescale = None;
    mp4.claims = for_each_box(file, 0, len, &mut |file, name, start, end| {
        if name != *b"moov" {
            return;
        }
        mp4.has_moov = true;
        for_each_box(file, start, end, &mut |file, name, start, end| match &name {
            b"mvhd" => timescale = timescale_of(file, start),
            b"trak" => {
                let mut track = Track::default();
                read_track(file, start, end, &mut track);
                mp4.has_sound |= track.is_sound;
                // More edits than one rearrange the sound, which is not for us to guess.
                if track.is_sound && track.edits == 1 && mp4.sound_from.is_none() {
                    mp4.sound_from =
                        track.from.zip(track.timescale).map(|(ticks, scale)| ticks as f64 / scale);
                    mp4.sound_seconds =
                        track.duration.zip(timescale).map(|(ticks, scale)| ticks as f64 / scale);
                }
            }
            _ => {}
        });
    });
    mp4
}

fn read_track<R: Read + Seek + ?Sized>(file: &mut R, start: u64, end: u64, track: &mut Track) {
    for_each_box(file, start, end, &mut |file, name, start, end| match &name {
        b"mdia" => {
            for_each_box(file, start, end, &mut |file, name, start, _| match &name {
                b"hdlr" => track.is_sound = bytes_at::<4, _>(file, start + 8) == Some(*b"soun"),
                b"mdhd" => track.timescale = timescale_of(file, start),
                _ => {}
            });
        }
        b"edts" => {
            for_each_box(file, start, end, &mut |file, name, start, _| {
                if name == *b"elst" {
                    read_edit(file, start, track);
                }
            });
        }
        _ => {}
    });
}

fn read_edit<R: Read + Seek + ?Sized>(file: &mut R, start: u64, track: &mut Track) {
    track.edits = number(file, start + 4, 4).unwrap_or(0) as u32;
    let width = width_of(file, start);
    let duration = number(file, start + 8, width);
    let from = number(file, start + 8 + width, width);
    // A media time of all ones is -1: an empty edit.
    track.from = from.filter(|from| *from < u64::from(u32::MAX));
    track.duration = duration.filter(|duration| *duration > 0);
}

/// `mvhd` and `mdhd` begin alike.
fn timescale_of<R: Read + Seek + ?Sized>(file: &mut R, start: u64) -> Option<f64> {
    let at = start + 4 + 2 * width_of(file, start);
    number(file, at, 4).filter(|scale| *scale > 0).map(|scale| scale as f64)
}

/// Version 1 of a box has numbers of 8 bytes, version 0 of 4.
fn width_of<R: Read + Seek + ?Sized>(file: &mut R, start: u64) -> u64 {
    if bytes_at::<1, _>(file, start) == Some([1]) { 8 } else { 4 }
}

fn number<R: Read + Seek + ?Sized>(file: &mut R, at: u64, width: u64) -> Option<u64> {
    if width == 8 {
        bytes_at(file, at).map(u64::from_be_bytes)
    } else {
        bytes_at(file, at).map(u32::from_be_bytes).map(u64::from)
    }
}

fn bytes_at<const N: usize, R: Read + Seek + ?Sized>(file: &mut R, at: u64) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(at)).ok()?;
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// Is shown the name, the start and the end of a box.
type Visit<'a, R> = dyn FnMut(&mut R, [u8; 4], u64, u64) + 'a;

/// Visits what lies in a folder of boxes; gives the end of a box that is longer than the folder.
fn for_each_box<R: Read + Seek + ?Sized>(
    file: &mut R,
    start: u64,
    end: u64,
    visit: &mut Visit<'_, R>,
) -> Option<u64> {
    let mut at = start;
    for _ in 0..MAX_BOXES {
        let [a, b, c, d, name @ ..] = bytes_at::<8, _>(file, at)?;
        let (header, stated) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (8, end - at),
            1 => (16, number(file, at + 8, 8).unwrap_or(0)),
            len => (8, u64::from(len)),
        };
        let next = at.checked_add(stated).filter(|_| stated >= header)?;
        if next > end {
            return Some(next).filter(|_| CONTENT.contains(&&name));
        }
        visit(file, name, at + header, next);
        at = next;
        if at == end {
            return None;
        }
    }
    None
}
