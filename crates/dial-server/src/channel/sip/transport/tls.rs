//! TLS of SIP: our certificate to those who connect, and the strict check of those to whom we connect.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use dial_origin::certificate::{Certificate, roots};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ResolvesServerCert, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use super::Doors;

/// TLS both ways.
#[derive(Clone)]
pub(in crate::channel::sip) struct Tls {
    acceptor: Option<TlsAcceptor>,
    connector: TlsConnector,
    names: Names,
}

/// Who is asked for a certificate when connecting to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::channel::sip) enum Asked {
    /// Nobody is known by one; some telephones would ask their user for it.
    Nobody,
    /// Everybody, and who shows none may still be let in.
    Everybody,
}

/// The names that servers must prove, by their addresses.
#[derive(Clone, Default)]
pub(in crate::channel::sip) struct Names(Arc<Mutex<HashMap<SocketAddr, String>>>);

impl Names {
    /// The server at these addresses must have this name in its certificate.
    pub(in crate::channel::sip) fn expect(&self, servers: impl IntoIterator<Item = SocketAddr>, name: &str) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.extend(servers.into_iter().map(|server| (server, name.to_owned())));
    }

    fn of(&self, server: SocketAddr) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&server).cloned()
    }
}

impl Tls {
    /// With what we present, if anything, and with the roots in a file beside those that all trust.
    pub(in crate::channel::sip) fn new(
        presented: Option<Arc<dyn ResolvesServerCert>>,
        asked: Asked,
        ca_file: Option<&Path>,
        names: Names,
    ) -> Result<Self> {
        let roots = trusted(ca_file)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let acceptor = presented
            .map(|presented| {
                let verifier = match asked {
                    Asked::Nobody => WebPkiClientVerifier::no_client_auth(),
                    Asked::Everybody => verifier(&roots, &provider)?,
                };
                let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
                    .with_safe_default_protocol_versions()?
                    .with_client_cert_verifier(verifier)
                    .with_cert_resolver(presented);
                anyhow::Ok(TlsAcceptor::from(Arc::new(config)))
            })
            .transpose()?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { acceptor, connector: TlsConnector::from(Arc::new(config)), names })
    }

    /// Shakes hands with one who connected. Tells which known name its certificate has, if it showed one.
    pub(super) async fn accept(
        &self,
        stream: TcpStream,
        doors: &Doors,
    ) -> io::Result<(server::TlsStream<TcpStream>, Option<Arc<str>>)> {
        let acceptor =
            self.acceptor.as_ref().ok_or_else(|| io::Error::other("there is no certificate to present"))?;
        let stream = acceptor.accept(stream).await?;
        let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let names =
            Certificate::read("", None, shown).map(|certificate| certificate.names).unwrap_or_default();
        Ok((stream, doors.known(&names)))
    }

    /// Shakes hands with one to whom we connected, and who must be who we wanted.
    pub(super) async fn connect(
        &self,
        stream: TcpStream,
        server: SocketAddr,
    ) -> io::Result<(client::TlsStream<TcpStream>, Arc<str>)> {
        let name = self.names.of(server).ok_or_else(|| io::Error::other("nobody knows its name"))?;
        let proved = ServerName::try_from(name.clone()).map_err(io::Error::other)?;
        Ok((self.connector.connect(proved, stream).await?, Arc::from(name)))
    }
}

/// Who shows a certificate must be who it says; a softphone shows none.
fn verifier(
    roots: &Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>> {
    WebPkiClientVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(provider))
        .allow_unauthenticated()
        // RFC 5246 section 7.4.4: the list may be empty. With the names of all roots it is longer than a record,
        // and telephones with Mbed TLS read no message that is.
        .clear_root_hint_subjects()
        .build()
        .context("there are no roots to check the certificates of telephone companies with")
}

/// Those that all trust, and those in a file.
fn trusted(ca_file: Option<&Path>) -> Result<Arc<RootCertStore>> {
    let mut trusted = roots();
    if let Some(file) = ca_file {
        let cannot = || format!("cannot read the certificates in `{}`", file.display());
        let certificates: Vec<CertificateDer> =
            CertificateDer::pem_file_iter(file).and_then(Iterator::collect).with_context(cannot)?;
        let (taken, _) = Arc::make_mut(&mut trusted).add_parsable_certificates(certificates);
        anyhow::ensure!(taken > 0, "there is no certificate in `{}`", file.display());
    }
    Ok(trusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_asked_for_a_certificate_is_not_sent_the_names_of_all_roots() {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = verifier(&trusted(None).unwrap(), &provider).unwrap();
        assert!(verifier.offer_client_auth() && !verifier.client_auth_mandatory());
        assert!(verifier.root_hint_subjects().is_empty());
    }
}
