//! Recordings for tests: sound as far as their first bytes tell.

/// A WAV file of so many bytes, all of them alike behind its head.
pub(crate) fn sound(level: u8, len: usize) -> Vec<u8> {
    let (all, rest) = (len as u32 - 8, len as u32 - 44);
    let mut wav = b"RIFF".to_vec();
    wav.extend(all.to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    wav.extend(rest.to_le_bytes());
    wav.resize(len, level);
    wav
}
