//! The sounds that the model was taught, and the number of each.

/// Kokoro's phonemes, in runs of consecutive numbers.
const RUNS: [(i32, &str); 30] = [
    (1, ";:,.!?"),
    (9, "—…\"()“” \u{303}ʣʥʦʨᵝꭧAI"),
    (31, "O"),
    (33, "Q"),
    (35, "ST"),
    (39, "W"),
    (41, "Yᵊabcdef"),
    (50, "hijklmnopqrstuvwxyzɑɐɒæ"),
    (75, "βɔɕç"),
    (80, "ɖðʤə"),
    (85, "ɚɛɜ"),
    (90, "ɟ"),
    (92, "ɡ"),
    (99, "ɥ"),
    (101, "ɨɪʝ"),
    (110, "ɯɰŋɳɲɴø"),
    (118, "ɸθœ"),
    (123, "ɹ"),
    (125, "ɾɻ"),
    (128, "ʁɽʂʃʈʧ"),
    (135, "ʊʋ"),
    (138, "ʌɣɤ"),
    (142, "χʎ"),
    (147, "ʒʔ"),
    (156, "ˈˌː"),
    (162, "ʰ"),
    (164, "ʲ"),
    (169, "↓"),
    (171, "→↗↘"),
    (177, "ᵻ"),
];

/// The number of a phoneme.
pub(super) fn number(phoneme: char) -> Option<i32> {
    RUNS.iter().find_map(|(first, run)| {
        let place = run.chars().position(|known| known == phoneme)?;
        Some(first + place as i32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phonemes_have_the_numbers_of_the_model() {
        let table = [(';', 1), (' ', 16), ('A', 24), ('ɡ', 92), ('ˈ', 156), ('ː', 158), ('ᵻ', 177)];
        for (phoneme, expected) in table {
            assert_eq!(number(phoneme), Some(expected), "{phoneme}");
        }
        assert_eq!(number('❓'), None);
    }
}
