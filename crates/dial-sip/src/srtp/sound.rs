//! Packets of sound, sealed and opened (RFC 3711 section 3.3).

use super::Refused;
use super::keys::{Keys, Use};
use super::window::Sources;
use crate::rtp::HEADER_LEN;
use crate::sdp::{Keying, Suite};

/// How long the seal of a suite is, in bytes (RFC 4568 section 6.2).
const fn seal_len(suite: Suite) -> usize {
    match suite {
        Suite::Sha1_80 => 10,
        Suite::Sha1_32 => 4,
    }
}

/// Seals the sound that we send with one key.
#[derive(Clone)]
pub struct SoundOut {
    keys: Keys,
    seal_len: usize,
    /// Source and index of the last packet.
    last: Option<(u32, u64)>,
}

impl SoundOut {
    /// For our key.
    pub fn new(ours: &Keying) -> Self {
        Self { keys: Keys::derive(&ours.master, Use::Sound), seal_len: seal_len(ours.suite), last: None }
    }

    /// Seals the packet that is the first `len` bytes of a buffer; its new length.
    ///
    /// None if the buffer has no room for the seal, or the packet does not follow the last one: to encrypt
    /// two packets under one number would betray both.
    pub fn seal(&mut self, buffer: &mut [u8], len: usize) -> Option<usize> {
        let (ssrc, sequence, header) = read(buffer.get(..len)?)?;
        let whole = buffer.get_mut(..len + self.seal_len)?;
        let index = match self.last {
            Some((known, last)) if known == ssrc => {
                let ahead = sequence.wrapping_sub(last as u16);
                if ahead == 0 || ahead >= 0x8000 {
                    return None;
                }
                last + u64::from(ahead)
            }
            _ => u64::from(sequence),
        };
        let (packet, place) = whole.split_at_mut(len);
        self.keys.apply(ssrc, index, packet.get_mut(header..)?);
        let seal = self.keys.seal(packet, &turns(index));
        place.copy_from_slice(seal.get(..self.seal_len)?);
        self.last = Some((ssrc, index));
        Some(len + self.seal_len)
    }
}

/// Opens the sound that comes with one key.
#[derive(Clone)]
pub struct SoundIn {
    keys: Keys,
    seal_len: usize,
    sources: Sources,
}

impl SoundIn {
    /// For their key.
    pub fn new(theirs: &Keying) -> Self {
        let keys = Keys::derive(&theirs.master, Use::Sound);
        Self { keys, seal_len: seal_len(theirs.suite), sources: Sources::default() }
    }

    /// Opens a packet in its place; the length of what was sealed. A packet that is refused is not changed.
    ///
    /// # Errors
    ///
    /// If it is no packet, came before, or was not sealed with the key.
    pub fn open(&mut self, bytes: &mut [u8]) -> Result<usize, Refused> {
        let len = bytes.len().checked_sub(self.seal_len).ok_or(Refused::Malformed)?;
        let (packet, seal) = bytes.split_at_mut(len);
        let (ssrc, sequence, header) = read(packet).ok_or(Refused::Malformed)?;
        let window = self.sources.window(ssrc)?;
        let index = index(window.highest(), sequence).ok_or(Refused::Replayed)?;
        if !window.is_fresh(index) {
            return Err(Refused::Replayed);
        }
        if !self.keys.is_sealed(packet, &turns(index), seal) {
            return Err(Refused::Forged);
        }
        self.sources.note(ssrc, index);
        self.keys.apply(ssrc, index, packet.get_mut(header..).ok_or(Refused::Malformed)?);
        Ok(len)
    }
}

/// The index that a sequence number most likely means: the nearest to the highest (appendix A).
fn index(highest: Option<u64>, sequence: u16) -> Option<u64> {
    let Some(highest) = highest else { return Some(u64::from(sequence)) };
    let ahead = sequence.wrapping_sub(highest as u16) as i16;
    highest.checked_add_signed(i64::from(ahead)).filter(|index| index >> 48 == 0)
}

/// How often the sequence numbers began anew: it is sealed, and not sent (section 4.2).
fn turns(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

/// Source, sequence number and the length of what is not encrypted.
fn read(packet: &[u8]) -> Option<(u32, u16, usize)> {
    let (&[first, _, s0, s1, _, _, _, _, r0, r1, r2, r3], _) = packet.split_first_chunk()?;
    let mut header = HEADER_LEN + usize::from(first & 0x0f) * 4;
    if first & 0x10 != 0 {
        let (&[_, _, high, low], _) = packet.get(header..)?.split_first_chunk()?;
        header += 4 + usize::from(u16::from_be_bytes([high, low])) * 4;
    }
    let is_whole = first >> 6 == 2 && packet.len() >= header;
    is_whole.then(|| (u32::from_be_bytes([r0, r1, r2, r3]), u16::from_be_bytes([s0, s1]), header))
}
