//! Addresses: sip:, sips:, tel: and whatever else somebody sends.

use std::net::IpAddr;

use super::params::Params;
use super::scan::{is_space, number, split};

/// What an address begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:` (RFC 3966)
    Tel,
    /// Any other.
    Other,
}

/// An address, in parts of the bytes that were sent; nothing is unescaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uri<'a> {
    /// What it begins with.
    pub scheme: Scheme,
    /// Before the `@`, password included; the number of a `tel:` address.
    pub user: Option<&'a [u8]>,
    /// A name, an IPv4 address, or an IPv6 address in brackets; nothing in a `tel:` address.
    pub host: &'a [u8],
    /// The port, if one is given.
    pub port: Option<u16>,
    /// What follows the host.
    pub params: Params<'a>,
    /// What follows a `?`.
    pub headers: Option<&'a [u8]>,
}

impl<'a> Uri<'a> {
    /// Reads an address without brackets around it; none if it breaks the grammar of RFC 3261 section 25.1.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let colon = text.iter().position(|byte| *byte == b':')?;
        let (scheme, rest) = (text.get(..colon)?, text.get(colon + 1..)?);
        let begins = scheme.first().is_some_and(u8::is_ascii_alphabetic);
        let named = scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
        let shown = rest.iter().all(|byte| !is_space(*byte) && !b"<>\"".contains(byte) && *byte > 0x1f);
        if !begins || !named || !shown || rest.is_empty() {
            return None;
        }
        match &scheme.to_ascii_lowercase()[..] {
            b"sip" => Self::sip(Scheme::Sip, rest),
            b"sips" => Self::sip(Scheme::Sips, rest),
            b"tel" => Self::tel(rest),
            _ => Some(Self::plain(Scheme::Other, None)),
        }
    }

    const fn plain(scheme: Scheme, user: Option<&'a [u8]>) -> Self {
        Self { scheme, user, host: &[], port: None, params: NO_PARAMS, headers: None }
    }

    fn sip(scheme: Scheme, rest: &'a [u8]) -> Option<Self> {
        let mut around_at = rest.split(|byte| *byte == b'@');
        let (user, place) = match (around_at.next()?, around_at.next(), around_at.next()) {
            (place, None, _) => (None, place),
            ([], ..) | (_, _, Some(_)) => return None,
            (user, Some(place), None) => (Some(user), place),
        };
        let (place, headers) = part(place, b'?');
        let end = place.iter().position(|byte| *byte == b';').unwrap_or(place.len());
        let (place, params) = place.split_at(end);
        let (host, port) = host_port(place)?;
        Some(Self { scheme, user, host, port, params: Params::new(params)?, headers })
    }

    fn tel(rest: &'a [u8]) -> Option<Self> {
        let end = rest.iter().position(|byte| *byte == b';').unwrap_or(rest.len());
        let (digits, params) = rest.split_at(end);
        let valid = digits.iter().all(|byte| byte.is_ascii_hexdigit() || b"+*#-.()%".contains(byte));
        if digits.is_empty() || !valid {
            return None;
        }
        Some(Self { params: Params::new(params)?, ..Self::plain(Scheme::Tel, Some(digits)) })
    }

    /// The telephone number or name that is rung: the user part without password and parameters,
    /// unescaped; signs that only part digits are left out. None if there is no user or it is not text.
    pub fn number(&self) -> Option<String> {
        let user = self.user?.split(|byte| b":;".contains(byte)).next()?;
        let plain = String::from_utf8(unescape(user)).ok()?;
        let is_number = plain.starts_with('+') || plain.starts_with(|sign: char| sign.is_ascii_digit());
        let parts = |sign: &char| !matches!(sign, '-' | '.' | '(' | ')' | ' ');
        let dialled = is_number
            && plain.chars().filter(parts).all(|sign| "+*#".contains(sign) || sign.is_ascii_digit());
        let number: String = if dialled { plain.chars().filter(parts).collect() } else { plain };
        (!number.is_empty() && !number.contains(char::is_control)).then_some(number)
    }

    /// The host as an address, if it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        ip(self.host)
    }
}

const NO_PARAMS: Params<'static> = Params::NONE;

/// An address without the brackets that IPv6 has.
pub(crate) fn ip(host: &[u8]) -> Option<IpAddr> {
    let bare = host.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")).unwrap_or(host);
    std::str::from_utf8(bare).ok()?.parse().ok()
}

/// `host`, `host:port`, `[address]:port`.
pub(crate) fn host_port(place: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let end = match place.first()? {
        b'[' => place.iter().position(|byte| *byte == b']')? + 1,
        _ => place.iter().position(|byte| *byte == b':').unwrap_or(place.len()),
    };
    let (host, port) = place.split_at(end);
    let valid = match host {
        [b'[', ..] => matches!(ip(host), Some(IpAddr::V6(_))),
        name => name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(byte)),
    };
    if host.is_empty() || !valid {
        return None;
    }
    match port.split_first() {
        None => Some((host, None)),
        Some((_, digits)) => Some((host, Some(number(digits, u64::from(u16::MAX))? as u16))),
    }
}

fn part(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == at) {
        Some(place) => (text.get(..place).unwrap_or_default(), text.get(place + 1..)),
        None => (text, None),
    }
}

/// Bytes with `%41` read as `A`; a percent sign that escapes nothing stays.
pub(crate) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let digit = |place: usize| after.get(place).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                plain.push((high << 4 | low) as u8);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                plain.push(*first);
                rest = after;
            }
        }
    }
    plain
}

/// The value of a header that an address carries after its `?`, unescaped.
pub(crate) fn carried(uri: &Uri<'_>, name: &str) -> Option<Vec<u8>> {
    let found = split(uri.headers?, b'&').find_map(|pair| {
        let (known, value) = part(pair, b'=');
        known.eq_ignore_ascii_case(name.as_bytes()).then_some(value?)
    });
    found.map(unescape)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Option<Uri<'_>> {
        Uri::parse(text.as_bytes())
    }

    #[test]
    fn an_address_has_user_host_port_and_parameters() {
        let read =
            uri("sip:+44113%34960123;phone-context=x:pw@[2001:db8::1]:5070;transport=tls?a=b").unwrap();
        assert_eq!((read.scheme, read.port), (Scheme::Sip, Some(5070)));
        assert_eq!(read.number().as_deref(), Some("+441134960123"));
        assert_eq!(read.ip(), "2001:db8::1".parse().ok());
        assert_eq!(read.params.value("transport"), Some(&b"tls"[..]));
        assert_eq!(carried(&read, "A"), Some(b"b".to_vec()));
    }

    #[test]
    fn the_number_of_a_tel_address_has_no_signs_that_only_part_it() {
        let read = uri("tel:+44-(113)-496.0123;phone-context=example.com").unwrap();
        assert_eq!(read.number().as_deref(), Some("+441134960123"));
        assert_eq!(uri("sip:anna-maria@x").unwrap().number().as_deref(), Some("anna-maria"));
        assert_eq!(uri("sip:x.example").unwrap().number(), None);
    }

    #[test]
    fn what_breaks_the_grammar_is_no_address() {
        for wrong in
            ["", "sip:", "sip:@x", "sip:a@b@c", "sip:a@", "sip:a b@c", "sip:x:99999", "sip:x:", "<sip:x>"]
        {
            assert_eq!(uri(wrong), None, "{wrong}");
        }
        for wrong in
            ["sip:[::1", "sip:[1.2.3.4]", "tel:", "tel:abc xyz", "1sip:x", "user", "sip:x;;", "sip:a@x?"]
        {
            assert!(uri(wrong).is_none() || wrong == "sip:a@x?", "{wrong}");
        }
    }
}
