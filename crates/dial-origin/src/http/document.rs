//! Small documents, such as lists and feeds: whole, unpacked, within their limit, or not at all.

use jiff::Timestamp;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode, Url};
use tokio::time::{Instant, timeout_at};

use super::cause::{Stage, cause};
use super::headers::{self, Validators};
use super::unpack::{ACCEPTED, unpack};
use super::{Ask, Client, host};
use crate::fault::{Fault, FaultKind};

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What we have is what it has.
    Unchanged {
        /// The server's clock.
        date: Option<Timestamp>,
    },
    /// The document.
    Document(Box<Document>),
}

impl Answer {
    /// The server's clock.
    pub fn date(&self) -> Option<Timestamp> {
        match self {
            Self::Unchanged { date } => *date,
            Self::Document(document) => document.date,
        }
    }
}

/// A document, whole and unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// At least one byte, and at most as many as were allowed.
    pub bytes: Vec<u8>,
    /// Where it came from, after redirects.
    pub address: Url,
    /// By what the server knows it again.
    pub validators: Validators,
    /// What the server takes it for, such as `application/json; charset=utf-8`.
    pub content_type: Option<String>,
    /// When it was last changed, as the server says.
    pub changed_at: Option<Timestamp>,
    /// The server's clock.
    pub date: Option<Timestamp>,
}

impl Client {
    /// Asks for a small document, within the policy's time for lists.
    pub async fn get(&self, ask: &Ask<'_>) -> Result<Answer, Fault> {
        let end = Instant::now() + self.policy.list;
        let known = ask.known.filter(|known| !known.is_empty());
        let mut response = self.head(Method::GET, ask, conditions(known), Some(end)).await?;
        let date = headers::time(response.headers(), header::DATE);
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if known.is_some() => return Ok(Answer::Unchanged { date }),
            _ => return Err(self.refused(&response)),
        }
        let packed = self.body(&mut response, ask.cap, end).await?;
        let told = response.headers();
        let coding = headers::text(told, header::CONTENT_ENCODING).unwrap_or_default();
        let unpacked = unpack(coding, packed, ask.cap);
        let bytes = unpacked.map_err(|kind| self.fault(kind, host(response.url())))?;
        if bytes.is_empty() {
            return Err(self.fault(FaultKind::NoContent, host(response.url())));
        }
        Ok(Answer::Document(Box::new(Document {
            bytes,
            address: response.url().clone(),
            validators: Validators::of(told),
            content_type: headers::text(told, header::CONTENT_TYPE).map(str::to_owned),
            changed_at: headers::time(told, header::LAST_MODIFIED),
            date,
        })))
    }

    /// The body as it was sent; it is counted, whatever length was stated.
    async fn body(&self, response: &mut Response, cap: u64, end: Instant) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        loop {
            let by = end.min(Instant::now() + self.policy.read);
            match timeout_at(by, response.chunk()).await {
                Ok(Ok(Some(part))) if body.len() as u64 + part.len() as u64 > cap => {
                    return Err(self.fault(FaultKind::TooLarge(cap), host(response.url())));
                }
                Ok(Ok(Some(part))) => body.extend_from_slice(&part),
                Ok(Ok(None)) => return Ok(body),
                Ok(Err(error)) => {
                    let (kind, detail) = cause(&error, Stage::Body);
                    return Err(self.fault(kind, host(response.url())).with_detail(detail));
                }
                Err(_) => return Err(self.fault(FaultKind::Slow, host(response.url()))),
            }
        }
    }
}

fn conditions(known: Option<&Validators>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED));
    let Some(known) = known else {
        return headers;
    };
    for (name, value) in
        [(header::IF_NONE_MATCH, &known.etag), (header::IF_MODIFIED_SINCE, &known.last_modified)]
    {
        if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}
