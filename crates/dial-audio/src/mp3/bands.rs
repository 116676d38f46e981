//! Windows, and the bands of lines that share a scale factor: ISO/IEC 11172-3, table B.8; ISO/IEC 13818-3, table B.2.

use super::LINES;

/// The form of the windows of a granule: ISO/IEC 11172-3, 2.4.2.7, `block_type`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    #[default]
    Long,
    /// From long to short.
    Start,
    /// Three windows of a third.
    Short,
    /// From short to long.
    Stop,
}

/// The windows of one channel of a granule.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) shape: Shape,
    /// The two lowest subbands have a long window all the same.
    pub(super) is_mixed: bool,
}

impl Window {
    /// Of a block type whose windows are switched.
    pub(super) fn of(kind: u8, is_mixed: bool) -> Option<Self> {
        let shape = match kind {
            1 => Shape::Start,
            2 => Shape::Short,
            3 => Shape::Stop,
            _ => return None,
        };
        Some(Self { shape, is_mixed })
    }
}

/// Lines in a row, as they are coded, that share a scale factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Band {
    /// The first line, as it is coded.
    pub(super) start: usize,
    pub(super) width: usize,
    /// The frequency of the first line, in lines of a long or a short window.
    pub(super) low: usize,
    /// Which short window it belongs to.
    pub(super) window: Option<usize>,
}

/// The bands of one rate.
#[derive(Debug)]
pub(super) struct Bands {
    needed: usize,
    pub(super) long: Vec<Band>,
    pub(super) short: Vec<Band>,
    /// None where windows cannot be mixed.
    pub(super) mixed: Vec<Band>,
}

impl Bands {
    /// At the rate of this index (see `Header`), of which no more than the lowest `needed` lines are needed.
    pub(super) fn new(rate_index: usize, needed: usize) -> Self {
        let (long, short) = (LONG[rate_index], SHORT[rate_index]);
        let mut bands = Self { needed, long: Vec::new(), short: Vec::new(), mixed: Vec::new() };
        for width in long {
            push(&mut bands.long, width, None);
        }
        for width in short {
            push_windows(&mut bands.short, width);
        }
        // Two subbands of long windows, then short ones from the same frequency on. At 8 kHz no band ends there.
        let above = bands.short.iter().position(|band| band.start == TWO_SUBBANDS && band.window == Some(0));
        if let Some(above) = above {
            bands.mixed.extend(bands.long.iter().take_while(|band| band.start < TWO_SUBBANDS));
            bands.mixed.extend_from_slice(&bands.short[above..]);
        }
        bands
    }

    /// The bands of these windows.
    pub(super) fn of(&self, window: Window) -> &[Band] {
        match window {
            Window { shape: Shape::Short, is_mixed: true } => &self.mixed,
            Window { shape: Shape::Short, .. } => &self.short,
            _ => &self.long,
        }
    }

    /// How many lines are needed.
    pub(super) fn needed(&self) -> usize {
        self.needed
    }

    /// How many lines of these windows have to be read, as they are coded, so that all are known that are needed.
    pub(super) fn coded(&self, window: Window) -> usize {
        let above = |band: &&Band| band.window.is_some() && 3 * band.low >= self.needed;
        match window.shape {
            Shape::Short => self.of(window).iter().find(above).map_or(LINES, |band| band.start),
            _ => self.needed,
        }
    }

    /// Where a long band starts, or the end of all lines.
    pub(super) fn long_start(&self, band: usize) -> usize {
        self.long.get(band).map_or(LINES, |band| band.start)
    }

    /// Where the first region of pairs ends if windows are switched.
    pub(super) fn first_region(&self, window: Window) -> usize {
        match window.shape {
            Shape::Short => self.short.get(9).map_or(LINES, |band| band.start),
            _ => self.long_start(8),
        }
    }
}

/// Lines of two subbands.
const TWO_SUBBANDS: usize = 36;

fn push(bands: &mut Vec<Band>, width: usize, window: Option<usize>) {
    let start = bands.last().map_or(0, |band| band.start + band.width);
    bands.push(Band { start, width, low: start, window });
}

fn push_windows(bands: &mut Vec<Band>, width: usize) {
    let low = bands.last().map_or(0, |band| band.low + band.width);
    for window in 0..3 {
        push(bands, width, Some(window));
        if let Some(band) = bands.last_mut() {
            band.low = low;
        }
    }
}

/// Lines of each long band; the rates are those of MPEG-1, MPEG-2, and its extension.
const LONG: [[usize; 22]; 9] = [
    [4, 4, 4, 4, 4, 4, 6, 6, 8, 8, 10, 12, 16, 20, 24, 28, 34, 42, 50, 54, 76, 158],
    [4, 4, 4, 4, 4, 4, 6, 6, 6, 8, 10, 12, 16, 18, 22, 28, 34, 40, 46, 54, 54, 192],
    [4, 4, 4, 4, 4, 4, 6, 6, 8, 10, 12, 16, 20, 24, 30, 38, 46, 56, 68, 84, 102, 26],
    [6, 6, 6, 6, 6, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 38, 46, 52, 60, 68, 58, 54],
    [6, 6, 6, 6, 6, 6, 8, 10, 12, 14, 16, 18, 22, 26, 32, 38, 46, 54, 62, 70, 76, 36],
    [6, 6, 6, 6, 6, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 38, 46, 52, 60, 68, 58, 54],
    [6, 6, 6, 6, 6, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 38, 46, 52, 60, 68, 58, 54],
    [6, 6, 6, 6, 6, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 38, 46, 52, 60, 68, 58, 54],
    [12, 12, 12, 12, 12, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 76, 90, 2, 2, 2, 2, 2],
];

/// Lines of each short band, in each of three windows.
const SHORT: [[usize; 13]; 9] = [
    [4, 4, 4, 4, 6, 8, 10, 12, 14, 18, 22, 30, 56],
    [4, 4, 4, 4, 6, 6, 10, 12, 14, 16, 20, 26, 66],
    [4, 4, 4, 4, 6, 8, 12, 16, 20, 26, 34, 42, 12],
    [4, 4, 4, 6, 6, 8, 10, 14, 18, 26, 32, 42, 18],
    [4, 4, 4, 6, 8, 10, 12, 14, 18, 24, 32, 44, 12],
    [4, 4, 4, 6, 8, 10, 12, 14, 18, 24, 30, 40, 18],
    [4, 4, 4, 6, 8, 10, 12, 14, 18, 24, 30, 40, 18],
    [4, 4, 4, 6, 8, 10, 12, 14, 18, 24, 30, 40, 18],
    [8, 8, 8, 12, 16, 20, 24, 28, 36, 2, 2, 2, 26],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_cover_all_lines() {
        for rate_index in 0..9 {
            let bands = Bands::new(rate_index, LINES);
            for all in [&bands.long, &bands.short, &bands.mixed] {
                let end = all.iter().fold(0, |end, band| {
                    assert_eq!(band.start, end, "{rate_index}");
                    end + band.width
                });
                assert!(end == LINES || (rate_index == 8 && all.is_empty()), "{rate_index}: {end}");
            }
        }
    }
}
