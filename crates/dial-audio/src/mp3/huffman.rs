//! Lines of the spectrum as they are coded: ISO/IEC 11172-3, 2.4.1.7 and 2.4.2.7, `huffmancodebits`.

use std::sync::LazyLock;

use super::bits::Bits;
use super::codes;
use super::side_info::Granule;
use super::{Damaged, LINES};

/// Bits of a code that are looked up at once.
const FIRST: u32 = 10;
/// A value that says: this magnitude, and so many bits more.
const ESCAPE: usize = 15;

/// Reads the lines of a granule up to `most` (or a few more), whose bits end at `end`, as magnitudes to the power of
/// 4/3 with their signs. Returns how many lines there are; those behind them are left as they are.
pub(super) fn read(
    bits: &mut Bits<'_>,
    granule: &Granule,
    end: usize,
    most: usize,
    lines: &mut [f32; LINES],
) -> Result<usize, Damaged> {
    let books = &*BOOKS;
    let pairs_end = granule.pairs_end.min(most.next_multiple_of(2));
    let mut at = 0;
    for (region, table) in granule.tables.iter().enumerate() {
        let until = granule.regions.get(region).map_or(pairs_end, |until| pairs_end.min(*until));
        let Some(lines) = lines.get_mut(at..until) else { continue };
        at += match &books.pairs[*table] {
            PairBook { codes: None, .. } => {
                lines.fill(0.0);
                lines.len()
            }
            PairBook { codes: Some(codes), escape_bits: 0 } => read_pairs(bits, codes, end, lines),
            PairBook { codes: Some(codes), escape_bits } => {
                read_pairs_with_escapes(bits, codes, *escape_bits, end, lines)
            }
        };
        if bits.at() > end {
            return Err(Damaged);
        }
    }
    let quadruples = &books.quadruples[granule.quadruples];
    while at < most.min(LINES - 3) && bits.at() < end {
        let Some(lines) = lines[at..].first_chunk_mut() else { break };
        read_quadruple(bits, quadruples, lines);
        if bits.at() > end {
            // Some encoders fill a granule up with bits that belong to nothing.
            break;
        }
        at += 4;
    }
    Ok(at)
}

/// Returns how many lines are read.
fn read_pairs(bits: &mut Bits<'_>, book: &Book, end: usize, lines: &mut [f32]) -> usize {
    let mut read = 0;
    // Twice a code of 19 bits with two signs is ahead after one `refill`.
    for two in lines.chunks_mut(4) {
        if bits.at() >= end {
            break;
        }
        bits.refill();
        for pair in two.as_chunks_mut().0 {
            let ahead = bits.ahead();
            let code = book.look_up(ahead);
            bits.skip(code.len_with_signs());
            let signs = ahead << code.len();
            let [first, second] = code.pair();
            *pair = [signed(SMALL_POWERS[first], signs), {
                let signs = signs << u32::from(first > 0);
                signed(SMALL_POWERS[second], signs)
            }];
        }
        read += two.len();
    }
    read
}

/// The same with magnitudes that do not end at 15.
fn read_pairs_with_escapes(
    bits: &mut Bits<'_>,
    book: &Book,
    escape_bits: u32,
    end: usize,
    lines: &mut [f32],
) -> usize {
    let (mut read, mut here) = (0, *bits);
    for pair in lines.as_chunks_mut::<2>().0 {
        if here.at() >= end {
            break;
        }
        here.refill();
        let code = book.look_up(here.ahead());
        here.skip(code.len());
        for (line, magnitude) in pair.iter_mut().zip(code.pair()) {
            let power = if magnitude == ESCAPE {
                let more = here.ahead() >> (64 - escape_bits);
                here.skip(escape_bits);
                power(ESCAPE + more as usize)
            } else {
                SMALL_POWERS[magnitude]
            };
            *line = signed(power, here.ahead());
            here.skip(u32::from(magnitude > 0));
        }
        read += 2;
    }
    *bits = here;
    read
}

fn read_quadruple(bits: &mut Bits<'_>, book: &Book, lines: &mut [f32; 4]) {
    bits.refill();
    let code = book.look_up(bits.ahead());
    let mut signs = bits.ahead() << code.len();
    bits.skip(code.len_with_signs());
    for (line, place) in lines.iter_mut().zip([3, 2, 1, 0]) {
        let is_one = code.0 >> place & 1;
        *line = signed(is_one as f32, signs);
        signs <<= is_one;
    }
}

/// Negative if the highest bit is set. Nothing may become negative: that is nothing, too.
#[inline]
fn signed(power: f32, signs: u64) -> f32 {
    f32::from_bits(power.to_bits() | (signs >> 63 << 31) as u32)
}

/// All code books.
struct Books {
    pairs: [PairBook; 32],
    quadruples: [Book; 2],
}

/// One of the 32 tables of pairs.
struct PairBook {
    /// None: all lines are zero.
    codes: Option<Book>,
    /// `linbits`.
    escape_bits: u32,
}

static BOOKS: LazyLock<Books> = LazyLock::new(|| Books {
    pairs: std::array::from_fn(|table| PairBook {
        codes: PAIR_CODES[table].map(|codes| Book::new(codes::PAIRS[codes], signs_of_pair)),
        escape_bits: ESCAPE_BITS[table],
    }),
    quadruples: codes::QUADRUPLES.map(|codes| Book::new(codes, u16::count_ones)),
});

fn signs_of_pair(value: u16) -> u32 {
    u32::from(value >> 4 > 0) + u32::from(value & 15 > 0)
}

/// Which code each table has; 4 and 14 do not exist, and are as 0.
const PAIR_CODES: [Option<usize>; 32] = {
    let mut codes = [None; 32];
    let mut table = 1;
    while table < 32 {
        codes[table] = match table {
            4 | 14 => None,
            1..4 => Some(table - 1),
            5..14 => Some(table - 2),
            15 => Some(12),
            16..24 => Some(13),
            _ => Some(14),
        };
        table += 1;
    }
    codes
};

const ESCAPE_BITS: [u32; 32] =
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 6, 8, 10, 13, 4, 5, 6, 7, 8, 9, 11, 13];

/// What stands for a code: its value in the lowest 8 bits, then its length, and its length with the signs after it.
///
/// If the first bits are not all of the code: by how many bits the rest is looked up, in the highest 8, and where.
#[derive(Clone, Copy, Default)]
struct Code(u32);

impl Code {
    /// Of an entry of `codes`, of a value with so many signs.
    fn new(entry: u16, signs: u32) -> Self {
        let (value, len) = (u32::from(entry & 0xFF), u32::from(entry >> 8));
        Self(value | len << 8 | (len + signs) << 16)
    }

    #[inline]
    fn len(self) -> u32 {
        self.0 >> 8 & 0xFF
    }

    #[inline]
    fn len_with_signs(self) -> u32 {
        self.0 >> 16 & 0xFF
    }

    #[inline]
    fn pair(self) -> [usize; 2] {
        [self.0 as usize >> 4 & 15, self.0 as usize & 15]
    }
}

/// A code book, for looking up.
struct Book {
    /// By the first bits.
    first: [Code; 1 << FIRST],
    rest: Vec<Code>,
}

impl Book {
    /// Of codes in ascending order; see `codes`.
    fn new(codes: &[u16], signs: fn(u16) -> u32) -> Self {
        let mut book = Self { first: [Code::default(); 1 << FIRST], rest: Vec::new() };
        // Each code fills all places that begin with it.
        let mut place = 0_usize;
        let mut codes = codes.iter().copied().peekable();
        let code = |entry: u16| Code::new(entry, signs(entry & 0xFF));
        while let Some(entry) = codes.next() {
            let len = u32::from(entry >> 8);
            if len <= FIRST {
                let places = 1 << (FIRST - len);
                book.first[place..place + places].fill(code(entry));
                place += places;
                continue;
            }
            let mut family = vec![entry];
            let part = |entry: u16| 1 << (32 - u32::from(entry >> 8));
            let mut filled = part(entry);
            while filled < 1_u32 << (32 - FIRST) {
                let Some(next) = codes.next() else { break };
                family.push(next);
                filled += part(next);
            }
            let longest = family.iter().map(|entry| u32::from(entry >> 8)).max().unwrap_or(FIRST);
            book.first[place] = Code(book.rest.len() as u32 | (longest - FIRST) << 24);
            place += 1;
            for entry in family {
                let copies = 1 << (longest - u32::from(entry >> 8));
                book.rest.extend(std::iter::repeat_n(code(entry), copies));
            }
        }
        book
    }

    /// The code that comes.
    #[inline]
    fn look_up(&self, ahead: u64) -> Code {
        let code = self.first[(ahead >> (64 - FIRST)) as usize];
        let rest_bits = code.0 >> 24;
        if rest_bits == 0 {
            return code;
        }
        let rest = (ahead << FIRST >> (64 - rest_bits)) as usize;
        self.rest[(code.0 & 0xFF_FFFF) as usize + rest]
    }
}

/// A magnitude to the power of 4/3, for those without an escape.
const SMALL_POWERS: [f32; 16] = [
    0.0, 1.0, 2.519_842, 4.326_749, 6.349_604, 8.549_88, 10.902_724, 13.390_518, 16.0, 18.720_755,
    21.544_348, 24.463_781, 27.473_143, 30.567_35, 33.741_99, 36.993_18,
];

fn power(magnitude: usize) -> f32 {
    POWERS.get(magnitude).copied().unwrap_or_default()
}

static POWERS: LazyLock<Vec<f32>> = LazyLock::new(|| {
    (0..ESCAPE + (1 << 13)).map(|magnitude| (magnitude as f64).powf(4.0 / 3.0) as f32).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_found_by_its_bits() {
        for codes in codes::PAIRS.into_iter().chain(codes::QUADRUPLES) {
            let book = Book::new(codes, signs_of_pair);
            let mut code = 0_u128;
            for entry in codes {
                let len = u32::from(entry >> 8);
                for rest in [0, (1 << (64 - len)) - 1] {
                    let found = book.look_up(code as u64 | rest);
                    assert_eq!((found.0 & 0xFF, found.len()), (u32::from(entry & 0xFF), len));
                }
                code += 1 << (64 - len);
            }
            assert_eq!(code, 1 << 64, "the codes leave nothing over");
        }
    }

    #[test]
    fn small_powers_are_powers() {
        for (magnitude, small) in SMALL_POWERS.into_iter().enumerate() {
            assert!((small - power(magnitude)).abs() < 1e-5);
        }
    }
}
