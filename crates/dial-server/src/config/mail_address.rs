//! An address of e-mail. A volunteer's address is private: it prints masked.

use std::fmt;
use std::str::FromStr;

use lettre::Address;
use serde::{Serialize, Serializer};

/// An address of e-mail (RFC 5321, section 4.1.2), without a name.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct MailAddress(Address);

impl MailAddress {
    /// What is accepted, in words.
    pub(super) const EXPECTED: &str = "an address such as \"dial@example.org\"";

    /// The address itself, for the mail server.
    pub(crate) fn expose(&self) -> &Address {
        &self.0
    }
}

impl FromStr for MailAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        text.parse().map(Self).map_err(|_| "this is not an address of e-mail")
    }
}

/// The first letter, and where it goes.
impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first: String = self.0.user().chars().take(1).collect();
        write!(f, "{first}…@{}", self.0.domain())
    }
}

impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for MailAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_prints_masked_and_a_slip_is_refused() {
        let address: MailAddress = "warden@example.org".parse().unwrap();
        assert_eq!(format!("{address} {address:?}"), "w…@example.org w…@example.org");
        for wrong in ["warden", "warden@", "@example.org", "Warden <warden@example.org>", "a@b\nBcc: c@d"] {
            assert!(wrong.parse::<MailAddress>().is_err(), "{wrong}");
        }
    }
}
