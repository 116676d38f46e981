//! Who is meant: `"Name" <sip:address>;parameters`.

use super::params::Params;
use super::scan::{Scan, is_space, trim};
use super::uri::Uri;

/// A name, an address and parameters, as From, To, Contact, Route and others have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// The name as it was sent, quotes included, in whatever alphabet.
    pub display: &'a [u8],
    /// The address, without its brackets.
    pub uri: &'a [u8],
    /// The parameters of the header field, not of the address.
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Reads one value; none if it breaks the grammar of RFC 3261 section 20.10.
    ///
    /// Two liberties: any sign may stand in a name without quotes, and spaces inside of the brackets.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let value = trim(value);
        let mut scan = Scan::new(value);
        let quoted = match value.first()? {
            b'"' => Some(scan.quoted()?),
            _ => None,
        };
        let name = scan.take_while(|byte| byte != b'<');
        if !scan.eat(b'<') {
            return if quoted.is_some() { None } else { Self::bare(value) };
        }
        let display = match quoted {
            Some(quoted) if trim(name).is_empty() => quoted,
            None if !name.contains(&b'"') => trim(name),
            _ => return None,
        };
        let uri = trim(scan.take_while(|byte| byte != b'>'));
        if !scan.eat(b'>') || uri.is_empty() {
            return None;
        }
        Some(Self { display, uri, params: Params::new(scan.rest())? })
    }

    /// An address without brackets: its parameters are those of the header field (RFC 3261 section 20).
    fn bare(value: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::new(value);
        let uri = scan.take_while(|byte| byte != b';' && !is_space(byte));
        if uri.is_empty() || uri.iter().any(|byte| b"?,\">".contains(byte)) {
            return None;
        }
        Some(Self { display: &[], uri, params: Params::new(scan.rest())? })
    }

    /// The address in its parts.
    pub fn parsed_uri(&self) -> Option<Uri<'a>> {
        Uri::parse(self.uri)
    }

    /// The tag, if it has one.
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.params.value("tag")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_as_they_came() {
        for (value, display, uri, tag) in [
            (
                &b"\"J \\\\\\\"\"   <sip:j@x>\r\n  ;\r\n  tag = 98"[..],
                &b"\"J \\\\\\\"\""[..],
                "sip:j@x",
                Some("98"),
            ),
            (b"caller<sip:c@x>;tag=3", b"caller", "sip:c@x", Some("3")),
            (b"Ren\xe9 <sip:r@x>", b"Ren\xe9", "sip:r@x", None),
            (b"Bell, A. <sip:a@x>;tag=4", b"Bell, A.", "sip:a@x", Some("4")),
            (b"sip:u@x ;   tag    = 19n", b"", "sip:u@x", Some("19n")),
            (b"<tel:+4411;ext=3>;tag=1", b"", "tel:+4411;ext=3", Some("1")),
            (b"\"W\" < sip:w@x >", b"\"W\"", "sip:w@x", None),
        ] {
            let read = NameAddr::parse(value).unwrap();
            assert_eq!((read.display, read.uri), (display, uri.as_bytes()));
            assert_eq!(read.tag(), tag.map(str::as_bytes));
        }
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        for wrong in [
            "",
            "\"open <sip:x@y>",
            "\"a\"",
            "<sip:x",
            "<>",
            "sip:x@y?Route=z",
            "<sip:x>;;",
            "a\"b\"c <sip:x>",
        ] {
            assert_eq!(NameAddr::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
