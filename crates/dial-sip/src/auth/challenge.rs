//! The fields of a challenge or an answer: `Digest realm="x", nonce="y", qop="auth"`.

use crate::message::scan;

/// The most fields that are read.
const MAX_FIELDS: usize = 32;

/// The fields, in parts of the value that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields<'a>(Vec<(&'a [u8], &'a [u8])>);

impl<'a> Fields<'a> {
    /// Reads a value; none for another scheme than digest, or if it breaks the grammar.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut scan = scan::Scan::new(value);
        if !scan.skip_space().token()?.eq_ignore_ascii_case(b"Digest") {
            return None;
        }
        let mut fields = Vec::new();
        for item in scan::list(scan.rest()).take(MAX_FIELDS) {
            let equals = item.iter().position(|byte| *byte == b'=')?;
            let (name, value) = (item.get(..equals)?, item.get(equals + 1..)?);
            fields.push((scan::trim(name), scan::trim(value)));
        }
        Some(Self(fields))
    }

    /// The value of a field, as it was sent.
    pub fn raw(&self, name: &str) -> Option<&'a [u8]> {
        let found = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value)| *value)
    }

    /// The value of a field, without quotes.
    pub fn value(&self, name: &str) -> Option<Vec<u8>> {
        self.raw(name).map(scan::unquote)
    }

    /// Whether a field that lists words has one.
    pub fn lists(&self, name: &str, word: &str) -> bool {
        let value = self.value(name).unwrap_or_default();
        scan::list(&value).any(|item| item.eq_ignore_ascii_case(word.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_with_and_without_quotes() {
        let fields =
            Fields::parse(b"digest realm=\"a, b\" , nonce = \"n\\\"1\",qop=\"auth-int,auth\", stale=TRUE")
                .unwrap();
        assert_eq!(fields.value("realm"), Some(b"a, b".to_vec()));
        assert_eq!(fields.value("Nonce"), Some(b"n\"1".to_vec()));
        assert!(fields.lists("qop", "auth") && fields.lists("stale", "true") && !fields.lists("qop", "x"));
        for other in [&b"NoOneKnowsThisScheme opaque-data=here"[..], b"Digest realm", b""] {
            assert_eq!(Fields::parse(other), None);
        }
    }
}
