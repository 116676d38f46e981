//! `[[sip.account]]`: an account at a telephone company, as a telephone has one.
//!
//! It holds the names of secrets, never a secret; it asks nobody for anything.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::line::{SLUG, slug};
use super::section::Section;
use super::sip::{host, user};

/// An account at a telephone company: its calls come to us for as long as we say that we are there (RFC 3261,
/// section 10).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(crate) struct SipAccount {
    /// Its name in logs and records.
    pub(crate) name: String,
    /// The company's name or address.
    pub(crate) registrar: String,
    /// Its port; otherwise the usual one, or what its name says in DNS.
    pub(crate) port: u32,
    /// How SIP travels there; none: as its name says in DNS, otherwise as datagrams.
    pub(crate) transport: Option<Way>,
    /// The account's name, often the number.
    pub(crate) user: String,
    /// The name that goes with the password, if it is another.
    pub(crate) auth_user: Option<String>,
    /// A file with nothing but the password.
    pub(crate) password_file: PathBuf,
    /// How long we ask to be remembered, in seconds.
    pub(crate) expires_s: u32,
    /// Whether sound comes from another address than the company tells.
    pub(crate) nat: bool,
    /// The line that its calls are for; none: the called number says it.
    pub(crate) line: Option<String>,
}

/// How SIP travels to a telephone company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream under TLS.
    Tls,
}

impl SipAccount {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        section.require("name", "write name = \"carrier\", or what fits");
        section.require("registrar", "write registrar = \"sip.example.org\"");
        section.require("user", "write user = \"441134960123\", or what the company calls you");
        section.require("password_file", "write the password into a file, and its path here");
        let mut account = Self { expires_s: 600, ..Self::default() };
        account.name = section.text("name", SLUG, slug).unwrap_or_default();
        account.registrar =
            section.text("registrar", "a name such as \"sip.example.org\"", host).unwrap_or_default();
        section.number_or_never("port", 1..=65_535, &mut account.port);
        account.transport = section.choice("transport");
        account.user = section.text("user", "the account's name", user).unwrap_or_default();
        account.auth_user = section.text("auth_user", "the name that goes with the password", user);
        account.password_file = section.path("password_file").unwrap_or_default();
        section.number("expires_s", 60..=86_400, &mut account.expires_s);
        section.switch("nat", &mut account.nat);
        account.line = section.text("line", SLUG, slug);
        section.finish();
        account
    }
}
