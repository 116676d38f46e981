//! From lines to the time slots of subbands: ISO/IEC 11172-3, 2.4.3.4.10, alias reduction, inverse modified discrete
//! cosine transform, windows, and overlap.
//!
//! All is linear, so several channels may be added before they overlap: there is one past for the sum of them.

use std::array;
use std::f64::consts::PI;

use super::LINES;
use super::bands::{Shape, Window};

/// Lines of a subband, and its time slots in a granule.
pub(super) const SLOTS: usize = 18;
/// Subbands that have a long window where windows are mixed.
const MIXED: usize = 2;

/// What `SUBBANDS` of the 32 subbands hold, or the first of them, while those above are silent.
pub(super) struct Hybrid<const SUBBANDS: usize> {
    /// How many are not silent.
    used: usize,
    tables: Tables,
    /// The time slots of this granule, and of the next one as far as it is known.
    slots: [[f32; SUBBANDS]; 2 * SLOTS],
}

impl<const SUBBANDS: usize> Hybrid<SUBBANDS> {
    /// With so many subbands that are not silent.
    pub(super) fn new(used: usize) -> Self {
        Self { used: used.min(SUBBANDS), tables: Tables::new(), slots: [[0.0; SUBBANDS]; 2 * SLOTS] }
    }

    /// Adds the lines of a channel, which are changed by it.
    pub(super) fn add(&mut self, window: Window, lines: &mut [f32; LINES]) {
        match window.shape {
            Shape::Short if window.is_mixed => self.tables.reduce_alias(&mut lines[..MIXED * SLOTS]),
            Shape::Short => {}
            _ => self.tables.reduce_alias(&mut lines[..self.used * SLOTS]),
        }
        if window.is_mixed {
            let mut low = [0.0; LINES];
            let (long, _) = lines.split_at_mut(MIXED * SLOTS);
            low[..MIXED * SLOTS].copy_from_slice(long);
            long.fill(0.0);
            self.transform(Shape::Long, &low);
        }
        self.transform(window.shape, lines);
    }

    /// The time slots of this granule; `next` follows.
    pub(super) fn slots(&self) -> &[[f32; SUBBANDS]; SLOTS] {
        let (now, _) = self.slots.split_first_chunk().expect("twice as many slots");
        now
    }

    /// Goes on to the next granule.
    pub(super) fn next(&mut self) {
        self.slots.copy_within(SLOTS.., 0);
        self.slots[SLOTS..].fill([0.0; SUBBANDS]);
    }

    fn transform(&mut self, shape: Shape, lines: &[f32; LINES]) {
        let mut turned = [[0.0; SUBBANDS]; SLOTS];
        for (subband, lines) in lines.as_chunks::<SLOTS>().0.iter().take(self.used).enumerate() {
            for (turned, line) in turned.iter_mut().zip(lines) {
                turned[subband] = *line;
            }
        }
        match shape {
            Shape::Long => self.add_long(&turned, 0),
            Shape::Start => self.add_long(&turned, 1),
            Shape::Stop => self.add_long(&turned, 2),
            Shape::Short => self.add_short(&turned),
        }
    }

    fn add_long(&mut self, lines: &[[f32; SUBBANDS]; SLOTS], window: usize) {
        let window = &self.tables.windows[window];
        for (number, row) in self.tables.long.iter().enumerate() {
            let sum = weigh(row, lines);
            // The first half is odd about its middle, the second half even about its own.
            let (at, mirrored, sign) =
                if number < 9 { (9 + number, 8 - number, -1.0) } else { (9 + number, 44 - number, 1.0) };
            accumulate(&mut self.slots[at], window[at], &sum);
            accumulate(&mut self.slots[mirrored], sign * window[mirrored], &sum);
        }
    }

    fn add_short(&mut self, lines: &[[f32; SUBBANDS]; SLOTS]) {
        for window in 0..3 {
            let lines: [[f32; SUBBANDS]; 6] = array::from_fn(|line| lines[3 * line + window]);
            for (number, row) in self.tables.short.iter().enumerate() {
                accumulate(&mut self.slots[6 + 6 * window + number], 1.0, &weigh(row, &lines));
            }
        }
    }
}

/// The sum of rows, each times its weight.
#[inline]
fn weigh<const WIDTH: usize, const ROWS: usize>(
    weights: &[f32; ROWS],
    rows: &[[f32; WIDTH]; ROWS],
) -> [f32; WIDTH] {
    let mut sum = [0.0; WIDTH];
    for (weight, row) in weights.iter().zip(rows) {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += weight * value;
        }
    }
    sum
}

#[inline]
fn accumulate<const WIDTH: usize>(sums: &mut [f32; WIDTH], weight: f32, values: &[f32; WIDTH]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += weight * value;
    }
}

/// Weights of both transforms, windows, and butterflies.
struct Tables {
    /// Of the places 9 to 17, and 18 to 26.
    long: [[f32; SLOTS]; SLOTS],
    /// With their window.
    short: [[f32; 6]; 12],
    /// Of long, start, and stop.
    windows: [[f32; 2 * SLOTS]; 3],
    butterflies: [[f32; 2]; 8],
}

impl Tables {
    fn new() -> Self {
        let cosine = |len: usize, place: usize, line: usize| {
            (PI / (2 * len) as f64 * ((2 * place + 1 + len / 2) * (2 * line + 1)) as f64).cos()
        };
        let sine = |len: usize, place: usize| (PI / len as f64 * (place as f64 + 0.5)).sin();
        let start = |place: usize| match place {
            0..18 => sine(36, place),
            18..24 => 1.0,
            24..30 => sine(12, place - 18),
            _ => 0.0,
        };
        Self {
            long: array::from_fn(|row| array::from_fn(|line| cosine(36, 9 + row, line) as f32)),
            short: array::from_fn(|place| {
                array::from_fn(|line| (sine(12, place) * cosine(12, place, line)) as f32)
            }),
            windows: [
                array::from_fn(|place| sine(36, place) as f32),
                array::from_fn(|place| start(place) as f32),
                array::from_fn(|place| start(35 - place) as f32),
            ],
            // ISO/IEC 11172-3, table B.9.
            butterflies: [-0.6_f64, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037].map(|c| {
                let scale = 1.0 / (1.0 + c * c).sqrt();
                [scale as f32, (c * scale) as f32]
            }),
        }
    }

    /// Between the subbands of these lines.
    fn reduce_alias(&self, lines: &mut [f32]) {
        for boundary in (SLOTS..lines.len()).step_by(SLOTS) {
            let (below, above) = lines.split_at_mut(boundary);
            for (([cs, ca], below), above) in self.butterflies.iter().zip(below.iter_mut().rev()).zip(above) {
                (*below, *above) = (*below * cs - *above * ca, *above * cs + *below * ca);
            }
        }
    }
}
