//! A source that ends a decoder's work when it leads nowhere: so much may be read for each sound, and no more.
//!
//! It must not know formats, nor a clock: effort is counted in bytes.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use symphonia::core::io::MediaSource;

/// What a read or a seek costs beside its bytes.
const CALL: u64 = 16;
/// What may be read without a sound, beside the file itself: looking into it goes to and fro.
const SLACK: u64 = 64 << 20;
/// How often the file itself may be read without a sound.
const ROUNDS: u64 = 3;

/// How much was read since the last sound.
#[derive(Clone)]
pub(crate) struct Effort {
    spent: Arc<AtomicU64>,
    most: u64,
}

impl Effort {
    /// For a source of so many bytes, if that is known.
    pub(crate) fn new(len: Option<u64>) -> Self {
        let most = len.unwrap_or(0).saturating_mul(ROUNDS).saturating_add(SLACK);
        Self { spent: Arc::default(), most }
    }

    /// A sound came of it.
    pub(crate) fn pays(&self) {
        self.spent.store(0, Relaxed);
    }

    /// Whether more was read than can be sensible.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent.load(Relaxed) > self.most
    }

    fn spend(&self, bytes: u64) -> io::Result<()> {
        self.spent.fetch_add(bytes + CALL, Relaxed);
        if self.is_spent() {
            return Err(io::Error::other("reading this file leads nowhere"));
        }
        Ok(())
    }
}

/// A source whose reading is counted.
pub(crate) struct Metered {
    pub(crate) source: Box<dyn MediaSource>,
    pub(crate) effort: Effort,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.effort.spend(read as u64)?;
        Ok(read)
    }
}

impl Seek for Metered {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.effort.spend(0)?;
        self.source.seek(to)
    }
}

impl MediaSource for Metered {
    fn is_seekable(&self) -> bool {
        self.source.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.source.byte_len()
    }
}
