//! ITU-T G.711 mu-law: 14 bits of loudness in one byte, by tables.

/// The value of silence.
pub const SILENCE: u8 = 0xff;
/// The loudest sample that the law holds, of 16 bits.
const CLIP: i32 = 32_635;
/// Added before the logarithm, as in the law's usual form.
const BIAS: i32 = 0x84;

/// The 16-bit sample of each byte.
pub const DECODED: [i16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let bits = !(byte as u8);
        let exponent = (bits >> 4) & 7;
        let mantissa = (bits & 0x0f) as i32;
        let magnitude = (((mantissa << 3) + BIAS) << exponent) - BIAS;
        table[byte] = if bits & 0x80 == 0 { magnitude as i16 } else { -magnitude as i16 };
        byte += 1;
    }
    table
};

/// The sample of a byte.
pub const fn decode(byte: u8) -> i16 {
    DECODED[byte as usize]
}

/// The byte of a 16-bit sample.
pub const fn encode(sample: i16) -> u8 {
    let sample = sample as i32;
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = if sample < 0 { -sample } else { sample };
    let magnitude = (if magnitude > CLIP { CLIP } else { magnitude }) + BIAS;
    let exponent = 24 - magnitude.leading_zeros() as i32;
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !(sign | (exponent << 4) as u8 | mantissa as u8)
}

/// The byte of a sample from -1 to 1; louder ones are cut.
pub fn encode_f32(sample: f32) -> u8 {
    encode((sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16)
}

/// Maps each byte to the byte that is so many decibels louder.
pub fn gain_table(decibels: i8) -> [u8; 256] {
    let factor = 10_f32.powf(f32::from(decibels) / 20.0);
    std::array::from_fn(|byte| {
        let louder = f32::from(decode(byte as u8)) * factor;
        encode(louder.round().clamp(-32_768.0, 32_767.0) as i16)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_that_of_the_recommendation() {
        // G.711 (1988), table 2a: first and last values of segments, scaled to 16 bits.
        for (byte, sample) in
            [(0x80, 32_124), (0x00, -32_124), (0xff, 0), (0x8f, 16_764), (0xf0, 120), (0xfe, 8)]
        {
            assert_eq!(decode(byte), sample, "{byte:#x}");
        }
    }

    #[test]
    fn every_byte_stays_itself_and_every_sample_is_near() {
        for byte in 0..=255u8 {
            let again = encode(decode(byte));
            assert!(again == byte || decode(byte) == 0, "{byte:#x}");
        }
        for sample in i16::MIN..=i16::MAX {
            let error = (i32::from(decode(encode(sample))) - i32::from(sample)).abs();
            assert!(error <= 8 + i32::from(sample).abs() / 30, "{sample}: {error}");
        }
    }

    #[test]
    fn louder_is_louder_and_no_gain_changes_nothing() {
        let (same, louder) = (gain_table(0), gain_table(6));
        for byte in 0..=255u8 {
            assert_eq!(decode(same[usize::from(byte)]), decode(byte));
            let ratio = f32::from(decode(louder[usize::from(byte)])) / f32::from(decode(byte));
            assert!(
                decode(byte).abs() < 200 || decode(byte).abs() > 16_000 || (1.9..2.1).contains(&ratio),
                "{byte}: {ratio}"
            );
        }
    }
}
