//! From the time slots of subbands to sound: ISO/IEC 11172-3, 2.4.3.4.10.5 and annex B, table B.3.
//!
//! Of the 32 samples of a time slot only each `32 / SUBBANDS`th is worked out, which is all there is to know of sound
//! in the lowest `SUBBANDS`: so a telephone's share of the work is a telephone's share of the sound.

use std::array;
use std::f64::consts::PI;

use super::hybrid::SLOTS;

/// Time slots that a sample is made of.
const SPAN: usize = 16;
/// Samples of a time slot in all.
const SAMPLES: usize = 32;

/// Makes sound of `SUBBANDS` subbands, which divide 32.
pub(super) struct Synthesis<const SUBBANDS: usize> {
    /// By subband: its part in both halves of a time slot. Once for even and once for odd slots, in which odd subbands
    /// are upside down.
    matrix: [[[[f32; SUBBANDS]; 2]; SUBBANDS]; 2],
    used: usize,
    window: [[f32; SUBBANDS]; SPAN],
    /// Both halves of the time slots of a granule, after those before it that still sound.
    turned: [[[f32; SUBBANDS]; 2]; SPAN - 1 + SLOTS],
}

impl<const SUBBANDS: usize> Synthesis<SUBBANDS> {
    /// Of so many subbands that are not silent; the first sample is that at `phase` of the 32.
    pub(super) fn new(used: usize, phase: usize) -> Self {
        let step = SAMPLES / SUBBANDS;
        let weight =
            |sample: usize, subband: usize| (PI / 64.0 * ((16 + sample) * (2 * subband + 1)) as f64).cos();
        let at = |number: usize| phase % step + step * number;
        let matrix = array::from_fn(|parity| {
            array::from_fn(|subband| {
                let sign = if parity == 1 && subband % 2 == 1 { -1.0 } else { 1.0 };
                array::from_fn(|half| {
                    array::from_fn(|number| (sign * weight(at(number) + SAMPLES * half, subband)) as f32)
                })
            })
        });
        Self {
            matrix,
            used: used.min(SUBBANDS),
            window: array::from_fn(|age| array::from_fn(|number| window(at(number) + SAMPLES * age))),
            turned: [[[0.0; SUBBANDS]; 2]; SPAN - 1 + SLOTS],
        }
    }

    /// Takes the time slots of a granule, and appends their sound.
    pub(super) fn push(&mut self, slots: &[[f32; SUBBANDS]; SLOTS], out: &mut Vec<f32>) {
        self.turned.copy_within(SLOTS.., 0);
        for (number, (slot, turned)) in slots.iter().zip(&mut self.turned[SPAN - 1..]).enumerate() {
            *turned = turn(&self.matrix[number % 2], self.used, slot);
        }
        for around in self.turned.windows(SPAN) {
            out.extend_from_slice(&weigh(&self.window, around));
        }
    }
}

fn turn<const SUBBANDS: usize>(
    matrix: &[[[f32; SUBBANDS]; 2]; SUBBANDS],
    used: usize,
    slot: &[f32; SUBBANDS],
) -> [[f32; SUBBANDS]; 2] {
    let mut turned = [[0.0; SUBBANDS]; 2];
    for (weights, value) in matrix.iter().zip(slot).take(used) {
        for (turned, weights) in turned.iter_mut().zip(weights) {
            for (sum, weight) in turned.iter_mut().zip(weights) {
                *sum += weight * value;
            }
        }
    }
    turned
}

/// The newest time slot is the last, and has the first row of the window. Of each other one the other half counts.
fn weigh<const SUBBANDS: usize>(
    window: &[[f32; SUBBANDS]; SPAN],
    around: &[[[f32; SUBBANDS]; 2]],
) -> [f32; SUBBANDS] {
    let mut sums = [0.0; SUBBANDS];
    for (weights, slots) in window.as_chunks::<2>().0.iter().zip(around.as_rchunks::<2>().1.iter().rev()) {
        for number in 0..SUBBANDS {
            sums[number] +=
                weights[0][number] * slots[1][0][number] + weights[1][number] * slots[0][1][number];
        }
    }
    sums
}

/// The window at a place from 0 to 511.
fn window(place: usize) -> f32 {
    let mirrored = 2 * WINDOW.len() - 2 - place.max(WINDOW.len() - 1);
    let sign = if place >= WINDOW.len() && !place.is_multiple_of(64) { -1.0 } else { 1.0 };
    sign * WINDOW[place.min(mirrored)] as f32 / 65_536.0
}

/// Table B.3, times 65,536, of which the second half mirrors the first.
const WINDOW: [i32; 257] = [
    0, -1, -1, -1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -4, -4, -5, -5, -6, -7, -7, -8, -9, -10, -11, -13,
    -14, -16, -17, -19, -21, -24, -26, -29, -31, -35, -38, -41, -45, -49, -53, -58, -63, -68, -73, -79, -85,
    -91, -97, -104, -111, -117, -125, -132, -139, -147, -154, -161, -169, -176, -183, -190, -196, -202, -208,
    213, 218, 222, 225, 227, 228, 228, 227, 224, 221, 215, 208, 200, 189, 177, 163, 146, 127, 106, 83, 57,
    29, -2, -36, -72, -111, -153, -197, -244, -294, -347, -401, -459, -519, -581, -645, -711, -779, -848,
    -919, -991, -1064, -1137, -1210, -1283, -1356, -1428, -1498, -1567, -1634, -1698, -1759, -1817, -1870,
    -1919, -1962, -2001, -2032, -2057, -2075, -2085, -2087, -2080, -2063, 2037, 2000, 1952, 1893, 1822, 1739,
    1644, 1535, 1414, 1280, 1131, 970, 794, 605, 402, 185, -45, -288, -545, -814, -1095, -1388, -1692, -2006,
    -2330, -2663, -3004, -3351, -3705, -4063, -4425, -4788, -5153, -5517, -5879, -6237, -6589, -6935, -7271,
    -7597, -7910, -8209, -8491, -8755, -8998, -9219, -9416, -9585, -9727, -9838, -9916, -9959, -9966, -9935,
    -9863, -9750, -9592, -9389, -9139, -8840, -8492, -8092, -7640, -7134, 6574, 5959, 5288, 4561, 3776, 2935,
    2037, 1082, 70, -998, -2122, -3300, -4533, -5818, -7154, -8540, -9975, -11455, -12980, -14548, -16155,
    -17799, -19478, -21189, -22929, -24694, -26482, -28289, -30112, -31947, -33791, -35640, -37489, -39336,
    -41176, -43006, -44821, -46617, -48390, -50137, -51853, -53534, -55178, -56778, -58333, -59838, -61289,
    -62684, -64019, -65290, -66494, -67629, -68692, -69679, -70590, -71420, -72169, -72835, -73415, -73908,
    -74313, -74630, -74856, -74992, 75038,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_that_of_the_standard() {
        assert!((window(256) - 1.144_989).abs() < 1e-6);
        assert!((window(257) - 1.144_287_1).abs() < 1e-6);
        assert!((window(320) - window(192)).abs() < 1e-9);
        assert!((window(511) - 0.000_015_259).abs() < 1e-8);
    }
}
