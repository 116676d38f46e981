//! Chains, a server and connections for the tests.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::super::keeper::{Keeper, News, Source, chain};
use super::super::{Files, Listener, Served};
use crate::clock::Clock;

/// The name of the server.
pub(super) const NAME: &str = "phone.example.org";

/// A root that signs.
pub(super) struct Root(pub(super) CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub(super) struct Pem {
    pub(super) chain: String,
    pub(super) key: String,
}

impl Root {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Root of a test");
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for the server, with the root behind it.
    pub(super) fn signs(&self) -> Pem {
        self.signs_with(|_| {})
    }

    /// The same, changed first.
    pub(super) fn signs_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Pem {
        let mut params = CertificateParams::new([NAME.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.0).unwrap();
        Pem { chain: leaf.pem() + &self.0.pem(), key: key.serialize_pem() }
    }
}

/// Two files, what keeps them in use, and what it tells.
pub(super) struct Kept {
    folder: TempDir,
    pub(super) served: Arc<Served>,
    keeper: Keeper,
    clock: Clock,
}

impl Kept {
    /// At a moment when the certificates without dates of their own are valid.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let served = Arc::new(Served::default());
        let files = Files::new(&folder.path().join("chain.pem"), &folder.path().join("key.pem"));
        let keeper = Keeper::new(Arc::clone(&served), Source::Files(files));
        let clock = Clock::from_fn(|| "2026-06-01T12:00:00Z".parse().unwrap());
        Self { folder, served, keeper, clock }
    }

    pub(super) fn write_chain(&self, pem: &Pem) {
        std::fs::write(self.path("chain.pem"), &pem.chain).unwrap();
    }

    pub(super) fn write_key(&self, pem: &Pem) {
        std::fs::write(self.path("key.pem"), &pem.key).unwrap();
    }

    pub(super) fn write(&self, pem: &Pem) {
        self.write_chain(pem);
        self.write_key(pem);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Looks as often as it takes for a change to be taken, and returns what was told.
    pub(super) async fn look(&mut self) -> Vec<String> {
        let mut told = self.look_once().await;
        told.extend(self.look_once().await);
        told
    }

    pub(super) async fn look_once(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        let mut tell = |news| told.push(words(&news));
        self.keeper.tend(&self.clock, &mut tell).await;
        told
    }
}

/// News in a row of text, without what changes from run to run.
fn words(news: &News) -> String {
    match news {
        News::Presents(certificate, life) => format!("presents {} ({life:?})", certificate.names.join(", ")),
        News::Stays { error, .. } => chain(error),
    }
}

/// Serves the word `alive` with what is presented.
pub(super) async fn serve(served: &Arc<Served>) -> SocketAddr {
    let tcp = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = tcp.local_addr().unwrap();
    let routes = Router::new().route("/", get(|| async { "alive" }));
    let listener = Listener::new(tcp, Arc::clone(served));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// A connection that trusts one root.
pub(super) async fn connect(address: SocketAddr, root: &Root) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(root.0.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(NAME).unwrap(), stream).await
}

/// What a connection was presented.
pub(super) fn presented(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

/// Asks over a connection, which stays open.
pub(super) async fn ask(stream: &mut TlsStream<TcpStream>) -> String {
    stream.write_all(b"GET / HTTP/1.1\r\nhost: phone.example.org\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"alive") {
        let mut piece = [0; 512];
        let count = stream.read(&mut piece).await.unwrap();
        assert!(count > 0, "the connection has ended: {}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&piece[..count]);
    }
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}
