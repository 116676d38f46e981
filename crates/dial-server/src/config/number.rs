//! The telephone number of a line.
//!
//! It prints masked everywhere; only a channel that has to compare it sees it whole.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A telephone number in E.164 form: `+`, the country's code, at most 15 digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Number(String);

impl Number {
    /// The number itself; never for a log or a page.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

/// The text is no telephone number; it is not repeated, for it may be a mistyped one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a whole telephone number with its country code")]
pub(crate) struct NotANumber;

impl FromStr for Number {
    type Err = NotANumber;

    /// Spaces and dashes between the digits are allowed.
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let text: String = text.chars().filter(|sign| !matches!(sign, ' ' | '-')).collect();
        let digits = text.strip_prefix('+').ok_or(NotANumber)?;
        let valid = (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if valid { Ok(Self(text)) } else { Err(NotANumber) }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.expose();
        write!(f, "{}…{}", &number[..3], &number[number.len() - 3..])
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_prints_masked_and_is_whole_only_when_exposed() {
        let number: Number = "+44 113 496 0123".parse().unwrap();
        assert_eq!(format!("{number} {number:?}"), "+44…123 +44…123");
        assert_eq!(number.expose(), "+441134960123");
    }

    #[test]
    fn a_number_without_its_country_is_refused() {
        for wrong in
            ["0113 496 0123", "+0113 496 0123", "441134960123", "+44", "+4411349601234567", "+44x1349601", ""]
        {
            assert_eq!(wrong.parse::<Number>(), Err(NotANumber), "{wrong}");
        }
    }
}
