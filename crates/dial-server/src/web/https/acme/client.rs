//! Asks an authority over HTTP, with deadlines and bounds.

use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::http;
use bytes::{Bytes, BytesMut};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use reqwest::Client;
use reqwest::redirect::Policy;

use super::AcmeError;

/// The largest request or answer, in bytes.
const MAX_BODY: usize = 1 << 20;
/// To connect, and for a whole request.
const CONNECT: Duration = Duration::from_secs(10);
const REQUEST: Duration = Duration::from_secs(30);

struct Http(Client);

/// A client that trusts one root, or those that everybody trusts.
pub(super) fn new(ca_file: Option<&Path>) -> Result<Box<dyn HttpClient>, AcmeError> {
    // The first provider of cryptography stays; there is no other in this program.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder =
        Client::builder().https_only(true).redirect(Policy::none()).connect_timeout(CONNECT).timeout(REQUEST);
    let builder = match ca_file {
        Some(file) => {
            let cannot = |source| AcmeError::RootFile { file: file.to_owned(), source };
            let pem = std::fs::read(file).map_err(cannot)?;
            let roots = reqwest::Certificate::from_pem_bundle(&pem)
                .map_err(|source| AcmeError::Root { file: file.to_owned(), source })?;
            builder.tls_certs_only(roots)
        }
        None => builder,
    };
    Ok(Box::new(Http(builder.build().map_err(AcmeError::Client)?)))
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
