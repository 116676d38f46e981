//! `[https]`: where `dial` answers https itself, and the certificate that it presents there.
//!
//! It must not read any certificate, nor ask for one.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use reqwest::Url;
use serde::Serialize;

use super::section::{Section, refused};

/// Let's Encrypt's own.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// More names than this are not put into one certificate.
const MAX_DOMAINS: usize = 20;

/// Where `dial` answers https itself, and with which certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Https {
    /// The address and port; none: there is plain HTTP only.
    pub(crate) listen: Option<SocketAddr>,
    /// The certificate and those above it, in PEM.
    pub(crate) certificate_file: Option<PathBuf>,
    /// Its key, in PEM.
    pub(crate) key_file: Option<PathBuf>,
    /// Whether we ask for a certificate of our own.
    pub(crate) acme: bool,
    /// The names that it is for.
    pub(crate) acme_domains: Vec<String>,
    /// Where the authority may write to, should something be wrong with it.
    pub(crate) acme_email: Option<String>,
    /// Where the authority is asked (RFC 8555, section 7.1.1).
    pub(crate) acme_directory: String,
    /// The root that vouches for the authority's own server, in PEM; none: those that all trust.
    pub(crate) acme_ca_file: Option<PathBuf>,
}

/// Where the certificate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CertificateFrom<'a> {
    /// Two files that somebody else renews.
    Files {
        /// The chain.
        certificate: &'a PathBuf,
        /// The key.
        key: &'a PathBuf,
    },
    /// An authority that we ask ourselves.
    Acme,
}

impl Default for Https {
    fn default() -> Self {
        Self {
            listen: None,
            certificate_file: None,
            key_file: None,
            acme: false,
            acme_domains: Vec::new(),
            acme_email: None,
            acme_directory: LETS_ENCRYPT.into(),
            acme_ca_file: None,
        }
    }
}

impl Https {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let mut https = Self::default();
        let address = |text: &str| text.parse().map_err(|_| refused(text));
        https.listen = section.text("listen", "an address and a port, such as \"0.0.0.0:443\"", address);
        https.certificate_file = section.path("certificate_file");
        https.key_file = section.path("key_file");
        section.switch("acme", &mut https.acme);
        https.acme_domains = section.texts("acme_domains", "names such as \"phone.example.org\"", domain);
        https.acme_email = section.text("acme_email", "an address of e-mail", email);
        if let Some(url) = section.text("acme_directory", "an address that begins with https://", directory) {
            https.acme_directory = url;
        }
        https.acme_ca_file = section.path("acme_ca_file");
        https.check(&section);
        section.finish();
        https
    }

    /// Where the certificate comes from, where it is said.
    pub(crate) fn certificate(&self) -> Option<CertificateFrom<'_>> {
        match (&self.certificate_file, &self.key_file) {
            _ if self.acme => Some(CertificateFrom::Acme),
            (Some(certificate), Some(key)) => Some(CertificateFrom::Files { certificate, key }),
            _ => None,
        }
    }

    fn check(&self, section: &Section<'_, '_>) {
        match (&self.certificate_file, &self.key_file) {
            (Some(_), None) => {
                section.conflict("certificate_file", "its key is missing", "write key_file too");
            }
            (None, Some(_)) => {
                section.conflict("key_file", "its certificate is missing", "write certificate_file too");
            }
            (Some(_), Some(_)) if self.acme => {
                section.conflict("acme", "there is a certificate in a file too", "keep one of the two");
            }
            _ => {}
        }
        match (self.certificate(), self.listen) {
            (Some(_), None) => section.conflict(
                "listen",
                "there is a certificate, and nobody listens",
                "write listen = \"0.0.0.0:443\"",
            ),
            (None, Some(_)) if self.certificate_file.is_none() && self.key_file.is_none() => section
                .conflict(
                    "listen",
                    "there is no certificate to present",
                    "write certificate_file and key_file, or acme = true and acme_domains",
                ),
            _ => {}
        }
        if self.acme && self.acme_domains.is_empty() {
            section.conflict("acme", "it needs a name", "write acme_domains = [\"phone.example.org\"]");
        }
        if self.acme_domains.len() > MAX_DOMAINS {
            section.conflict("acme_domains", "these are more than 20 names", "write fewer");
        }
    }
}

/// The name of a host as a certificate may have it: no address, no wildcard, for neither can be
/// proven by a connection to port 443 (RFC 8737).
fn domain(text: &str) -> Result<String, String> {
    let label = |label: &str| {
        let inside = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && inside && !label.starts_with('-') && !label.ends_with('-')
    };
    let whole = text.len() <= 253 && text.parse::<IpAddr>().is_err() && text.split('.').all(label);
    if whole { Ok(text.to_ascii_lowercase()) } else { Err(refused(text)) }
}

fn email(text: &str) -> Result<String, String> {
    let whole = text.split_once('@').is_some_and(|(who, host)| !who.is_empty() && domain(host).is_ok());
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if whole && plain { Ok(text.to_owned()) } else { Err(refused(text)) }
}

fn directory(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https" && url.username().is_empty());
    url.map(|_| text.to_owned()).ok_or_else(|| "this is no address of https".to_owned())
}
