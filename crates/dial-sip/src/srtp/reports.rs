//! Reports, sealed and opened (SRTCP, RFC 3711 section 3.4).

use super::Refused;
use super::keys::{Keys, Use};
use super::window::Sources;
use crate::sdp::Keying;

/// What is not encrypted of a report: the first header and the source.
const CLEAR: usize = 8;
/// The number of a report, with a bit that says whether it is encrypted.
const INDEX: usize = 4;
/// The seal is so long in both suites (RFC 4568 section 6.2.2).
const SEAL: usize = 10;
/// The bit above the number.
const ENCRYPTED: u32 = 1 << 31;

/// Seals the reports that we send with one key.
#[derive(Clone)]
pub struct ReportsOut {
    keys: Keys,
    next: u32,
}

impl ReportsOut {
    /// For our key.
    pub fn new(ours: &Keying) -> Self {
        Self { keys: Keys::derive(&ours.master, Use::Reports), next: 0 }
    }

    #[cfg(test)]
    pub(super) const fn set_next(&mut self, next: u32) {
        self.next = next;
    }

    /// Seals the report that is the first `len` bytes of a buffer; its new length. None if there is no room,
    /// it is no report, or the key has been used up.
    pub fn seal(&mut self, buffer: &mut [u8], len: usize) -> Option<usize> {
        let whole = buffer.get_mut(..len + INDEX + SEAL)?;
        let index = self.next;
        if index >= ENCRYPTED {
            return None;
        }
        let (packet, place) = whole.split_at_mut(len);
        let ssrc = ssrc(packet)?;
        self.keys.apply(ssrc, u64::from(index), packet.get_mut(CLEAR..)?);
        let number = (index | ENCRYPTED).to_be_bytes();
        let seal = self.keys.seal(packet, &number);
        let (number_place, seal_place) = place.split_at_mut(INDEX);
        number_place.copy_from_slice(&number);
        seal_place.copy_from_slice(seal.get(..SEAL)?);
        self.next += 1;
        Some(len + INDEX + SEAL)
    }
}

/// Opens the reports that come with one key.
#[derive(Clone)]
pub struct ReportsIn {
    keys: Keys,
    sources: Sources,
}

impl ReportsIn {
    /// For their key.
    pub fn new(theirs: &Keying) -> Self {
        Self { keys: Keys::derive(&theirs.master, Use::Reports), sources: Sources::default() }
    }

    /// Opens a report in its place; the length of what was sealed. One that is refused is not changed.
    ///
    /// # Errors
    ///
    /// If it is no report, came before, or was not sealed with the key.
    pub fn open(&mut self, bytes: &mut [u8]) -> Result<usize, Refused> {
        let len = bytes.len().checked_sub(INDEX + SEAL).ok_or(Refused::Malformed)?;
        let (packet, trailer) = bytes.split_at_mut(len);
        let ssrc = ssrc(packet).ok_or(Refused::Malformed)?;
        let (number, seal) = trailer.split_first_chunk::<INDEX>().ok_or(Refused::Malformed)?;
        let word = u32::from_be_bytes(*number);
        let index = u64::from(word & !ENCRYPTED);
        if !self.sources.window(ssrc)?.is_fresh(index) {
            return Err(Refused::Replayed);
        }
        if !self.keys.is_sealed(packet, number, seal) {
            return Err(Refused::Forged);
        }
        self.sources.note(ssrc, index);
        if word & ENCRYPTED != 0 {
            self.keys.apply(ssrc, index, packet.get_mut(CLEAR..).ok_or(Refused::Malformed)?);
        }
        Ok(len)
    }
}

fn ssrc(packet: &[u8]) -> Option<u32> {
    packet.get(4..CLEAR)?.first_chunk().map(|word| u32::from_be_bytes(*word))
}
