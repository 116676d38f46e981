//! One question to an origin and the head of its answer; redirects are followed here, each checked.

use reqwest::header::{self, HeaderMap};
use reqwest::{Method, Request, RequestBuilder, Response, StatusCode, Url};
use tokio::time::{Instant, timeout_at};

use super::cause::{Stage, cause};
use super::credentials::Credentials;
use super::headers::{self, Validators};
use super::{Client, Policy, host};
use crate::fault::{Fault, FaultKind};

/// One question to an origin.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// For what; made by `Policy::address`,.
    pub url: &'a Url,
    /// What is shown to this host, and to no other.
    pub credentials: Option<&'a Credentials>,
    /// What came the last time: the server may say that nothing changed. Not used for downloads.
    pub known: Option<&'a Validators>,
    /// The most bytes that may come, after unpacking.
    pub cap: u64,
    /// How many bytes it has, if a list says so. Only used for downloads.
    pub stated: Option<u64>,
}

/// Why a text is not the address of an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It cannot be read.
    #[error("is not a web address; write it as `https://example.org/services/`")]
    Unreadable,
    /// It is not `https://`, and the policy does not allow a private network.
    #[error("does not begin with `https://`; `http://` is for private networks only, with `private = true`")]
    NotHttps,
    /// It holds a name, password or question, which would get into logs.
    #[error("holds a password or a `?`; give a token or password by its own setting")]
    Secret,
    /// It is the address of a page, and holds a name or password.
    #[error("holds a password; give a token or password by its own setting")]
    Password,
}

impl Policy {
    /// The address of an origin. `http://` is for private networks only: on the internet anybody on the way could
    /// change what comes.
    pub fn address(&self, text: &str) -> Result<Url, AddressError> {
        match self.page(text) {
            Ok(url) if url.query().is_some() => Err(AddressError::Secret),
            Err(AddressError::Password) => Err(AddressError::Secret),
            read => read,
        }
    }

    /// The address of a single page, such as a feed: it may hold a question, for WordPress has `?feed=podcast`.
    pub fn page(&self, text: &str) -> Result<Url, AddressError> {
        let url = Url::parse(text.trim()).map_err(|_| AddressError::Unreadable)?;
        match url.scheme() {
            "https" => {}
            "http" if self.private => {}
            "http" => return Err(AddressError::NotHttps),
            _ => return Err(AddressError::Unreadable),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Password);
        }
        Ok(url)
    }
}

impl Client {
    /// The head of the answer to a question, with any status but a redirect, until `end` at the latest.
    pub(super) async fn head(
        &self,
        method: Method,
        ask: &Ask<'_>,
        headers: HeaderMap,
        end: Option<Instant>,
    ) -> Result<Response, Fault> {
        self.check(ask.url)?;
        let mut url = ask.url.clone();
        let mut visited = Vec::new();
        loop {
            let response = self.hop(method.clone(), ask, &url, headers.clone(), end).await?;
            let location = headers::text(response.headers(), header::LOCATION);
            let location = match location {
                Some(location) if is_redirect(response.status()) => location,
                _ => return Ok(response),
            };
            let next = self.guard.follow(&url, location).map_err(|kind| {
                let detail = format!("redirected from {} to {}", host(&url), place(&url, location));
                self.fault(kind, host(&url)).with_detail(detail)
            })?;
            visited.push(url);
            if visited.len() > self.policy.max_redirects || visited.contains(&next) {
                return Err(self.fault(FaultKind::RedirectLoop, host(ask.url)));
            }
            url = next;
        }
    }

    async fn hop(
        &self,
        method: Method,
        ask: &Ask<'_>,
        url: &Url,
        headers: HeaderMap,
        end: Option<Instant>,
    ) -> Result<Response, Fault> {
        let mut request = self.client_for(url)?.request(method, url.clone()).headers(headers);
        if let Some(credentials) = ask.credentials.filter(|_| url.origin() == ask.url.origin()) {
            request = credentials.show(request);
        }
        self.send(url, request, end).await
    }

    /// The head of the answer to a request that was written, and perhaps signed, elsewhere, with any status:
    /// it is followed nowhere, for a signature is for one host.
    pub(crate) async fn execute(&self, request: Request) -> Result<Response, Fault> {
        let url = request.url().clone();
        self.check(&url)?;
        let request = RequestBuilder::from_parts(self.client_for(&url)?, request);
        self.send(&url, request, None).await
    }

    fn check(&self, url: &Url) -> Result<(), Fault> {
        if url.scheme() != "https" && !self.policy.private {
            return Err(self.fault(FaultKind::Downgrade, host(url)));
        }
        self.guard.check(url).map_err(|kind| self.fault(kind, host(url)))
    }

    fn client_for(&self, url: &Url) -> Result<reqwest::Client, Fault> {
        self.client().map_err(|fault| match fault.host.as_str() {
            "" => Fault { host: host(url).to_owned(), ..fault },
            _ => fault,
        })
    }

    async fn send(
        &self,
        url: &Url,
        request: RequestBuilder,
        end: Option<Instant>,
    ) -> Result<Response, Fault> {
        self.presented.begin(host(url));
        let head_by = Instant::now() + self.policy.connect + self.policy.read;
        let head_by = end.map_or(head_by, |end| end.min(head_by));
        match timeout_at(head_by, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                let (kind, detail) = cause(&error, Stage::Head);
                Err(self.fault(self.or_asked(kind), host(url)).with_detail(detail))
            }
            Err(_) => Err(self.fault(FaultKind::NoAnswer, host(url))),
        }
    }

    /// A server that asked for a certificate and then broke off did so because it got none.
    fn or_asked(&self, kind: FaultKind) -> FaultKind {
        match kind {
            FaultKind::Unreachable | FaultKind::Garbled | FaultKind::OldTls if self.presented.was_asked() => {
                FaultKind::AsksForCertificate
            }
            kind => kind,
        }
    }

    /// The fault of an answer whose status is no success.
    pub(crate) fn refused(&self, response: &Response) -> Fault {
        let kind = match response.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE => FaultKind::Missing,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => FaultKind::Forbidden,
            StatusCode::TOO_MANY_REQUESTS => FaultKind::Busy,
            StatusCode::NO_CONTENT
            | StatusCode::RESET_CONTENT
            | StatusCode::PARTIAL_CONTENT
            | StatusCode::NOT_MODIFIED => FaultKind::NoContent,
            status => FaultKind::Status(status.as_u16()),
        };
        let mut fault = self.fault(kind, host(response.url()));
        fault.retry_after = headers::retry_after(response.headers());
        fault
    }
}

fn is_redirect(status: StatusCode) -> bool {
    // RFC 9110, section 15.4: 300 leaves the choice to a person, 304 is none, 305 and 306 are no more.
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Scheme and host of a redirect: its path and question may hold a token.
fn place(from: &Url, location: &str) -> String {
    match from.join(location) {
        Ok(to) => format!("{}://{}", to.scheme(), host(&to)),
        Err(_) => "something that is no address".into(),
    }
}
