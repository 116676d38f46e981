//! Numbers in British words: `one hundred and five`, `twenty-seventh`, `twenty twenty-six`, `twenty-three` for XXIII.

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
/// Words whose ordinal is not made with `th`, or changes its end.
const IRREGULAR: [(&str, &str); 7] = [
    ("one", "first"),
    ("two", "second"),
    ("three", "third"),
    ("five", "fifth"),
    ("eight", "eighth"),
    ("nine", "ninth"),
    ("twelve", "twelfth"),
];
/// The largest number that is said as one; what is longer is said digit by digit.
const LARGEST: u32 = 999_999;

/// `one hundred and five`.
pub fn cardinal(number: u32) -> String {
    let below = |rest: u32, joint: &str| match rest {
        0 => String::new(),
        rest => format!("{joint}{}", cardinal(rest)),
    };
    match number {
        0..20 => SMALL[number as usize].into(),
        20..100 => format!("{}{}", TENS[number as usize / 10], below(number % 10, "-")),
        100..1000 => format!("{} hundred{}", SMALL[number as usize / 100], below(number % 100, " and ")),
        1000..=LARGEST => {
            let joint = if number % 1000 < 100 { " and " } else { " " };
            format!("{} thousand{}", cardinal(number / 1000), below(number % 1000, joint))
        }
        _ => digits(&number.to_string()),
    }
}

/// `twenty-seventh`.
pub fn ordinal(number: u32) -> String {
    let words = cardinal(number);
    let at = words.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (head, last) = words.split_at(at);
    let last = match IRREGULAR.iter().find(|(known, _)| *known == last) {
        Some((_, ordinal)) => (*ordinal).to_owned(),
        None => match last.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{last}th"),
        },
    };
    format!("{head}{last}")
}

/// `twenty twenty-six`, `two thousand and five`, `nineteen oh five`, `nineteen hundred`.
pub fn year(number: u32) -> String {
    match (number / 100, number % 100) {
        (20, 0..10) | (10, _) => cardinal(number),
        (century, 0) => format!("{} hundred", cardinal(century)),
        (century, rest @ 1..10) => format!("{} oh {}", cardinal(century), cardinal(rest)),
        (century, rest) => format!("{} {}", cardinal(century), cardinal(rest)),
    }
}

/// `oh`-less digits, one by one.
pub fn digits(text: &str) -> String {
    let words: Vec<_> =
        text.chars().filter_map(|sign| sign.to_digit(10)).map(|digit| SMALL[digit as usize]).collect();
    words.join(" ")
}

/// The number of a Roman numeral in capitals, if it is written as the Romans' heirs do.
pub fn roman(text: &str) -> Option<u32> {
    const SIGNS: [(&str, u32); 9] =
        [("C", 100), ("XC", 90), ("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)];
    let mut rest = text;
    let mut number = 0;
    for (sign, value) in SIGNS {
        let mut times = 0;
        while let Some(after) = rest.strip_prefix(sign) {
            (rest, times) = (after, times + 1);
            number += value;
        }
        let most = if sign.len() == 1 && !matches!(sign, "V" | "L") { 3 } else { 1 };
        if times > most {
            return None;
        }
    }
    (rest.is_empty() && number > 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_in_britain() {
        let table = [
            (0, "zero"),
            (21, "twenty-one"),
            (105, "one hundred and five"),
            (119, "one hundred and nineteen"),
        ];
        for (number, words) in table {
            assert_eq!(cardinal(number), words);
        }
        assert_eq!(cardinal(1662), "one thousand six hundred and sixty-two");
        assert_eq!(cardinal(5000), "five thousand");
        assert_eq!(cardinal(1_234_567), "one two three four five six seven");
    }

    #[test]
    fn ordinals_and_years_have_their_own_words() {
        let ordinals: Vec<_> = [1, 2, 3, 5, 8, 9, 12, 20, 21, 30, 31, 40].map(ordinal).into();
        assert_eq!(
            ordinals.join(" "),
            "first second third fifth eighth ninth twelfth twentieth twenty-first thirtieth thirty-first fortieth"
        );
        let years: Vec<_> = [1662, 1900, 1905, 1066, 2000, 2005, 2010, 2026].map(year).into();
        assert_eq!(
            years.join(", "),
            "sixteen sixty-two, nineteen hundred, nineteen oh five, one thousand and sixty-six, two thousand, \
             two thousand and five, twenty ten, twenty twenty-six"
        );
    }

    #[test]
    fn only_true_roman_numerals_are_numbers() {
        let table = [
            ("II", Some(2)),
            ("XXIII", Some(23)),
            ("CXIX", Some(119)),
            ("IIII", None),
            ("IM", None),
            ("", None),
        ];
        for (text, number) in table {
            assert_eq!(roman(text), number, "{text}");
        }
    }
}
