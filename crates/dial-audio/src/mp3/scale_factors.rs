//! How much each band is scaled: ISO/IEC 11172-3, 2.4.2.7, `scalefac_compress`; ISO/IEC 13818-3, 2.4.3.2.

use super::bands::{Shape, Window};
use super::bits::Bits;
use super::side_info::Granule;

/// Bands of short windows, the most that there are.
const BANDS: usize = 39;

/// Of one channel of one granule, in the order of its bands. The highest bands have none.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScaleFactors {
    pub(super) of: [u8; BANDS],
    /// The value that tells no direction, where the factors are directions of intensity stereo.
    pub(super) undirected: [u8; BANDS],
}

impl Default for ScaleFactors {
    fn default() -> Self {
        Self { of: [0; BANDS], undirected: [UNDIRECTED; BANDS] }
    }
}

/// ISO/IEC 11172-3, 2.4.3.4.9.3.
const UNDIRECTED: u8 = 7;

impl ScaleFactors {
    /// Reads those of MPEG-1; groups that are shared stay as they were in the granule before.
    pub(super) fn read_mpeg1(&mut self, bits: &mut Bits<'_>, granule: &Granule, shared: [bool; 4]) {
        let compress = granule.scalefac_compress as usize & 15;
        let (low, high) = (WIDTHS[0][compress], WIDTHS[1][compress]);
        match granule.window {
            Window { shape: Shape::Short, is_mixed } => {
                *self = Self::default();
                self.read_groups(bits, &[(if is_mixed { 17 } else { 18 }, low), (18, high)]);
            }
            _ => {
                let groups = [(0, 6, low), (6, 11, low), (11, 16, high), (16, 21, high)];
                for ((start, end, width), _) in groups.into_iter().zip(shared).filter(|(_, shared)| !shared) {
                    for factor in &mut self.of[start..end] {
                        *factor = bits.read_u8(width);
                    }
                }
                self.of[21..].fill(0);
            }
        }
    }

    /// Reads those of the lower rates; returns whether there is pre-emphasis.
    pub(super) fn read_mpeg2(
        &mut self,
        bits: &mut Bits<'_>,
        granule: &Granule,
        directions: Directions,
    ) -> bool {
        *self = Self::default();
        let (table, widths) = match directions {
            Directions::None => widths_of(granule.scalefac_compress),
            Directions::Some => widths_of_directions(granule.scalefac_compress >> 1),
        };
        let column = match granule.window {
            Window { shape: Shape::Short, is_mixed: false } => 1,
            Window { shape: Shape::Short, is_mixed: true } => 2,
            _ => 0,
        };
        let mut groups = [(0, 0); 4];
        for (group, (count, width)) in groups.iter_mut().zip(COUNTS[table][column].into_iter().zip(widths)) {
            *group = (count, width);
        }
        self.read_groups(bits, &groups);
        table == PREEMPHASIZED
    }

    fn read_groups(&mut self, bits: &mut Bits<'_>, groups: &[(usize, u32)]) {
        let mut bands = self.of.iter_mut().zip(&mut self.undirected);
        for (count, width) in groups {
            for (factor, undirected) in bands.by_ref().take(*count) {
                *factor = bits.read_u8(*width);
                *undirected = ((1_u32 << width) - 1) as u8;
            }
        }
    }
}

/// Whether the factors are directions of intensity stereo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directions {
    None,
    Some,
}

/// The row of `COUNTS` and the width of each of its groups.
fn widths_of(compress: u32) -> (usize, [u32; 4]) {
    match compress {
        0..400 => (0, [compress / 80, compress / 16 % 5, compress / 4 % 4, compress % 4]),
        400..500 => {
            let rest = compress - 400;
            (1, [rest / 20, rest / 4 % 5, rest % 4, 0])
        }
        _ => {
            let rest = compress.saturating_sub(500).min(11);
            (PREEMPHASIZED, [rest / 3, rest % 3, 0, 0])
        }
    }
}

fn widths_of_directions(compress: u32) -> (usize, [u32; 4]) {
    match compress {
        0..180 => (3, [compress / 36, compress % 36 / 6, compress % 6, 0]),
        180..244 => {
            let rest = compress - 180;
            (4, [rest / 16, rest / 4 % 4, rest % 4, 0])
        }
        _ => {
            let rest = compress.saturating_sub(244).min(11);
            (5, [rest / 3, rest % 3, 0, 0])
        }
    }
}

/// Bits of the lower and of the higher factors of MPEG-1.
const WIDTHS: [[u32; 16]; 2] =
    [[0, 0, 0, 0, 3, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4], [0, 1, 2, 3, 0, 1, 2, 3, 1, 2, 3, 1, 2, 3, 2, 3]];

/// The row of `COUNTS` that means pre-emphasis.
const PREEMPHASIZED: usize = 2;

/// How many bands are in each of four groups, if the windows are long, short, or mixed.
const COUNTS: [[[usize; 4]; 3]; 6] = [
    [[6, 5, 5, 5], [9, 9, 9, 9], [6, 9, 9, 9]],
    [[6, 5, 7, 3], [9, 9, 12, 6], [6, 9, 12, 6]],
    [[11, 10, 0, 0], [18, 18, 0, 0], [15, 18, 0, 0]],
    [[7, 7, 7, 0], [12, 12, 12, 0], [6, 15, 12, 0]],
    [[6, 6, 6, 3], [12, 9, 9, 6], [6, 12, 9, 6]],
    [[8, 8, 5, 0], [15, 12, 9, 0], [6, 18, 9, 0]],
];
