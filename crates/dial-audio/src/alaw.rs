//! ITU-T G.711 A-law: Europe's trunks speak it. Prepared sound is mu-law; a table makes the one of the other.

use crate::g711;

/// The value of silence.
pub const SILENCE: u8 = 0xd5;
/// The even bits are sent inverted.
const INVERTED: u8 = 0x55;

/// The A-law byte of each mu-law byte.
pub const FROM_MULAW: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = encode(g711::DECODED[byte]);
        byte += 1;
    }
    table
};

/// The mu-law byte of each A-law byte.
pub const TO_MULAW: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = g711::encode(decode(byte as u8));
        byte += 1;
    }
    table
};

/// The sample of a byte, of 16 bits.
pub const fn decode(byte: u8) -> i16 {
    let bits = byte ^ INVERTED;
    let exponent = (bits >> 4) & 7;
    let mantissa = (bits & 0x0f) as i16;
    let magnitude = match exponent {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (exponent - 1),
    };
    if bits & 0x80 == 0 { -magnitude } else { magnitude }
}

/// The byte of a 16-bit sample.
pub const fn encode(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 { (0, !sample) } else { (0x80, sample) };
    // Of 13 bits the sign is one.
    let magnitude = (magnitude >> 4) as u32;
    let bits = if magnitude < 16 {
        magnitude
    } else {
        let exponent = 28 - magnitude.leading_zeros();
        (exponent << 4) | ((magnitude >> (exponent - 1)) & 0x0f)
    };
    (sign | bits as u8) ^ INVERTED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_that_of_the_recommendation() {
        // G.711, table 1a: the loudest, the boundaries of some segments, and the smallest of each sign.
        for (sample, byte) in [
            (32_767, 0xaa),
            (16_384, 0xa5),
            (16_383, 0xba),
            (1_024, 0xe5),
            (0, 0xd5),
            (-1, 0x55),
            (-32_768, 0x2a),
        ] {
            assert_eq!(encode(sample), byte, "{sample}: {:02x}", encode(sample));
        }
    }

    #[test]
    fn each_byte_comes_back_as_it_is() {
        for byte in 0..=255 {
            assert_eq!(encode(decode(byte)), byte);
        }
    }

    #[test]
    fn each_sample_comes_back_within_half_a_step() {
        for sample in i16::MIN..=i16::MAX {
            let (loud, back) = (i32::from(sample), i32::from(decode(encode(sample))));
            let step = (loud.abs() / 32).max(16);
            assert!((loud - back).abs() <= step, "{sample} came back as {back}");
        }
    }

    #[test]
    fn the_other_law_and_back_is_nearly_the_same() {
        for byte in 0..=255_u8 {
            let there = FROM_MULAW[usize::from(byte)];
            let back = g711::decode(TO_MULAW[usize::from(there)]);
            let loud = i32::from(g711::decode(byte));
            assert!((loud - i32::from(back)).abs() <= (loud.abs() / 16).max(16), "{byte:02x}");
        }
        assert_eq!(FROM_MULAW[usize::from(g711::SILENCE)], SILENCE);
    }
}
