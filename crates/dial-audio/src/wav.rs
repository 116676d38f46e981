//! The header of a WAV file that holds mu-law: computed, so that any part of a recording can be one.

/// The length of the header, in bytes.
pub const HEADER: usize = 58;
/// WAVE_FORMAT_MULAW, of RFC 2361.
const MULAW: u16 = 7;

/// The header of so many bytes of mu-law at 8 kHz, mono: RIFF, `fmt ` of 18 bytes, `fact`, `data`.
///
/// A chunk of odd length is padded by one byte in a file; players take the end of the file for it.
pub fn mulaw_header(bytes: u32) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let mut at = 0;
    let mut put = |part: &[u8]| {
        header[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    };
    put(b"RIFF");
    put(&(HEADER as u32 - 8).saturating_add(bytes).to_le_bytes());
    put(b"WAVEfmt ");
    put(&18u32.to_le_bytes());
    put(&MULAW.to_le_bytes());
    put(&1u16.to_le_bytes());
    put(&crate::TELEPHONE_RATE.to_le_bytes());
    put(&crate::TELEPHONE_RATE.to_le_bytes());
    put(&1u16.to_le_bytes());
    put(&8u16.to_le_bytes());
    put(&0u16.to_le_bytes());
    put(b"fact");
    put(&4u32.to_le_bytes());
    put(&bytes.to_le_bytes());
    put(b"data");
    put(&bytes.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_states_its_lengths() {
        let header = mulaw_header(8000);
        assert_eq!(&header[..4], b"RIFF");
        assert_eq!(header[4..8], 8050u32.to_le_bytes());
        assert_eq!(&header[50..54], b"data");
        assert_eq!(header[54..], 8000u32.to_le_bytes());
    }
}
