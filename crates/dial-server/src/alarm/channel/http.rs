//! Requests to one address: strict TLS, no unsafe redirects, a bounded wait, the token read at each try.
//!
//! It must not know what a request means.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use super::failure::Failure;
use super::kept::Kept;
use super::roots::Roots;
use crate::config::SecretUrl;
use crate::secret::Secret;

/// How long a connection may take.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 5;

/// One address that is asked from time to time.
pub(crate) struct Http {
    url: SecretUrl,
    token_file: Option<PathBuf>,
    roots: Roots,
    client: Kept<Client>,
}

impl Http {
    pub(crate) fn new(url: SecretUrl, token_file: Option<PathBuf>, roots: Roots) -> Self {
        Self { url, token_file, roots, client: Kept::none() }
    }

    /// Sends JSON.
    pub(crate) async fn post(&self, body: &Value) -> Result<(), Failure> {
        let request = self.request(Method::POST)?;
        self.send(request.header(CONTENT_TYPE, "application/json").body(body.to_string())).await
    }

    /// Asks, and leaves the answer's body where it is.
    pub(crate) async fn get(&self) -> Result<(), Failure> {
        self.send(self.request(Method::GET)?).await
    }

    fn request(&self, method: Method) -> Result<RequestBuilder, Failure> {
        let client = self.client.or_make(|| client(&self.roots, &self.url))?;
        let request = client.request(method, self.url.expose().clone());
        let Some(path) = &self.token_file else { return Ok(request) };
        let token = Secret::from_file(path)?;
        let unfit = |error| Failure::Client(Box::new(error));
        let mut header = HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(unfit)?;
        header.set_sensitive(true);
        Ok(request.header(AUTHORIZATION, header))
    }

    async fn send(&self, request: RequestBuilder) -> Result<(), Failure> {
        let sent = request.send().await.map_err(|error| Failure::Unreachable(error.without_url()));
        let judged = sent.and_then(|response| judge(&response));
        if judged.is_err() {
            self.client.forget();
        }
        judged
    }
}

fn judge(response: &Response) -> Result<(), Failure> {
    match response.status() {
        status if status.is_success() => Ok(()),
        status if status.is_redirection() => Err(Failure::Moved),
        status => {
            // RFC 9110, section 10.2.3; its other form, a date, is not worth a clock here.
            let seconds =
                response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            Err(Failure::Refused { status, retry_after: seconds.map(Duration::from_secs) })
        }
    }
}

fn client(roots: &Roots, url: &SecretUrl) -> Result<Client, Failure> {
    // An error only says that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificates = roots.iter().filter_map(|root| Certificate::from_der(root).ok());
    let builder = Client::builder()
        .tls_certs_merge(certificates)
        .redirect(Policy::custom(follow))
        .connect_timeout(CONNECT_DEADLINE)
        .user_agent(concat!("dial/", env!("CARGO_PKG_VERSION")));
    // A proxy would look for our own machine on itself.
    let builder = if url.is_local() { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| Failure::Client(Box::new(error)))
}

/// RFC 9110, section 15.4: 307 and 308 keep the method. After any other, a client would ask with GET, the
/// message would be lost, and the answer would look like success.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let keeps = matches!(attempt.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
    let was_safe = attempt.previous().iter().any(|url| url.scheme() == "https");
    let is_safe = attempt.url().scheme() == "https";
    if keeps && (is_safe || !was_safe) && attempt.previous().len() <= MAX_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}
