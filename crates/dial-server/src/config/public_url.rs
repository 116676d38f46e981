//! The address under which a provider calls us.
//!
//! It is kept as it was typed, for a provider signs what it was told to call:
//! a parser that lower-cases a host or drops a port would make every signature wrong.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use serde::Serialize;

/// An absolute `http` or `https` address without user, query, fragment or slash at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct PublicUrl(String);

impl PublicUrl {
    /// What is accepted, in words.
    pub(super) const EXPECTED: &str =
        "the address that the provider calls, such as \"https://phone.example.org\"";

    /// The address, ready for a path that begins with a slash.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why an address cannot be the public one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotPublic {
    /// It is no absolute address.
    #[error("this is not a whole address")]
    NotAnAddress,
    /// Another scheme.
    #[error("the address does not begin with https:// or http://")]
    Scheme,
    /// Credentials would be shown wherever the address is.
    #[error("the address holds a user name or password")]
    User,
    /// A path could not be added behind it.
    #[error("the address has a `?` or a `#`")]
    Query,
}

impl FromStr for PublicUrl {
    type Err = NotPublic;

    fn from_str(text: &str) -> Result<Self, NotPublic> {
        let url = Url::parse(text).map_err(|_| NotPublic::NotAnAddress)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(NotPublic::Scheme);
        }
        if text.contains('@') {
            return Err(NotPublic::User);
        }
        if text.contains(['?', '#']) {
            return Err(NotPublic::Query);
        }
        // The parser mends blanks, backslashes and missing slashes; a provider would not.
        let whole = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with('/'));
        if !whole
            || text.contains(|sign: char| !sign.is_ascii_graphic() || matches!(sign, '\\' | '"' | '<' | '>'))
        {
            return Err(NotPublic::NotAnAddress);
        }
        Ok(Self(text.trim_end_matches('/').into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_as_typed_but_for_the_slash_at_its_end() {
        for (typed, kept) in [
            ("https://phone.example.org", "https://phone.example.org"),
            ("https://Phone.Example.org:443/", "https://Phone.Example.org:443"),
            ("http://127.0.0.1:8080/dial//", "http://127.0.0.1:8080/dial"),
        ] {
            assert_eq!(typed.parse::<PublicUrl>().unwrap().as_str(), kept);
        }
    }

    #[test]
    fn an_address_that_a_provider_could_not_call_is_refused() {
        for (typed, why) in [
            ("phone.example.org", NotPublic::NotAnAddress),
            ("", NotPublic::NotAnAddress),
            ("/voice", NotPublic::NotAnAddress),
            ("https:phone.example.org", NotPublic::NotAnAddress),
            ("https:///phone.example.org", NotPublic::NotAnAddress),
            (" https://phone.example.org", NotPublic::NotAnAddress),
            ("https://phone.example.org\\", NotPublic::NotAnAddress),
            ("ftp://phone.example.org", NotPublic::Scheme),
            ("https://me:secret@phone.example.org", NotPublic::User),
            ("https://phone.example.org?line=1", NotPublic::Query),
            ("https://phone.example.org/#rc=2", NotPublic::Query),
        ] {
            assert_eq!(typed.parse::<PublicUrl>(), Err(why), "{typed}");
        }
    }
}
