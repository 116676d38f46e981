//! A certificate authority with one above and one below, and a certificate for each fault.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, CustomExtension,
    DnType, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

use super::{Behaviour, NAMES};

/// The year in which what has expired did so, and in which what is not valid yet begins.
const PAST: i32 = 2020;
const FUTURE: i32 = 2090;
const SERIAL: u64 = 4711;

type Authority = CertifiedIssuer<'static, KeyPair>;

pub struct Certificates {
    pub root: CertificateDer<'static>,
    /// A list that calls back the good certificate, in PEM.
    pub revoked: String,
    trusted: Authority,
    sub: Authority,
    expired_sub: Authority,
    untrusted: Authority,
    key: KeyPair,
}

impl Certificates {
    pub fn new() -> Self {
        let trusted =
            Authority::self_signed(authority("Root of the Tests"), KeyPair::generate().unwrap()).unwrap();
        let under = |name: &str, until: i32| {
            let mut params = authority(name);
            params.not_after = date_time_ymd(until, 6, 1);
            Authority::signed_by(params, KeyPair::generate().unwrap(), &trusted).unwrap()
        };
        let (sub, expired_sub) =
            (under("Issuer of the Tests", FUTURE), under("Old Issuer of the Tests", PAST));
        let untrusted =
            Authority::self_signed(authority("Nobody's Root"), KeyPair::generate().unwrap()).unwrap();
        let revoked = revoked(&sub);
        let (root, key) = (trusted.der().clone(), KeyPair::generate().unwrap());
        Self { root, revoked, trusted, sub, expired_sub, untrusted, key }
    }

    /// What accepts connections with the fault of a behaviour.
    pub fn acceptor(&self, behaviour: &Behaviour) -> TlsAcceptor {
        let provider = Arc::new(crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if *behaviour == Behaviour::AsksForCertificate {
            let mut roots = RootCertStore::empty();
            roots.add(self.root.clone()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let mut config = builder.with_single_cert(self.chain(behaviour), key).unwrap();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }

    fn chain(&self, behaviour: &Behaviour) -> Vec<CertificateDer<'static>> {
        let here = NAMES.iter().chain(&["localhost", "127.0.0.1"]).copied();
        let mut params = named(&here.collect::<Vec<_>>());
        let mut issuer = &self.sub;
        match behaviour {
            Behaviour::Expired => params.not_after = date_time_ymd(PAST, 6, 1),
            Behaviour::NotYetValid => params.not_before = date_time_ymd(FUTURE - 1, 6, 1),
            Behaviour::WrongHost => params = named(&["example.org", "www.example.org"]),
            Behaviour::CommonNameOnly => params.subject_alt_names.clear(),
            Behaviour::ExpiredIntermediate => issuer = &self.expired_sub,
            Behaviour::UntrustedRoot => issuer = &self.untrusted,
            Behaviour::SelfSigned => return vec![params.self_signed(&self.key).unwrap().der().clone()],
            _ => {}
        }
        let own = params.signed_by(&self.key, issuer).unwrap().der().clone();
        match behaviour {
            Behaviour::IncompleteChain => vec![own],
            _ => vec![own, issuer.der().clone()],
        }
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::OrganizationName, "Dial Tests");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(PAST - 1, 1, 1);
    params.not_after = date_time_ymd(FUTURE, 6, 1);
    params
}

fn named(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, NAMES[0]);
    params.not_before = date_time_ymd(PAST - 1, 1, 1);
    params.not_after = date_time_ymd(FUTURE, 6, 1);
    params.serial_number = Some(SerialNumber::from(SERIAL));
    // RFC 5280, section 4.2.2.1: where the issuer's certificate lies, as every public certificate says.
    let place = b"http://ca.test/sub.der";
    let method = [0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2];
    let (inner, place_len) = ((method.len() + 2 + place.len()) as u8, place.len() as u8);
    let access = [&[0x30, inner + 2, 0x30, inner], &method[..], &[0x86, place_len], &place[..]].concat();
    params.custom_extensions.push(CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], access));
    params
}

fn revoked(issuer: &Authority) -> String {
    let revoked = RevokedCertParams {
        serial_number: SerialNumber::from(SERIAL),
        revocation_time: date_time_ymd(PAST, 1, 1),
        reason_code: None,
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(PAST, 1, 1),
        next_update: date_time_ymd(FUTURE, 1, 1),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: vec![revoked],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(issuer).unwrap().pem().unwrap()
}
