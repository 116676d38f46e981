//! The small grammar that header fields share (RFC 3261 section 25.1). It works on bytes, for names are
//! written in any alphabet.

/// Whether a byte may stand in a token.
pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

/// White space of a field: what folds a line counts as such.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Without white space at both ends.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_space(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_space(*last)
    {
        bytes = rest;
    }
    bytes
}

/// A number of digits only, up to a greatest one.
pub(crate) fn number(bytes: &[u8], greatest: u64) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    let mut number: u64 = 0;
    for byte in bytes {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number = number.checked_mul(10)?.checked_add(digit)?;
    }
    (number <= greatest).then_some(number)
}

/// What `split` separates, outside of quotes and angle brackets.
fn split_at(bytes: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    let (mut quoted, mut escaped, mut bracketed) = (false, false, false);
    for (place, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'<' => bracketed = true,
            b'>' => bracketed = false,
            byte if *byte == separator && !bracketed => {
                let (before, after) = bytes.split_at(place);
                return (before, after.get(1..));
            }
            _ => {}
        }
    }
    (bytes, None)
}

/// The items of a value that a separator parts, outside of quotes and angle brackets, each trimmed.
pub(crate) fn split(value: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let (item, after) = split_at(rest?, separator);
        rest = after;
        Some(trim(item))
    })
}

/// The items of a comma-separated value.
pub(crate) fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    split(value, b',').filter(|item| !item.is_empty())
}

/// How long the first item of a comma-separated value is, white space included.
pub(crate) fn first_len(value: &[u8]) -> usize {
    split_at(value, b',').0.len()
}

/// A quoted string without its quotes and escapes; any other value as it is.
pub(crate) fn unquote(value: &[u8]) -> Vec<u8> {
    let Some(inner) = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        return value.to_vec();
    };
    let mut plain = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => plain.extend(bytes.next()),
            byte => plain.push(*byte),
        }
    }
    plain
}

/// Reads a value from its start.
pub(crate) struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    pub(crate) const fn new(value: &'a [u8]) -> Self {
        Self { rest: value }
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn skip_space(&mut self) -> &mut Self {
        self.take_while(is_space);
        self
    }

    pub(crate) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|byte| !wanted(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// One token or more.
    pub(crate) fn token(&mut self) -> Option<&'a [u8]> {
        Some(self.take_while(is_token)).filter(|token| !token.is_empty())
    }

    /// A quoted string, with its quotes.
    pub(crate) fn quoted(&mut self) -> Option<&'a [u8]> {
        let mut escaped = false;
        if self.rest.first() != Some(&b'"') {
            return None;
        }
        for (place, byte) in self.rest.iter().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    let (taken, rest) = self.rest.split_at(place + 1);
                    self.rest = rest;
                    return Some(taken);
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_quotes_and_brackets_part_nothing() {
        let items: Vec<_> = list(b" \"a,\\\",b\" <sip:x,y@z> ,, c ").collect();
        assert_eq!(items, [&b"\"a,\\\",b\" <sip:x,y@z>"[..], b"c"]);
    }

    #[test]
    fn a_number_is_digits_up_to_its_bound() {
        for (text, expected) in [("0009", Some(9)), ("-1", None), ("", None), ("+1", None), ("256", None)] {
            assert_eq!(number(text.as_bytes(), 255), expected, "{text}");
        }
        assert_eq!(number(b"36893488147419103232", u64::MAX), None);
    }

    #[test]
    fn a_quoted_string_ends_at_its_own_quote() {
        let mut scan = Scan::new(b"\"J \\\\\\\"\" <");
        assert_eq!(scan.quoted(), Some(&b"\"J \\\\\\\"\""[..]));
        assert_eq!(scan.rest(), b" <");
        assert_eq!(unquote(b"\"J \\\\\\\"\""), b"J \\\"");
        assert_eq!(Scan::new(b"\"open").quoted(), None);
    }
}
