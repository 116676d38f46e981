//! Numbers of any width in a row of bytes, the highest bit first.

/// A place in a row of bytes. Beyond their end there are zeros.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The first byte of which not all bits are counted in `left`.
    next: usize,
    /// The bits that come, from the highest on.
    ahead: u64,
    /// How many of them are counted; there may be more, as they are in the bytes.
    left: u32,
}

impl<'a> Bits<'a> {
    /// At a place in bits.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        let mut bits = Self { bytes, next: at / 8, ahead: 0, left: 0 };
        bits.refill();
        bits.skip((at % 8) as u32);
        bits
    }

    /// Bits from the beginning.
    #[inline]
    pub(super) fn at(&self) -> usize {
        8 * self.next - self.left as usize
    }

    /// Sees to it that at least 56 bits are ahead.
    #[inline]
    pub(super) fn refill(&mut self) {
        let rest = self.bytes.get(self.next..).unwrap_or_default();
        let word = rest.first_chunk().map_or_else(|| last_word(rest), |bytes| u64::from_be_bytes(*bytes));
        self.ahead |= word >> self.left;
        self.next += (63 - self.left as usize) / 8;
        self.left |= 0b11_1000;
    }

    /// The next bits, from the highest on; 56 after `refill`, less those that were skipped since.
    #[inline]
    pub(super) fn ahead(&self) -> u64 {
        self.ahead
    }

    /// Passes over no more bits than are ahead.
    #[inline]
    pub(super) fn skip(&mut self, width: u32) {
        self.ahead <<= width;
        self.left -= width;
    }

    /// Reads a number of `width` bits, 32 at most.
    #[inline]
    pub(super) fn read(&mut self, width: u32) -> u32 {
        self.refill();
        let number = self.ahead >> 32 >> (32 - width);
        self.skip(width);
        number as u32
    }

    pub(super) fn read_flag(&mut self) -> bool {
        self.read(1) == 1
    }

    /// Reads a number of `width` bits, 8 at most.
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
        let bytes = [0b1010_0110, 0xFF, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE];
        let mut bits = Bits::new(&bytes, 0);
        assert_eq!((bits.read(1), bits.read(3), bits.read(0), bits.read(12)), (1, 0b010, 0, 0x6FF));
        assert_eq!((bits.read(32), bits.read(20)), (0x1234_5678, 0x9_ABCD));
        assert_eq!((bits.read(32), bits.read(32), bits.at()), (0xE000_0000, 0, 132));
        for at in 0..100 {
            assert_eq!(Bits::new(&bytes, at).at(), at);
        }
        assert_eq!(Bits::new(&bytes, 13).read(7), 0b111_0001);
    }
}
