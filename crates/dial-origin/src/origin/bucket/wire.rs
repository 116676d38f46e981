//! How a bucket is spoken to: our own HTTP client beneath `object_store`, so that its TLS policy is ours.
//!
//! Every answer that is no success becomes a `Fault` here, and is found again by `fault_of`.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url};

use super::MAX_AUDIO;
use crate::fault::{Fault, FaultKind};

/// The largest list of a thousand objects, in bytes.
const MAX_OBJECTS: usize = 8_000_000;
/// An error is told within so many bytes.
const MAX_ERROR: usize = 16 * 1024;
/// An error has to be told within this.
const ERROR_WAIT: Duration = Duration::from_secs(3);

/// The clock of the server, as its answer states it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock(pub(super) Timestamp);

/// Speaks HTTP for `object_store`.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    pub(super) client: reqwest::Client,
    pub(super) host: String,
}

/// A fault on its way through the errors of `object_store`.
#[derive(Debug, thiserror::Error)]
#[error("{} failed", .0.host)]
struct Carried(Fault);

/// The fault that an error of `object_store` carries; another one where it found something wrong itself.
pub(super) fn fault_of(error: &object_store::Error, host: &str) -> Fault {
    let mut link: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = link {
        if let Some(Carried(fault)) = cause.downcast_ref() {
            return fault.clone();
        }
        link = cause.source();
    }
    let kind = match error {
        object_store::Error::NotFound { .. } => FaultKind::Missing,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            FaultKind::Forbidden
        }
        _ => FaultKind::Garbled,
    };
    Fault::new(kind, host).with_detail(error.to_string())
}

impl HttpConnector for Wire {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Wire {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, _) = request.into_parts();
        let url: Url = parts.uri.to_string().parse().map_err(|_| self.fault(FaultKind::Garbled))?;
        // We only ever read.
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return Err(self.fault(FaultKind::Garbled));
        }
        let limit = if url.query().is_some_and(|query| query.contains("list-type=")) {
            MAX_OBJECTS
        } else {
            MAX_AUDIO as usize
        };
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        let answer = self.client.execute(request).await.map_err(|error| self.broken(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = self.body(answer.into(), limit);
        if !status.is_success() && status != StatusCode::NOT_MODIFIED {
            return Err(self.refusal(status, &headers, body).await);
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = status;
        if let Some(clock) = clock(&headers) {
            response.extensions_mut().insert(clock);
        }
        *response.headers_mut() = headers;
        Ok(response)
    }
}

impl Wire {
    fn body(&self, body: reqwest::Body, limit: usize) -> HttpResponseBody {
        let wire = self.clone();
        let bounded =
            Limited::new(body, limit).map_err(move |error| match error.downcast::<reqwest::Error>() {
                Ok(error) => wire.broken(&error),
                Err(_) => wire.fault(FaultKind::TooLarge(limit as u64)),
            });
        HttpResponseBody::new(bounded)
    }

    /// What an answer other than success means, with the code that S3 gives in its body.
    async fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: HttpResponseBody) -> HttpError {
        let told = Limited::new(body, MAX_ERROR).collect();
        let told = tokio::time::timeout(ERROR_WAIT, told).await.ok().and_then(Result::ok);
        let told =
            told.map(|told| String::from_utf8_lossy(&told.to_bytes()).into_owned()).unwrap_or_default();
        // Nothing else of the body: it may repeat the key's name and the signature.
        let code =
            told.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
        let code =
            code.filter(|code| code.len() < 100 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let kind = match (status.as_u16(), code) {
            (404 | 410, _) => FaultKind::Missing,
            (401 | 403, _) => FaultKind::Forbidden,
            (429, _) | (503, Some("SlowDown")) => FaultKind::Busy,
            (status, _) => FaultKind::Status(status),
        };
        let mut fault = Fault::new(kind, &self.host).with_detail(code.unwrap_or_default());
        fault.retry_after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(seconds);
        HttpError::new(HttpErrorKind::Unknown, Carried(fault))
    }

    fn fault(&self, kind: FaultKind) -> HttpError {
        HttpError::new(HttpErrorKind::Unknown, Carried(Fault::new(kind, &self.host)))
    }

    fn broken(&self, error: &reqwest::Error) -> HttpError {
        let kind = match error {
            error if error.is_timeout() => FaultKind::NoAnswer,
            error if error.is_connect() => FaultKind::Unreachable,
            _ => FaultKind::Cut,
        };
        self.fault(kind)
    }
}

fn clock(headers: &HeaderMap) -> Option<Clock> {
    let date = headers.get(DATE)?.to_str().ok()?;
    Some(Clock(rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?))
}

fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(Duration::from_secs)
}
