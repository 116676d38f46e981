//! Where the chain that a server presents breaks off: it decides nothing, and helps a person to mend it.

use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS;
use x509_parser::parse_x509_certificate;

/// What an issuer that nobody knows may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    /// The certificate is its own issuer.
    SelfSigned,
    /// The one above it was not presented, though it says where it could be had.
    Incomplete,
    /// The chain ends at somebody whom nobody knows.
    Unknown,
}

/// Where a chain that leads to nobody known breaks off.
pub(crate) fn gap(chain: &[CertificateDer<'_>]) -> Gap {
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
