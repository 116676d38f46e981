//! What a server presents of itself, read for a person: it decides nothing.

use std::fmt::Write;
use std::net::IpAddr;

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS;
use x509_parser::parse_x509_certificate;
use x509_parser::x509::X509Name;

use crate::certificate::Certificate;

/// Names beyond this many are not told.
const MAX_NAMES: usize = 100;

/// The certificate of a chain, its own first; none if it cannot be read.
pub(super) fn certificate(host: &str, chain: &[CertificateDer<'_>]) -> Option<Certificate> {
    let own = chain.first()?;
    let (_, parsed) = parse_x509_certificate(own).ok()?;
    let second = |time: i64| Timestamp::from_second(time).ok();
    Some(Certificate {
        host: host.to_owned(),
        address: None,
        names: names(&parsed),
        issuer: person(parsed.issuer()),
        not_before: second(parsed.validity().not_before.timestamp())?,
        not_after: second(parsed.validity().not_after.timestamp())?,
        chain: chain.iter().map(|link| subject(link)).collect(),
        fingerprint: fingerprint(own),
    })
}

/// What an issuer that nobody knows may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// The certificate is its own issuer.
    SelfSigned,
    /// The one above it was not presented, though it says where it could be had.
    Incomplete,
    /// The chain ends at somebody whom nobody knows.
    Unknown,
}

/// Where a chain that leads to nobody known breaks off.
pub(super) fn gap(chain: &[CertificateDer<'_>]) -> Gap {
    let parsed: Vec<X509Certificate<'_>> =
        chain.iter().filter_map(|link| Some(parse_x509_certificate(link).ok()?.1)).collect();
    let Some((own, above)) = parsed.split_first() else {
        return Gap::Unknown;
    };
    if own.subject().as_raw() == own.issuer().as_raw() {
        return Gap::SelfSigned;
    }
    let presented = above.iter().any(|link| link.subject().as_raw() == own.issuer().as_raw());
    if presented || !names_issuer(own) { Gap::Unknown } else { Gap::Incomplete }
}

/// Whether it says where its issuer's certificate lies, as every public one does (RFC 5280, section 4.2.2.1).
fn names_issuer(certificate: &X509Certificate<'_>) -> bool {
    certificate.extensions().iter().any(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityInfoAccess(access) => access
            .accessdescs
            .iter()
            .any(|description| description.access_method == OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS),
        _ => false,
    })
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(alternative)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let names = alternative.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    });
    names.take(MAX_NAMES).collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn subject(certificate: &CertificateDer<'_>) -> String {
    match parse_x509_certificate(certificate) {
        Ok((_, parsed)) => person(parsed.subject()),
        Err(_) => "a certificate that cannot be read".into(),
    }
}

/// Organisation and common name; else whatever is there.
fn person(name: &X509Name<'_>) -> String {
    let parts = name.iter_organization().chain(name.iter_common_name());
    let parts: Vec<&str> = parts.filter_map(|part| part.as_str().ok()).collect();
    if parts.is_empty() { name.to_string() } else { parts.join(", ") }
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(certificate) {
        write!(text, "{byte:02x}").expect("a string takes all that is written to it");
    }
    text
}
