//! Parameters that follow a value: `;name=value;name`.

use super::scan::{Scan, is_space, is_token};

/// Parameters as they were sent; white space may stand around each sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Params<'a>(&'a [u8]);

impl<'a> Params<'a> {
    /// No parameters.
    pub const NONE: Params<'static> = Params(&[]);

    /// Accepts nothing, or what begins with a semicolon; none if it breaks the grammar.
    pub fn new(text: &'a [u8]) -> Option<Self> {
        let params = Self(text);
        let mut scan = Scan::new(text);
        while !scan.skip_space().rest().is_empty() {
            next(&mut scan)?;
        }
        Some(params)
    }

    /// Each name with its value, quotes included.
    pub fn iter(self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        let mut scan = Scan::new(self.0);
        std::iter::from_fn(move || next(&mut scan))
    }

    /// The value of a name; the inner option is none where there is a name without a value.
    pub fn get(self, name: &str) -> Option<Option<&'a [u8]>> {
        let found = self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value)| value)
    }

    /// The value of a name that has one.
    pub fn value(self, name: &str) -> Option<&'a [u8]> {
        self.get(name)?
    }
}

/// `;name` or `;name=value`. Hosts stand as values too, so a value has more signs than a token.
fn next<'a>(scan: &mut Scan<'a>) -> Option<(&'a [u8], Option<&'a [u8]>)> {
    if !scan.skip_space().eat(b';') {
        return None;
    }
    let name = scan.skip_space().take_while(|byte| is_token(byte) || b"[]/:&+$".contains(&byte));
    if name.is_empty() {
        return None;
    }
    if !scan.skip_space().eat(b'=') {
        return Some((name, None));
    }
    let value = match scan.skip_space().rest().first() {
        Some(b'"') => scan.quoted()?,
        _ => scan.take_while(|byte| !is_space(byte) && !b";,\"<>=".contains(&byte)),
    };
    (!value.is_empty()).then_some((name, Some(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_whatever_their_case_and_space() {
        let params = Params::new(b" ;  branch \r\n =\t z9hG4bK9 ; RPORT;q=\"a;b\" ;maddr=[::1]").unwrap();
        assert_eq!(params.value("Branch"), Some(&b"z9hG4bK9"[..]));
        assert_eq!(params.get("rport"), Some(None));
        assert_eq!(params.value("q"), Some(&b"\"a;b\""[..]));
        assert_eq!(params.value("maddr"), Some(&b"[::1]"[..]));
        assert_eq!(params.get("tag"), None);
    }

    #[test]
    fn empty_and_broken_parameters_are_refused() {
        for wrong in [";;", ";", ";a=", "a", ";a=\"b", ";a b", ";=x"] {
            assert_eq!(Params::new(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
