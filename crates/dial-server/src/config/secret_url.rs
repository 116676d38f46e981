//! An address that whoever knows it can use: a topic, a hook, a switch. It prints without its path.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;
use serde::{Serialize, Serializer};

/// An `http` or `https` address without a user; only its host is shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretUrl(Url);

impl SecretUrl {
    /// What is accepted, in words.
    pub(super) const EXPECTED: &str = "an address that begins with https://";

    /// The whole address, for the one request that needs it.
    pub(crate) fn expose(&self) -> &Url {
        &self.0
    }

    /// Its host, for a sentence.
    pub(crate) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether it leads to this machine.
    pub(crate) fn is_local(&self) -> bool {
        let host = self.host().trim_matches(['[', ']']);
        host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }

    /// Whether nobody on the way can read what is sent.
    pub(super) fn is_private(&self) -> bool {
        self.0.scheme() == "https" || self.is_local()
    }
}

/// Why an address is refused; it is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAnAddress {
    /// It is no absolute address of the web.
    #[error("this is not a whole address")]
    NotWhole,
    /// A secret in the file.
    #[error("the address holds a user name or password")]
    User,
}

impl FromStr for SecretUrl {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let url = Url::parse(text).map_err(|_| NotAnAddress::NotWhole)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(NotAnAddress::NotWhole);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotAnAddress::User);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/…", self.0.scheme(), self.host())
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for SecretUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_prints_without_what_makes_it_a_secret() {
        let url: SecretUrl = "https://hooks.example.org:8443/T00/B00?key=s3cret".parse().unwrap();
        assert_eq!(format!("{url} {url:?}"), "https://hooks.example.org/… https://hooks.example.org/…");
    }

    #[test]
    fn what_is_no_address_of_the_web_is_refused() {
        for (text, why) in [
            ("ntfy.sh/topic", NotAnAddress::NotWhole),
            ("ftp://ntfy.sh/topic", NotAnAddress::NotWhole),
            ("", NotAnAddress::NotWhole),
            ("https://me:secret@ntfy.sh/topic", NotAnAddress::User),
        ] {
            assert_eq!(text.parse::<SecretUrl>(), Err(why), "{text}");
        }
    }
}
