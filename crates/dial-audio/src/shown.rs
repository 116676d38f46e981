//! A source as its decoder is to see it: without what stands before the sound, as long as it should be, with a
//! header that is put right.
//!
//! It must not know which formats need that.

use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

/// What is shown of a source.
pub(crate) struct Shown {
    source: Box<dyn MediaSource>,
    /// How many of its first bytes are left out.
    pub(crate) skip: u64,
    /// How long it is said to be, with what is left out.
    pub(crate) len: Option<u64>,
    /// Whether it is said that one can go to and fro in it.
    pub(crate) is_seekable: bool,
    /// Bytes that are other than they stand there, and where.
    pub(crate) mended: Vec<(u64, [u8; 4])>,
    at: u64,
}

impl Shown {
    /// A source as it is; it stands at its beginning.
    pub(crate) fn new(source: Box<dyn MediaSource>) -> Self {
        let (len, is_seekable) = (source.byte_len(), source.is_seekable());
        Self { source, skip: 0, len, is_seekable, mended: Vec::new(), at: 0 }
    }
}

impl Read for Shown {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        for (place, bytes) in &self.mended {
            for (place, byte) in (*place..).zip(bytes) {
                let seen = place.checked_sub(self.at).filter(|at| *at < read as u64);
                if let Some(old) = seen.and_then(|at| buffer.get_mut(at as usize)) {
                    *old = *byte;
                }
            }
        }
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Shown {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let from_start = match (to, self.len) {
            (SeekFrom::Start(at), _) => SeekFrom::Start(at.saturating_add(self.skip)),
            // The end is where it is said to be.
            (SeekFrom::End(by), Some(len)) => {
                SeekFrom::Start(len.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?)
            }
            (relative, _) => relative,
        };
        self.at = self.source.seek(from_start)?;
        Ok(self.at.saturating_sub(self.skip))
    }
}

impl MediaSource for Shown {
    fn is_seekable(&self) -> bool {
        self.is_seekable
    }

    fn byte_len(&self) -> Option<u64> {
        self.len.map(|len| len.saturating_sub(self.skip))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_decoder_sees_what_it_is_to_see() {
        let mut shown = Shown::new(Box::new(Cursor::new(b"junkRIFF0000WAVE".to_vec())));
        shown.skip = 4;
        shown.mended = vec![(8, *b"1234")];
        shown.seek(SeekFrom::Start(0)).expect("inside");
        let (mut first, mut rest) = ([0; 6], Vec::new());
        shown.read_exact(&mut first).expect("inside");
        shown.read_to_end(&mut rest).expect("inside");
        assert_eq!((&first, rest.as_slice()), (b"RIFF12", &b"34WAVE"[..]));
        assert_eq!((shown.byte_len(), shown.seek(SeekFrom::End(-1)).expect("inside")), (Some(12), 11));
    }
}
