//! Whom we trust: the strict check of rustls, unchanged, beside a record of what was presented.
//!
//! Nothing here weakens the check; the record lets an alarm name what was refused.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption, VerifierBuilderError, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::presented::Presented;

/// The roots of this machine and those of the program: a machine without any, or with old ones, still checks.
pub fn roots() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    Arc::new(roots)
}

/// TLS to others as of a time: whoever stands the strict check is spoken to, and whoever does not is noted
/// all the same. `revoked` are certificates that their issuers have called back.
///
/// # Errors
/// If there is no root at all, or a list of what was called back cannot be read.
pub(crate) fn tls(
    roots: Arc<RootCertStore>,
    revoked: Vec<CertificateRevocationListDer<'static>>,
    presented: &Arc<Presented>,
    time: Arc<dyn TimeProvider>,
) -> Result<ClientConfig, VerifierBuilderError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    // Otherwise the list of one issuer would refuse everything of every other.
    let strict = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
        .with_crls(revoked)
        .allow_unknown_revocation_status()
        .build()?;
    let recorder = Recorder { strict, presented: Arc::clone(presented) };
    Ok(config(provider, time, recorder))
}

fn config(provider: Arc<CryptoProvider>, time: Arc<dyn TimeProvider>, recorder: Recorder) -> ClientConfig {
    let nobody = Arc::new(Nobody(Arc::clone(&recorder.presented)));
    let mut config = ClientConfig::builder_with_details(provider, time)
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for TLS 1.2 and 1.3")
        .dangerous() // It is not: the recorder asks the strict verifier, and returns its verdict.
        .with_custom_certificate_verifier(Arc::new(recorder))
        .with_client_cert_resolver(nobody);
    // A resumed session presents no certificate: an expired one would go unseen.
    config.resumption = Resumption::disabled();
    config
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
        self.0.note_asked();
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
