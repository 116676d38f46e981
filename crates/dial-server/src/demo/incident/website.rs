//! A website of this machine over real https, whose certificate can be changed while it runs.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dial_core::catalogue::FileName;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A handshake that takes longer is given up.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// A website with a list and recordings.
pub(crate) struct Website {
    /// Its name.
    pub(crate) host: &'static str,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    listener: std::sync::Mutex<Option<TcpListener>>,
    presented: Arc<Presented>,
    lists: Arc<AtomicU32>,
    folder: PathBuf,
}

/// What is presented at the next handshake.
#[derive(Debug)]
struct Presented(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Presented {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Website {
    /// Serves `data.json` and `audio/` of a folder, once [`serve`](Self::serve) runs.
    pub(super) async fn open(
        host: &'static str,
        folder: &Path,
        certificate: Arc<CertifiedKey>,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("this machine gives no port")?;
        Ok(Self {
            host,
            address: listener.local_addr()?,
            listener: std::sync::Mutex::new(Some(listener)),
            presented: Arc::new(Presented(ArcSwap::new(certificate))),
            lists: Arc::default(),
            folder: folder.into(),
        })
    }

    /// Presents another certificate from now on.
    pub(super) fn present(&self, certificate: Arc<CertifiedKey>) {
        self.presented.0.store(certificate);
    }

    /// How many lists it has given so far.
    pub(crate) fn lists(&self) -> u32 {
        self.lists.load(Ordering::SeqCst)
    }

    /// Serves until it is dropped.
    pub(crate) async fn serve(&self) -> Result<()> {
        let listener = self.listener.lock().ok().and_then(|mut listener| listener.take());
        let tcp = listener.context("the website is served already")?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .context("no version of TLS")?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.presented) as Arc<dyn ResolvesServerCert>);
        let routes = Router::new()
            .route("/{*path}", get(file))
            .with_state((self.folder.clone(), Arc::clone(&self.lists)));
        axum::serve(Tls { tcp, acceptor: TlsAcceptor::from(Arc::new(config)) }, routes).await?;
        Ok(())
    }
}

/// Every connection ends with its answer, so that the next one sees the certificate of its day.
async fn file(
    State((folder, lists)): State<(PathBuf, Arc<AtomicU32>)>,
    UrlPath(path): UrlPath<String>,
) -> Response {
    let Ok(name) = FileName::new(&path) else { return StatusCode::NOT_FOUND.into_response() };
    let Ok(bytes) = tokio::fs::read(folder.join(name.as_str())).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if path == "data.json" {
        lists.fetch_add(1, Ordering::SeqCst);
    }
    ([(header::CONNECTION, "close")], bytes).into_response()
}

struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, from)) = self.tcp.accept().await else { continue };
            // Who does not like the certificate goes away: that is what is shown here.
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, self.acceptor.accept(stream)).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}
