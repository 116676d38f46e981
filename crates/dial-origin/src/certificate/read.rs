//! Reads what a server presents: the chain as it came, nothing trusted because of it.

use std::fmt::Write as _;
use std::net::IpAddr;

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate, X509Name};

use super::Certificate;

/// More certificates than this of one chain are not read.
const MAX_CHAIN: usize = 10;
/// More names than this of one certificate are not read.
const MAX_NAMES: usize = 100;

/// What was presented cannot be read as certificates (RFC 5280).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the certificate: it is not one of RFC 5280")]
pub struct NotACertificate;

impl Certificate {
    /// Reads a chain as `host` presented it, its own certificate first.
    ///
    /// # Errors
    /// If its own certificate cannot be read. One above it that cannot is left out of `chain`.
    pub fn read(
        host: &str,
        address: Option<IpAddr>,
        chain: &[CertificateDer<'_>],
    ) -> Result<Self, NotACertificate> {
        let der = chain.first().ok_or(NotACertificate)?;
        let leaf = parse(der)?;
        let moment = |seconds: i64| Timestamp::from_second(seconds).map_err(|_| NotACertificate);
        let fingerprint = Sha256::digest(der).iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes any text");
            text
        });
        let parsed = chain.iter().take(MAX_CHAIN).filter_map(|der| parse(der).ok());
        Ok(Self {
            host: host.to_owned(),
            address,
            names: names(&leaf),
            issuer: spoken(leaf.issuer()),
            not_before: moment(leaf.validity().not_before.timestamp())?,
            not_after: moment(leaf.validity().not_after.timestamp())?,
            chain: parsed.map(|one| spoken(one.subject())).collect(),
            fingerprint,
        })
    }
}

/// How the certificates of a chain hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Each is signed by the next.
    Whole,
    /// There is one, and it signed itself.
    SelfSigned,
    /// There is one, and another that is not there signed it.
    Alone,
    /// One is not signed by the next.
    Broken,
}

impl Links {
    /// Of a chain, its own certificate first. What cannot be read is broken.
    pub fn of(chain: &[CertificateDer<'_>]) -> Self {
        let parsed: Result<Vec<_>, _> = chain.iter().take(MAX_CHAIN).map(parse).collect();
        match parsed.as_deref() {
            Ok([leaf]) if signed(leaf, leaf) => Self::SelfSigned,
            Ok([_]) => Self::Alone,
            Ok(several @ [_, ..]) if several.windows(2).all(|pair| signed(&pair[0], &pair[1])) => Self::Whole,
            _ => Self::Broken,
        }
    }
}

fn parse<'a>(der: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, NotACertificate> {
    X509Certificate::from_der(der).map(|(_, certificate)| certificate).map_err(|_| NotACertificate)
}

fn signed(one: &X509Certificate<'_>, by: &X509Certificate<'_>) -> bool {
    // A signature of a kind that we do not know is not held against it: the strict check decides.
    one.issuer() == by.subject()
        && !matches!(
            one.verify_signature(Some(by.public_key())),
            Err(x509_parser::error::X509Error::SignatureVerificationError)
        )
}

/// The names for which it counts: those of RFC 6125, never its common name.
fn names(leaf: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(alternatives)) = leaf.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => address(octets).map(|address| address.to_string()),
        _ => None,
    };
    alternatives.value.general_names.iter().filter_map(name).take(MAX_NAMES).collect()
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let four: Result<[u8; 4], _> = octets.try_into();
    let sixteen: Result<[u8; 16], _> = octets.try_into();
    four.map(IpAddr::from).or(sixteen.map(IpAddr::from)).ok()
}

/// Organisation and common name; else whatever is there.
fn spoken(name: &X509Name<'_>) -> String {
    let organisation = name.iter_organization().filter_map(|part| part.as_str().ok());
    let common = name.iter_common_name().filter_map(|part| part.as_str().ok());
    let words: Vec<_> = organisation.chain(common).collect();
    if words.is_empty() { name.to_string() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

    use super::*;

    fn authority() -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::OrganizationName, "St Mary's");
        params.distinguished_name.push(DnType::CommonName, "Root");
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    fn leaf(issuer: &CertifiedIssuer<'static, KeyPair>) -> CertificateDer<'static> {
        let names = ["phone.example.org".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 4, 1);
        params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().clone()
    }

    #[test]
    fn what_a_server_presents_is_read_as_it_came() {
        let root = authority();
        let chain = [leaf(&root), root.der().clone()];
        let certificate = Certificate::read("phone.example.org", None, &chain).unwrap();
        assert_eq!(certificate.names, ["phone.example.org", "127.0.0.1"]);
        assert_eq!(certificate.issuer, "St Mary's, Root");
        assert_eq!(certificate.not_before, "2026-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(certificate.not_after, "2026-04-01T00:00:00Z".parse().unwrap());
        assert_eq!((certificate.chain.len(), certificate.fingerprint.len()), (2, 64));
    }

    #[test]
    fn the_links_of_a_chain_are_told_apart() {
        let (root, other) = (authority(), authority());
        let der = |issuer: &CertifiedIssuer<'static, KeyPair>| issuer.der().clone();
        assert_eq!(Links::of(&[leaf(&root), der(&root)]), Links::Whole);
        assert_eq!(Links::of(&[der(&root)]), Links::SelfSigned);
        assert_eq!(Links::of(&[leaf(&root)]), Links::Alone);
        assert_eq!(Links::of(&[leaf(&root), der(&other)]), Links::Broken);
        assert_eq!(Links::of(&[]), Links::Broken);
    }

    #[test]
    fn what_is_no_certificate_is_refused_and_never_panics() {
        let root = authority();
        let whole = leaf(&root);
        for end in 0..whole.len() {
            let torn = CertificateDer::from(whole[..end].to_vec());
            assert_eq!(Certificate::read("a", None, &[torn]), Err(NotACertificate), "{end}");
        }
    }
}
