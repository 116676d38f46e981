//! Forms: `application/x-www-form-urlencoded` bodies and query strings, read and written.
//!
//! A form must not know who sent it or what its names mean: new parameters come without notice, so
//! that everything is kept, in order.

use std::fmt::Write as _;

/// The most parameters a form may have; a provider sends about 40.
pub(crate) const MAX_PAIRS: usize = 200;

/// Decoded parameters in the order in which they were sent; a name may stand more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    /// Reads a form as browsers and providers write it: `&` between pairs, `+` for a space,
    /// `%` and two hexadecimal digits for a byte, all of it UTF-8 (WHATWG URL Standard, section 5.1).
    ///
    /// # Errors
    /// More than [`MAX_PAIRS`] pairs, a bad escape, or text that is not UTF-8. Where the standard would
    /// keep a bad escape as it stands we refuse: such a body did not come from a provider.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let mut pairs = Vec::new();
        for piece in bytes.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty()) {
            let number = pairs.len() + 1;
            if number > MAX_PAIRS {
                return Err(FormError::TooMany);
            }
            let (name, value) = match piece.iter().position(|byte| *byte == b'=') {
                Some(at) => (&piece[..at], &piece[at + 1..]),
                None => (piece, &[][..]),
            };
            pairs.push((decode(name, number)?, decode(value, number)?));
        }
        Ok(Self { pairs })
    }

    /// The first value of a name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All pairs, in order.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Adds a pair at the end.
    pub(crate) fn push(&mut self, name: &str, value: &str) {
        self.pairs.push((name.to_owned(), value.to_owned()));
    }

    /// Writes the form so that [`Form::parse`] reads the same again.
    pub(crate) fn encode(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.pairs {
            if !text.is_empty() {
                text.push('&');
            }
            encode_into(&mut text, name);
            text.push('=');
            encode_into(&mut text, value);
        }
        text
    }
}

/// Why a form was not read; it names the pair by its place, never by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormError {
    /// More than [`MAX_PAIRS`].
    #[error("the form has more than {MAX_PAIRS} parameters")]
    TooMany,
    /// A `%` without two hexadecimal digits behind it.
    #[error("parameter {number} of the form has a `%` without two hexadecimal digits")]
    BadEscape {
        /// The place of the pair, from 1.
        number: usize,
    },
    /// The decoded bytes are not UTF-8.
    #[error("parameter {number} of the form is not UTF-8")]
    NotUtf8 {
        /// The place of the pair, from 1.
        number: usize,
    },
}

fn decode(bytes: &[u8], number: usize) -> Result<String, FormError> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = rest.next().and_then(hex).zip(rest.next().and_then(hex));
                let (high, low) = digits.ok_or(FormError::BadEscape { number })?;
                high << 4 | low
            }
            plain => plain,
        });
    }
    String::from_utf8(decoded).map_err(|_| FormError::NotUtf8 { number })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

fn encode_into(text: &mut String, plain: &str) {
    for byte in plain.bytes() {
        match byte {
            b' ' => text.push('+'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                text.push(char::from(byte));
            }
            other => write!(text, "%{other:02X}").expect("writing to a String does not fail"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_form_is_decoded_in_order_and_keeps_repeated_and_empty_values() {
        let form = Form::parse(b"From=%2B441134960000&Digits=&Name=Zo%C3%AB+Bell&flag&Digits=5&").unwrap();
        let expected =
            [("From", "+441134960000"), ("Digits", ""), ("Name", "Zoë Bell"), ("flag", ""), ("Digits", "5")];
        let pairs: Vec<_> =
            form.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, expected);
        assert_eq!(form.value("Digits"), Some(""));
        assert_eq!(form.value("digits"), None);
    }

    #[test]
    fn a_bad_form_is_refused_by_its_place_and_without_its_content() {
        assert_eq!(Form::parse(b"a=1&b=%2"), Err(FormError::BadEscape { number: 2 }));
        assert_eq!(Form::parse(b"a=%zz"), Err(FormError::BadEscape { number: 1 }));
        assert_eq!(Form::parse(b"a=%ff"), Err(FormError::NotUtf8 { number: 1 }));
        assert_eq!(Form::parse("a&".repeat(MAX_PAIRS + 1).as_bytes()), Err(FormError::TooMany));
        assert!(Form::parse("a&".repeat(MAX_PAIRS).as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Form::parse(&bytes);
        }

        #[test]
        fn what_is_written_is_read_again(pairs in proptest::collection::vec((".{1,8}", ".{0,8}"), 0..10)) {
            let form = Form { pairs };
            prop_assert_eq!(Form::parse(form.encode().as_bytes()).unwrap(), form);
        }
    }
}
