//! Numbers of any width in a row of bytes, the highest bit first.

/// A place in a row of bytes. Beyond their end there are zeros.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// Bits from the beginning.
    pub(super) at: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next bits, of which at least 57 are valid, at the upper end of the number.
    #[inline]
    pub(super) fn ahead(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let word = rest.first_chunk().map_or_else(|| last_word(rest), |bytes| u64::from_be_bytes(*bytes));
        word << (self.at % 8)
    }

    /// The next number of `width` bits, 32 at most.
    #[inline]
    pub(super) fn read(&mut self, width: u32) -> u32 {
        let number = self.ahead() >> 32 >> (32 - width);
        self.at += width as usize;
        number as u32
    }

    pub(super) fn read_flag(&mut self) -> bool {
        self.read(1) == 1
    }

    pub(super) fn read_u8(&mut self, width: u32) -> u8 {
        self.read(width.min(8)) as u8
    }
}

/// Fewer than eight bytes, with zeros behind them.
#[cold]
fn last_word(rest: &[u8]) -> u64 {
    rest.iter()
        .zip([56, 48, 40, 32, 24, 16, 8])
        .fold(0, |word, (byte, place)| word | u64::from(*byte) << place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_width_are_read_and_zeros_beyond_the_end() {
        let mut bits = Bits::new(&[0b1010_0110, 0xFF, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE]);
        assert_eq!((bits.read(1), bits.read(3), bits.read(0), bits.read(12)), (1, 0b010, 0, 0x6FF));
        assert_eq!((bits.read(32), bits.read(20)), (0x1234_5678, 0x9_ABCD));
        assert_eq!((bits.read(32), bits.read(32), bits.at), (0xE000_0000, 0, 132));
    }
}
