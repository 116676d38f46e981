//! Sound that was sent ahead in earlier frames: ISO/IEC 11172-3, 2.4.2.7, `main_data_begin`.

/// Zeros behind the bytes, so that a word can be read anywhere.
const SPARE: usize = 8;

/// The bytes of sound that no frame has used yet.
#[derive(Debug, Default)]
pub(super) struct Reservoir {
    bytes: Vec<u8>,
    unread: usize,
}

impl Reservoir {
    /// Takes what a frame brings, whose sound begins so many bytes before it. Returns how many of these are missing.
    pub(super) fn push(&mut self, brought: &[u8], main_data_begin: usize) -> usize {
        let kept = self.unread.min(main_data_begin);
        let end = self.bytes.len().saturating_sub(SPARE);
        self.bytes.truncate(end);
        self.bytes.drain(..end - kept);
        self.bytes.extend_from_slice(brought);
        self.unread = self.bytes.len();
        self.bytes.extend_from_slice(&[0; SPARE]);
        main_data_begin - kept
    }

    /// The sound of the frame, and zeros behind it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes of sound there are.
    pub(super) fn len(&self) -> usize {
        self.bytes.len().saturating_sub(SPARE)
    }

    /// So many bytes were used.
    pub(super) fn consume(&mut self, used: usize) {
        self.unread = self.len().saturating_sub(used);
    }
}
