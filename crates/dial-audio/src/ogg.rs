//! The pages of an Ogg file that are whole: what is damaged is passed over up to the next page.
//!
//! It must not know what is in a page. RFC 3533, section 6: a page, its header and its checksum.

use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

/// How a page begins.
const MAGIC: &[u8] = b"OggS";
/// Bytes of a header without its table.
const HEADER: usize = 27;
/// No page is longer.
const MAX_PAGE: usize = HEADER + 255 + 255 * 255;
/// So much is read at once.
const BLOCK: usize = 256 * 1024;
/// What comes after so many damaged pages is left out: each costs the time of a checksum.
const MAX_DAMAGED: u32 = 5_000;

/// What the pages of a file are like.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    parts: Vec<Part>,
    /// How many times there was something else between them.
    pub(crate) gaps: u64,
    /// The file ends within a page.
    pub(crate) torn: bool,
}

/// Whole pages in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    /// Where they would begin if there was nothing but whole pages.
    at: u64,
    start: u64,
    end: u64,
}

impl Pages {
    /// Looks through a file from its beginning.
    pub(crate) fn read<R: Read + ?Sized>(file: &mut R) -> io::Result<Self> {
        let mut pages = Self::default();
        let mut window = Window { file, bytes: Vec::new(), from: 0, start: 0, ended: false };
        let mut damaged = 0;
        while damaged < MAX_DAMAGED && window.fill()? {
            let page = page_len(window.rest());
            let len = match page {
                Page::Whole(len) => {
                    pages.push(window.start, len as u64);
                    len
                }
                Page::Torn => {
                    pages.torn = true;
                    next_magic(window.rest())
                }
                Page::Damaged => {
                    damaged += 1;
                    next_magic(window.rest())
                }
            };
            window.pass(len);
        }
        // What is left out behind the last page is a gap as well.
        pages.gaps += u64::from(damaged == MAX_DAMAGED);
        Ok(pages)
    }

    fn push(&mut self, start: u64, len: u64) {
        self.torn = false;
        match self.parts.last_mut() {
            Some(part) if part.end == start => part.end += len,
            before => {
                self.gaps += u64::from(before.is_some() || start > 0);
                let at = before.map_or(0, |part| part.at + part.end - part.start);
                self.parts.push(Part { at, start, end: start + len });
            }
        }
    }

    /// Whether there is nothing but whole pages.
    pub(crate) fn is_all(&self) -> bool {
        self.gaps == 0 && !self.torn && !self.parts.is_empty()
    }
}

enum Page {
    Whole(usize),
    Torn,
    Damaged,
}

fn page_len(bytes: &[u8]) -> Page {
    if !bytes.starts_with(&MAGIC[..MAGIC.len().min(bytes.len())]) {
        return Page::Damaged;
    }
    let Some(table) = bytes.get(HEADER - 1).and_then(|count| bytes.get(HEADER..HEADER + usize::from(*count)))
    else {
        return Page::Torn;
    };
    let len = HEADER + table.len() + table.iter().map(|len| usize::from(*len)).sum::<usize>();
    let Some(page) = bytes.get(..len) else { return Page::Torn };
    let stated = u32::from_le_bytes([page[22], page[23], page[24], page[25]]);
    // The checksum itself counts as zero.
    let crc = page.iter().enumerate().fold(0, |crc, (at, byte)| {
        let byte = if (22..26).contains(&at) { 0 } else { *byte };
        crc << 8 ^ CRC[usize::from((crc >> 24) as u8 ^ byte)]
    });
    if crc == stated { Page::Whole(len) } else { Page::Damaged }
}

/// The place of the next page after the beginning, or the end of what is there.
fn next_magic(bytes: &[u8]) -> usize {
    let later = bytes.get(1..).unwrap_or_default();
    let found = later.windows(MAGIC.len()).position(|window| window == MAGIC);
    // A magic may be cut by the end of what is there.
    found.map_or(bytes.len().saturating_sub(MAGIC.len() - 1).max(1), |at| at + 1)
}

const CRC: [u32; 256] = {
    let mut table = [0; 256];
    let mut number = 0;
    while number < 256 {
        let mut crc = (number as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000_0000 != 0 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 };
            bit += 1;
        }
        table[number] = crc;
        number += 1;
    }
    table
};

/// A page's length of a file, and more.
struct Window<'a, R: Read + ?Sized> {
    file: &'a mut R,
    bytes: Vec<u8>,
    from: usize,
    start: u64,
    ended: bool,
}

impl<R: Read + ?Sized> Window<'_, R> {
    /// Holds at least a page, unless the file ends; false at its end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.rest().len() < MAX_PAGE && !self.ended {
            self.bytes.drain(..self.from);
            self.from = 0;
            let wanted = BLOCK - self.bytes.len();
            let read = (&mut *self.file).take(wanted as u64).read_to_end(&mut self.bytes)?;
            self.ended = read < wanted;
        }
        Ok(!self.rest().is_empty())
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.from..).unwrap_or_default()
    }

    fn pass(&mut self, len: usize) {
        let len = len.min(self.rest().len());
        self.from += len;
        self.start += len as u64;
    }
}

/// The whole pages of a file, as if there was nothing else.
pub(crate) struct Whole {
    source: Box<dyn MediaSource>,
    parts: Vec<Part>,
    at: u64,
}

impl Whole {
    pub(crate) fn new(source: Box<dyn MediaSource>, pages: Pages) -> Self {
        Self { source, parts: pages.parts, at: 0 }
    }

    fn len(&self) -> u64 {
        self.parts.last().map_or(0, |part| part.at + part.end - part.start)
    }
}

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let number = self.parts.partition_point(|part| part.at <= self.at);
        let Some(part) = number.checked_sub(1).and_then(|number| self.parts.get(number)) else {
            return Ok(0);
        };
        let place = part.start + (self.at - part.at);
        let most = part.end.saturating_sub(place).min(buffer.len() as u64) as usize;
        if most == 0 {
            return Ok(0);
        }
        self.source.seek(SeekFrom::Start(place))?;
        let read = self.source.read(&mut buffer[..most])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Whole {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len().checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl MediaSource for Whole {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn page(byte: u8, len: u8) -> Vec<u8> {
        let mut page = [MAGIC, &[0; 22], &[1, len], &vec![byte; usize::from(len)]].concat();
        let crc = page.iter().fold(0, |crc, byte| crc << 8 ^ CRC[usize::from((crc >> 24) as u8 ^ byte)]);
        page[22..26].copy_from_slice(&u32::to_le_bytes(crc));
        page
    }

    #[test]
    fn damaged_pages_are_passed_over_and_a_torn_end_is_noticed() {
        let (first, mut hurt, last) = (page(1, 200), page(2, 90), page(3, 100));
        hurt[40] ^= 1;
        let torn = &page(4, 50)[..60];
        let file = [b"junk", &first[..], &hurt, &last, torn].concat();
        let pages = Pages::read(&mut Cursor::new(&file)).expect("memory is read");
        assert!(pages.torn && !pages.is_all());
        assert_eq!(pages.gaps, 2);
        let mut whole = Whole::new(Box::new(Cursor::new(file)), pages);
        let mut out = Vec::new();
        whole.read_to_end(&mut out).expect("memory is read");
        assert_eq!(out, [&first[..], &last].concat());
        assert_eq!(whole.seek(SeekFrom::End(-1)).expect("inside"), out.len() as u64 - 1);
        assert_eq!(whole.read(&mut [0; 8]).expect("memory is read"), 1);
    }
}
