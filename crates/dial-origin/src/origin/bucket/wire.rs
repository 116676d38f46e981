//! How a bucket is spoken to: our own HTTP client beneath `object_store`, so that its rules are ours.
//!
//! Every answer that is no success becomes a `Fault` here, and is found again by `fault_of`.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use reqwest::header::{DATE, RANGE};
use reqwest::{Method, Request, Response, StatusCode, Url};

use crate::fault::{Fault, FaultKind};
use crate::http::{Client, Stream, time};

/// The largest list of a thousand objects, in bytes.
const MAX_OBJECTS: u64 = 8_000_000;
/// An error is told within so many bytes.
const MAX_ERROR: usize = 16 * 1024;
/// An error has to be told within this.
const ERROR_WAIT: Duration = Duration::from_secs(3);

/// The clock of the server, as its last answer stated it, also where that said only that nothing changed.
#[derive(Debug, Default)]
pub(super) struct Clock(Mutex<Option<Timestamp>>);

impl Clock {
    pub(super) fn told(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, told: Option<Timestamp>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }
}

/// Speaks HTTP for `object_store`.
#[derive(Clone)]
pub(super) struct Wire {
    pub(super) client: Arc<Client>,
    pub(super) host: String,
    pub(super) clock: Arc<Clock>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire({})", self.host)
    }
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

fn carried(fault: Fault) -> HttpError {
    HttpError::new(HttpErrorKind::Unknown, Carried(fault))
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
        let garbled = || carried(Fault::new(FaultKind::Garbled, &self.host));
        let url: Url = parts.uri.to_string().parse().map_err(|_| garbled())?;
        // We only ever read.
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return Err(garbled());
        }
        let cap = match url.query() {
            Some(query) if query.contains("list-type=") => MAX_OBJECTS,
            _ => self.client.policy().max_audio,
        };
        let is_part = parts.headers.contains_key(RANGE);
        let mut request = Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        let answer = self.client.execute(request).await.map_err(carried)?;
        self.clock.note(time(answer.headers(), DATE));
        match answer.status() {
            StatusCode::OK | StatusCode::NOT_MODIFIED => {}
            StatusCode::PARTIAL_CONTENT if is_part => {}
            _ => return Err(carried(self.refusal(answer).await)),
        }
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = Stream::new(Arc::clone(&self.client), answer, cap).map_err(carried);
        let mut response = HttpResponse::new(HttpResponseBody::new(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

impl Wire {
    /// What an answer other than success means, with the code that S3 gives in its body.
    async fn refusal(&self, answer: Response) -> Fault {
        let fault = self.client.refused(&answer);
        let told = Limited::new(reqwest::Body::from(answer), MAX_ERROR).collect();
        let told = tokio::time::timeout(ERROR_WAIT, told).await.ok().and_then(Result::ok);
        let told =
            told.map(|told| String::from_utf8_lossy(&told.to_bytes()).into_owned()).unwrap_or_default();
        // Nothing else of the body: it may repeat the key's name and the signature.
        let code =
            told.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
        let code =
            code.filter(|code| code.len() < 100 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let kind = match (&fault.kind, code) {
            (FaultKind::Status(503), Some("SlowDown")) => FaultKind::Busy,
            (kind, _) => kind.clone(),
        };
        Fault { kind, ..fault }.with_detail(code.unwrap_or_default())
    }
}
