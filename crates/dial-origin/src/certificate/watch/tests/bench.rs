//! Authorities, servers on this machine that present what they are told to, and a watch over them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, IsCa, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ResolvesServerCertUsingSni;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::super::*;

/// The name that is asked for.
pub(super) const HOST: &str = "cdn.example.org";

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// A root, and one below it that issues.
pub(super) struct Authority {
    pub(super) root: Issuer,
    pub(super) below: Issuer,
}

impl Authority {
    pub(super) fn new(organisation: &str) -> Self {
        let params = |name: &str| {
            let mut params = CertificateParams::default();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.distinguished_name.push(DnType::OrganizationName, organisation);
            params.distinguished_name.push(DnType::CommonName, name);
            params
        };
        let key = || KeyPair::generate().unwrap();
        let root = CertifiedIssuer::self_signed(params("Root"), key()).unwrap();
        let below = CertifiedIssuer::signed_by(params("Issuer 1"), key(), &root).unwrap();
        Self { root, below }
    }

    /// What a well-kept server presents: valid from January to December 2026.
    pub(super) fn issues(&self) -> Presents {
        self.issues_with(|_| {})
    }

    /// The same, changed first.
    pub(super) fn issues_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Presents {
        let mut params = CertificateParams::new([HOST.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 12, 31);
        params.custom_extensions.push(where_its_issuer_lies());
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let own = params.signed_by(&key, &self.below).unwrap().der().clone();
        Presents { chain: vec![own, self.below.der().clone()], key: key.serialize_der() }
    }
}

/// RFC 5280, section 4.2.2.1: every public certificate says where the one above it could be had.
fn where_its_issuer_lies() -> CustomExtension {
    let address = b"http://ca.example/i";
    let issuers = [0x06, 8, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02]; // id-ad-caIssuers
    let sequence = |content: &[u8]| [&[0x30, content.len() as u8], content].concat();
    let uri = [&[0x86, address.len() as u8], &address[..]].concat();
    let content = sequence(&sequence(&[&issuers[..], &uri].concat()));
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content)
}

/// A chain and its key.
#[derive(Clone)]
pub(super) struct Presents {
    pub(super) chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
}

impl Presents {
    /// A server without a certificate.
    pub(super) fn nothing() -> Self {
        Self { chain: Vec::new(), key: Vec::new() }
    }

    /// Signed by itself.
    pub(super) fn signed_by_itself() -> Self {
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new([HOST.to_owned()]).unwrap().self_signed(&key).unwrap();
        Self { chain: vec![own.der().clone()], key: key.serialize_der() }
    }

    /// Presented on an address, until the test ends.
    pub(super) async fn at(self, address: impl Into<IpAddr>, port: u16) -> SocketAddr {
        let tcp = TcpListener::bind((address.into(), port)).await.unwrap();
        let address = tcp.local_addr().unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth();
        let config = match &self.chain[..] {
            [] => config.with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new())),
            _ => config.with_single_cert(self.chain, PrivateKeyDer::Pkcs8(self.key.into())).unwrap(),
        };
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = tcp.accept().await {
                let _ = acceptor.accept(stream).await;
            }
        });
        address
    }

    pub(super) async fn listens(self) -> SocketAddr {
        self.at([127, 0, 0, 1], 0).await
    }
}

/// A watch over one host, whose addresses the test says.
pub(super) struct Watched {
    folder: TempDir,
    /// Whose host it is; none for our own public name.
    pub(super) origin: Option<String>,
    watch: Watch,
    roots: Arc<RootCertStore>,
}

impl Watched {
    pub(super) fn trusting(authorities: &[&Authority]) -> Self {
        let mut roots = RootCertStore::empty();
        for authority in authorities {
            roots.add(authority.root.der().clone()).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let watch = Watch::new(Vec::new(), folder.path().join("a/seen.json"), Box::new(|_, _| true));
        Self { folder, origin: Some("cdn".into()), watch, roots: Arc::new(roots) }
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("a/seen.json")
    }

    /// The program ends, and begins anew.
    pub(super) fn restart(&mut self) {
        self.watch = Watch::new(Vec::new(), self.file(), Box::new(|_, _| true));
    }

    pub(super) fn allow(&mut self, policy: fn(IpAddr) -> bool) {
        self.watch.policy = Box::new(move |_, address| policy(address));
    }

    /// What is told of the host on these addresses, and whether anything is wrong.
    pub(super) async fn look(&mut self, addresses: &[SocketAddr], at: &str) -> (Vec<What>, bool) {
        let target = Target {
            line: "st-marys".into(),
            origin: self.origin.clone(),
            host: HOST.into(),
            port: 443,
            private: true,
            allowed: Vec::new(),
            roots: Some(Arc::clone(&self.roots)),
        };
        let mut told = Vec::new();
        let mut tell = |event: Event| {
            assert_eq!(event.line, "st-marys");
            told.push(event.what);
        };
        let (at, roots): (Timestamp, _) = (at.parse().unwrap(), Arc::clone(&self.roots));
        let flagged = self.watch.look_at(&[target], addresses, &roots, at, &mut tell).await;
        self.watch.seen.keep().unwrap();
        (told, flagged)
    }
}
