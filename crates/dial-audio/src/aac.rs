//! HE-AAC as the AAC-LC that is inside it.
//!
//! What HE-AAC adds to AAC-LC is the treble, and the difference between left and right: a telephone carries neither.
//! It must not know containers: it reads only an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).

/// Low complexity: the kind that is played.
const LC: u32 = 2;
/// With spectral band replication: HE-AAC.
const SBR: u32 = 5;
/// With parametric stereo besides: HE-AAC, version 2.
const PS: u32 = 29;
/// The place of a sampling rate that stands there itself.
const EXPLICIT: u32 = 15;

/// The configuration of the AAC-LC inside, where `config` is that of AAC-LC or HE-AAC.
pub(crate) fn core(config: &[u8]) -> Option<Box<[u8]>> {
    let mut bits = Bits { bytes: config, at: 0 };
    let mut kind = bits.read(5)?;
    let rate = bits.rate()?;
    let channels = bits.read(4)?;
    if kind == SBR || kind == PS {
        let _rate_with_treble = bits.rate()?;
        kind = bits.read(5)?;
    }
    // GASpecificConfig: frames of 1,024 samples, on no other stream, without an extension.
    let rest = bits.read(3)?;
    if kind != LC || rest != 0 {
        return None;
    }
    let mut out = Writer::default();
    out.write(LC, 5);
    match rate {
        Rate::Index(index) => out.write(index, 4),
        Rate::Hz(hz) => {
            out.write(EXPLICIT, 4);
            out.write(hz, 24);
        }
    }
    out.write(channels, 4);
    out.write(0, 3);
    Some(out.bytes.into())
}

#[derive(Clone, Copy)]
enum Rate {
    Index(u32),
    Hz(u32),
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn read(&mut self, count: usize) -> Option<u32> {
        (0..count).try_fold(0, |number, _| {
            let byte = self.bytes.get(self.at / 8)?;
            let bit = byte >> (7 - self.at % 8) & 1;
            self.at += 1;
            Some(number << 1 | u32::from(bit))
        })
    }

    fn rate(&mut self) -> Option<Rate> {
        match self.read(4)? {
            EXPLICIT => self.read(24).map(Rate::Hz),
            index => Some(Rate::Index(index)),
        }
    }
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    at: usize,
}

impl Writer {
    fn write(&mut self, number: u32, count: usize) {
        for place in (0..count).rev() {
            if self.at.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(byte) = self.bytes.last_mut() {
                *byte |= ((number >> place & 1) as u8) << (7 - self.at % 8);
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn he_aac_is_reduced_to_what_is_inside() {
        // Kind 5 at 22,050 Hz (7), one channel, 44,100 Hz with treble (4), kind 2.
        assert_eq!(core(&[0x2B, 0x8A, 0x08, 0x00]).as_deref(), Some(&[0x13, 0x88][..]));
        // AAC-LC at 44,100 Hz in stereo, with and without the mark of HE-AAC at its end.
        assert_eq!(core(&[0x12, 0x10]).as_deref(), Some(&[0x12, 0x10][..]));
        assert_eq!(core(&[0x12, 0x10, 0x56, 0xE5, 0x00]).as_deref(), Some(&[0x12, 0x10][..]));
    }

    #[test]
    fn other_kinds_are_left_as_they_are() {
        assert_eq!(core(&[0x0A, 0x10]), None);
        assert_eq!(core(&[0x12]), None);
        assert_eq!(core(&[]), None);
    }
}
