//! Two channels of what was coded in another way: ISO/IEC 11172-3, 2.4.3.4.9; ISO/IEC 13818-3, 2.4.3.2.

use std::f32::consts::{FRAC_1_SQRT_2, PI};

use super::LINES;
use super::bands::Band;
use super::header::Header;
use super::scale_factors::ScaleFactors;

/// Half their sum and half their difference become the channels.
pub(super) fn from_mid_side([first, second]: &mut [[f32; LINES]; 2]) {
    for (first, second) in first.iter_mut().zip(second) {
        (*first, *second) = ((*first + *second) * FRAC_1_SQRT_2, (*first - *second) * FRAC_1_SQRT_2);
    }
}

/// What the second channel is like where the first has the sound of both.
pub(super) struct Intensity<'a> {
    pub(super) bands: &'a [Band],
    /// Those of the second channel: directions, above its highest line.
    pub(super) directions: &'a ScaleFactors,
    /// Of the lower rates: the coarser steps.
    pub(super) is_coarse: bool,
}

impl Intensity<'_> {
    /// Makes two channels of all bands; the rest is mid and side if the header says so.
    pub(super) fn apply(&self, header: &Header, [first, second]: &mut [[f32; LINES]; 2]) {
        // By window; a long one is heard in all.
        let mut is_heard = [false; 3];
        for (number, band) in self.bands.iter().enumerate().rev() {
            let heard = match band.window {
                Some(window) => &mut is_heard[window..=window],
                None => &mut is_heard[..],
            };
            if heard.contains(&false) && places(band).any(|place| second[place] != 0.0) {
                heard.fill(true);
            }
            let gains = if heard.contains(&true) { None } else { self.gains(header, number) };
            for place in places(band) {
                let (one, other) = (first[place], second[place]);
                (first[place], second[place]) = match gains {
                    Some([left, right]) => (one * left, one * right),
                    None if header.is_mid_side => {
                        ((one + other) * FRAC_1_SQRT_2, (one - other) * FRAC_1_SQRT_2)
                    }
                    None => (one, other),
                };
            }
        }
    }

    /// Of both channels in a band, if it has a direction.
    fn gains(&self, header: &Header, band: usize) -> Option<[f32; 2]> {
        // The highest band has that of the one below.
        let windows = if self.bands.get(band)?.window.is_some() { 3 } else { 1 };
        let band = if band + windows < self.bands.len() { band } else { band - windows };
        let (direction, undirected) = (self.directions.of[band], self.directions.undirected[band]);
        if header.is_mpeg1 {
            let ratio = match direction {
                0..6 => (f32::from(direction) * PI / 12.0).tan(),
                6 => return Some([1.0, 0.0]),
                _ => return None,
            };
            return Some([ratio / (1.0 + ratio), 1.0 / (1.0 + ratio)]);
        }
        if direction == undirected {
            return None;
        }
        let step: f32 = if self.is_coarse { 0.5 } else { 0.25 };
        let less = (-step * f32::from(direction.div_ceil(2))).exp2();
        Some(if direction % 2 == 1 { [less, 1.0] } else { [1.0, less] })
    }
}

/// Where the lines of a band stand after they were put in order.
fn places(band: &Band) -> impl Iterator<Item = usize> {
    let (start, step) = match band.window {
        Some(window) => (3 * band.low + window, 3),
        None => (band.low, 1),
    };
    (start..LINES).step_by(step).take(band.width)
}
