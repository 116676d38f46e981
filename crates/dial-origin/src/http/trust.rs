//! Whom we trust: the strict check of rustls, unchanged, beside a record of what was presented.
//!
//! Nothing here weakens the check; the record lets an alarm name what was refused.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::Policy;
use crate::fault::{Fault, FaultKind};

/// A host that redirects to ever new names does not fill the memory.
const MAX_HOSTS: usize = 64;
/// The largest file of certificates that were called back, in bytes.
const MAX_REVOKED: u64 = 50_000_000;

/// What servers presented of themselves.
#[derive(Debug, Default)]
pub(super) struct Presented {
    hosts: Mutex<HashMap<String, Shown>>,
    asked: AtomicBool,
}

/// What a host presented last, and whether that was since its latest request began.
#[derive(Debug)]
struct Shown {
    chain: Vec<CertificateDer<'static>>,
    is_fresh: bool,
}

impl Presented {
    /// A request to a host begins: what it presented before is no longer fresh.
    pub(super) fn begin(&self, host: &str) {
        self.asked.store(false, Ordering::Relaxed);
        if let Some(shown) = self.lock().get_mut(host) {
            shown.is_fresh = false;
        }
    }

    /// The chain that a host presented last, its own certificate first.
    pub(super) fn chain(&self, host: &str) -> Option<Vec<CertificateDer<'static>>> {
        self.lock().get(host).map(|shown| shown.chain.clone())
    }

    /// The same, if it was presented since the latest request began.
    pub(super) fn fresh(&self, host: &str) -> Option<Vec<CertificateDer<'static>>> {
        self.lock().get(host).filter(|shown| shown.is_fresh).map(|shown| shown.chain.clone())
    }

    /// Whether a server asked for a certificate of ours since the latest request began.
    pub(super) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    fn note(&self, host: &ServerName<'_>, chain: Vec<CertificateDer<'static>>) {
        let mut hosts = self.lock();
        if hosts.len() >= MAX_HOSTS {
            hosts.clear();
        }
        hosts.insert(host.to_str().into_owned(), Shown { chain, is_fresh: true });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Shown>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The settings of TLS for one client. `roots` are trusted besides those of this machine and Mozilla's.
pub(super) fn tls(
    policy: &Policy,
    roots: &[CertificateDer<'static>],
    presented: &Arc<Presented>,
) -> Result<ClientConfig, Fault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = Arc::new(store(roots));
    if roots.is_empty() {
        return Err(Fault::new(FaultKind::NoRoots, ""));
    }
    let mut strict = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
    if let Some(path) = &policy.revoked {
        let lists = revoked(path)
            .map_err(|error| Fault::new(FaultKind::Folder(error.to_string()), path.display().to_string()))?;
        // Otherwise the list of one issuer would refuse everything of every other.
        strict = strict.with_crls(lists).allow_unknown_revocation_status();
    }
    let strict =
        strict.build().map_err(|error| Fault::new(FaultKind::NoRoots, "").with_detail(error.to_string()))?;
    let recorder = Recorder { strict, presented: presented.clone() };
    Ok(config(provider, recorder))
}

fn config(provider: Arc<CryptoProvider>, recorder: Recorder) -> ClientConfig {
    let nobody = Arc::new(Nobody(recorder.presented.clone()));
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for TLS 1.2 and 1.3")
        .dangerous() // It is not: the recorder asks the strict verifier, and returns its verdict.
        .with_custom_certificate_verifier(Arc::new(recorder))
        .with_client_cert_resolver(nobody);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // A resumed session presents no certificate: an expired one would go unseen.
    config.resumption = Resumption::disabled();
    config
}

/// A root that cannot be read is left out; a machine without any has Mozilla's.
fn store(more: &[CertificateDer<'static>]) -> RootCertStore {
    let mut store = Arc::unwrap_or_clone(crate::certificate::roots());
    store.add_parsable_certificates(more.iter().cloned());
    store
}

fn revoked(path: &Path) -> io::Result<Vec<CertificateRevocationListDer<'static>>> {
    if fs::metadata(path)?.len() > MAX_REVOKED {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 50 MB"));
    }
    let text = fs::read(path)?;
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&text).collect();
    lists.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
}

/// The strict verifier, and a record of what it was shown.
#[derive(Debug)]
struct Recorder {
    strict: Arc<WebPkiServerVerifier>,
    presented: Arc<Presented>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates).map(|link| link.clone().into_owned());
        self.presented.note(server_name, chain.collect());
        self.strict.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}

/// We have no certificate of our own; that one was asked for is worth knowing when we are refused.
#[derive(Debug)]
struct Nobody(Arc<Presented>);

impl ResolvesClientCert for Nobody {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.asked.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
