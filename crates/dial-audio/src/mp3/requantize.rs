//! Lines as loud as they are, in the order of their frequencies: ISO/IEC 11172-3, 2.4.3.4.7 and 2.4.3.4.8.

use super::bands::{Band, Shape};
use super::scale_factors::ScaleFactors;
use super::side_info::Granule;

/// Added to the factors of long bands: ISO/IEC 11172-3, table B.6.
const PREEMPHASIS: [i32; 22] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 2, 0];
/// The gain that means one.
const UNITY: i32 = 210;

/// Scales lines as they are coded and puts them in their place among `lines`, which are zero; of short windows the
/// lines of one frequency stand beside each other. There may be more of them than have a place.
pub(super) fn requantize(
    granule: &Granule,
    factors: &ScaleFactors,
    bands: &[Band],
    coded: &[f32],
    lines: &mut [f32],
) {
    let step = if granule.is_coarse { 4 } else { 2 };
    let has_preemphasis = granule.has_preemphasis && granule.window.shape != Shape::Short;
    for (number, (band, factor)) in bands.iter().zip(factors.of).enumerate() {
        let range = band.start..(band.start + band.width).min(coded.len());
        let Some(coded) = coded.get(range).filter(|coded| !coded.is_empty()) else { return };
        let emphasis = if has_preemphasis { PREEMPHASIS[number] } else { 0 };
        let quarters = granule.global_gain - UNITY - step * (i32::from(factor) + emphasis);
        match band.window {
            None => {
                let gain = power_of_two(quarters);
                for (line, coded) in lines.iter_mut().skip(band.low).zip(coded) {
                    *line = coded * gain;
                }
            }
            Some(window) => {
                let gain = power_of_two(quarters - 8 * granule.subblock_gain[window]);
                for (line, coded) in lines.iter_mut().skip(3 * band.low + window).step_by(3).zip(coded) {
                    *line = coded * gain;
                }
            }
        }
    }
}

/// 2 to the power of a quarter of this number.
fn power_of_two(quarters: i32) -> f32 {
    const QUARTERS: [f32; 4] = [1.0, 1.189_207_1, std::f32::consts::SQRT_2, 1.681_792_8];
    let exponent = (127 + (quarters >> 2)).clamp(1, 254) as u32;
    QUARTERS[(quarters & 3) as usize] * f32::from_bits(exponent << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_are_powers_of_two() {
        for quarters in -420..46 {
            let expected = (f64::from(quarters) / 4.0).exp2();
            let ratio = f64::from(power_of_two(quarters)) / expected;
            assert!((ratio - 1.0).abs() < 1e-6, "{quarters}: {ratio}");
        }
    }
}
