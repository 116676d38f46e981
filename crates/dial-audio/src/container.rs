//! What is put right or noticed in a file before its decoder sees it.
//!
//! Each container has its own weak spot: tags that lie, pages with a bad checksum, a list that is missing, lengths
//! that nobody wrote. It must not know sound.

use std::io::{self, SeekFrom};

use symphonia::core::io::MediaSource;

use crate::mp4::{self, Mp4};
use crate::ogg::{Pages, Whole};
use crate::shown::Shown;
use crate::tag;

/// A file that is ready to be decoded.
pub(crate) struct Container {
    pub(crate) source: Box<dyn MediaSource>,
    pub(crate) mp4: Option<Mp4>,
    /// Places where something is missing.
    pub(crate) gaps: u64,
    /// It breaks off.
    pub(crate) is_torn: bool,
}

impl Container {
    /// Looks at a file that begins with `head`; what cannot be sought in is left as it is.
    pub(crate) fn open(mut source: Box<dyn MediaSource>, head: &[u8]) -> io::Result<Self> {
        source.seek(SeekFrom::Start(0))?;
        let plain = |source| Self { source, mp4: None, gaps: 0, is_torn: false };
        if !source.is_seekable() {
            return Ok(plain(source));
        }
        let len = source.byte_len().unwrap_or(u64::MAX);
        let mut container = match head {
            [b'O', b'g', b'g', b'S', ..] => of_ogg(source)?,
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => {
                let mp4 = mp4::read(&mut *source, len);
                let is_torn = mp4.claims.is_some();
                let mut shown = Shown::new(source);
                // The decoder would not look at boxes that end beyond the file.
                shown.len = mp4.claims.or(shown.len);
                Self { mp4: Some(mp4), is_torn, ..plain(Box::new(shown)) }
            }
            [0x1A, 0x45, 0xDF, 0xA3, ..] if segment_end(head).is_some_and(|end| end > len) => {
                let mut shown = Shown::new(source);
                // Of a stream it asks for no index at the end.
                (shown.len, shown.is_seekable) = (None, false);
                Self { is_torn: true, ..plain(Box::new(shown)) }
            }
            [b'R', b'I', b'F', b'F', ..] => plain(of_wav(source, head)),
            _ => {
                let skip = tag::end(&mut *source)?;
                let mut shown = Shown::new(source);
                shown.skip = skip;
                plain(Box::new(shown))
            }
        };
        container.source.seek(SeekFrom::Start(0))?;
        Ok(container)
    }
}

fn of_ogg(mut source: Box<dyn MediaSource>) -> io::Result<Container> {
    let pages = Pages::read(&mut *source)?;
    let (gaps, is_torn) = (pages.gaps, pages.torn);
    let source = if pages.is_all() { source } else { Box::new(Whole::new(source, pages)) };
    Ok(Container { source, mp4: None, gaps, is_torn })
}

/// A recorder that lost its power left lengths of zero, as it wrote them at the beginning.
fn of_wav(source: Box<dyn MediaSource>, head: &[u8]) -> Box<dyn MediaSource> {
    let at = head.windows(8).position(|window| window == b"data\0\0\0\0");
    let (Some(at), true) = (at, head.get(8..12) == Some(b"WAVE")) else { return source };
    let mut shown = Shown::new(source);
    shown.mended = vec![(4, [0xFF; 4]), (at as u64 + 4, [0xFF; 4])];
    Box::new(shown)
}

/// Where the segment of a Matroska file ends, if its beginning tells (RFC 8794, section 4).
fn segment_end(head: &[u8]) -> Option<u64> {
    let mut rest = head.get(4..)?;
    let len = number(&mut rest)?;
    rest = rest.get(usize::try_from(len).ok()?..)?.strip_prefix(b"\x18\x53\x80\x67")?;
    let len = number(&mut rest)?;
    len.checked_add((head.len() - rest.len()) as u64)
}

/// A number of as many bytes as its first byte has zeros at its beginning, and one; all ones is unknown.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let width = bytes.first()?.leading_zeros() as usize + 1;
    let (these, rest) = bytes.split_at_checked(width).filter(|_| width <= 8)?;
    let all = these.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let mask = (1 << (7 * width)) - 1;
    *bytes = rest;
    Some(all & mask).filter(|number| *number != mask)
}
