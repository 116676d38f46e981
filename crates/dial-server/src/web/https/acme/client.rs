//! Asks an authority over HTTP, with deadlines and bounds.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http;
use bytes::{Bytes, BytesMut};
use dial_origin::disk;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use reqwest::Client;
use reqwest::redirect::Policy;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::super::pair::MAX_PEM;
use super::AcmeError;

/// The largest request or answer, in bytes.
const MAX_BODY: usize = 1 << 20;
/// To connect, and for a whole request.
const CONNECT: Duration = Duration::from_secs(10);
const REQUEST: Duration = Duration::from_secs(30);

struct Http(Client);

/// A client that trusts the roots of one file, or those that everybody trusts.
pub(super) fn new(ca_file: Option<&Path>) -> Result<Box<dyn HttpClient>, AcmeError> {
    let roots = match ca_file {
        Some(file) => {
            Arc::new(read(file).map_err(|source| AcmeError::Root { file: file.to_owned(), source })?)
        }
        None => dial_origin::certificate::roots(),
    };
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for the versions that are compiled in")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .redirect(Policy::none())
        .connect_timeout(CONNECT)
        .timeout(REQUEST)
        .build();
    Ok(Box::new(Http(client.map_err(AcmeError::Client)?)))
}

fn read(file: &Path) -> io::Result<RootCertStore> {
    let text = disk::read(file, MAX_PEM)?;
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(&text) {
        let wrong = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        roots
            .add(root.map_err(|error| wrong(error.to_string()))?)
            .map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "there is no certificate in PEM in it"));
    }
    Ok(roots)
}

impl HttpClient for Http {
    fn request(
        &self,
        request: http::Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let client = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(Body::new(body), MAX_BODY)
                .await
                .map_err(|error| Error::Other(Box::new(error)))?;
            let request =
                reqwest::Request::try_from(http::Request::from_parts(parts, body)).map_err(other)?;
            let mut response = client.execute(request).await.map_err(other)?;
            let mut answer = BytesMut::new();
            while let Some(chunk) = response.chunk().await.map_err(other)? {
                if answer.len() + chunk.len() > MAX_BODY {
                    return Err(Error::Str("the answer is larger than a mebibyte"));
                }
                answer.extend_from_slice(&chunk);
            }
            let mut head = http::Response::new(());
            *head.status_mut() = response.status();
            *head.headers_mut() = response.headers().clone();
            Ok(BytesResponse { parts: head.into_parts().0, body: Box::new(answer.freeze()) })
        })
    }
}

fn other(error: reqwest::Error) -> Error {
    Error::Other(Box::new(error))
}
