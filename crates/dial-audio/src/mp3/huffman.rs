//! Lines of the spectrum as they are coded: ISO/IEC 11172-3, 2.4.1.7 and 2.4.2.7, `huffmancodebits`.

use std::sync::LazyLock;

use super::bits::Bits;
use super::codes;
use super::side_info::Granule;
use super::{Damaged, LINES};

/// Bits of a code that are looked up at once.
const FIRST: u32 = 8;
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
        at += read_pairs(bits, &books.pairs[*table], end, lines);
        if bits.at > end {
            return Err(Damaged);
        }
    }
    let quadruples = &books.quadruples[granule.quadruples];
    while at < most.min(LINES - 3) && bits.at < end {
        let Some(lines) = lines.get_mut(at..at + 4) else { break };
        read_quadruple(bits, quadruples, lines);
        if bits.at > end {
            // Some encoders fill a granule up with bits that belong to nothing.
            break;
        }
        at += 4;
    }
    Ok(at)
}

/// Returns how many lines are read; the others are zero.
fn read_pairs(bits: &mut Bits<'_>, book: &PairBook, end: usize, lines: &mut [f32]) -> usize {
    let Some(codes) = &book.codes else {
        lines.fill(0.0);
        return lines.len();
    };
    let mut read = 0;
    for pair in lines.as_chunks_mut::<2>().0 {
        if bits.at >= end {
            break;
        }
        let ahead = bits.ahead();
        let (value, mut used) = codes.look_up(ahead);
        for (line, magnitude) in pair.iter_mut().zip([value >> 4, value & 15]) {
            let magnitude = usize::from(magnitude);
            let scaled = if magnitude == ESCAPE && book.escape_bits > 0 {
                let more = ahead << used >> (64 - book.escape_bits);
                used += book.escape_bits;
                power(ESCAPE + more as usize)
            } else {
                SMALL_POWERS[magnitude]
            };
            let sign = (ahead << used >> 63) as u32 & u32::from(magnitude > 0);
            used += u32::from(magnitude > 0);
            *line = f32::from_bits(scaled.to_bits() | sign << 31);
        }
        bits.at += used as usize;
        read += 2;
    }
    read
}

fn read_quadruple(bits: &mut Bits<'_>, book: &Book, lines: &mut [f32]) {
    let ahead = bits.ahead();
    let (value, mut used) = book.look_up(ahead);
    for (line, place) in lines.iter_mut().zip([3, 2, 1, 0]) {
        let is_one = u32::from(value >> place & 1);
        let sign = (ahead << used >> 63) as u32 & is_one;
        used += is_one;
        *line = is_one as f32 * (1.0 - 2.0 * sign as f32);
    }
    bits.at += used as usize;
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
        codes: PAIR_CODES[table].map(|codes| Book::new(codes::PAIRS[codes])),
        escape_bits: ESCAPE_BITS[table],
    }),
    quadruples: codes::QUADRUPLES.map(Book::new),
});

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

/// A code, for looking up.
struct Book {
    /// By the first bits: the length times 256 plus the value; or, of codes that are longer, where their rest is
    /// looked up, and by how many bits.
    first: Vec<Entry>,
    rest: Vec<u16>,
}

#[derive(Clone, Copy, Default)]
struct Entry {
    entry: u16,
    rest_bits: u8,
}

impl Book {
    /// Of codes in ascending order; see `codes`.
    fn new(codes: &[u16]) -> Self {
        let mut book = Self { first: vec![Entry::default(); 1 << FIRST], rest: Vec::new() };
        let mut code = 0_u32;
        let mut codes = codes.iter().copied().peekable();
        while let Some(entry) = codes.next() {
            let len = u32::from(entry >> 8);
            let at = (code >> (32 - FIRST)) as usize;
            if len <= FIRST {
                book.first[at..at + (1 << (FIRST - len))].fill(Entry { entry, rest_bits: 0 });
                code = code.wrapping_add(1 << (32 - len));
                continue;
            }
            // All with the same first bits.
            let mut family = vec![entry];
            let mut filled = 1_u64 << (32 - len);
            while filled < 1 << (32 - FIRST) {
                let Some(next) = codes.next() else { break };
                family.push(next);
                filled += 1 << (32 - (next >> 8));
            }
            let longest = family.iter().map(|entry| u32::from(entry >> 8)).max().unwrap_or(FIRST);
            book.first[at] = Entry { entry: book.rest.len() as u16, rest_bits: (longest - FIRST) as u8 };
            for entry in family {
                let copies = 1 << (longest - u32::from(entry >> 8));
                book.rest.extend(std::iter::repeat_n(entry, copies));
            }
            code = code.wrapping_add(1 << (32 - FIRST));
        }
        book
    }

    /// The value of the code that comes, and its length.
    #[inline]
    fn look_up(&self, ahead: u64) -> (u16, u32) {
        let Entry { mut entry, rest_bits } = self.first[(ahead >> (64 - FIRST)) as usize];
        if rest_bits > 0 {
            let rest = ahead << FIRST >> (64 - u32::from(rest_bits));
            entry = self.rest[entry as usize + rest as usize];
        }
        (entry & 0xFF, u32::from(entry >> 8))
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
            let book = Book::new(codes);
            let mut code = 0_u128;
            for entry in codes {
                let len = u32::from(entry >> 8);
                for rest in [0, (1 << (64 - len)) - 1] {
                    assert_eq!(book.look_up(code as u64 | rest), (entry & 0xFF, len));
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
