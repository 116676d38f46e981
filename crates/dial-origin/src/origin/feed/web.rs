//! Pages and recordings over HTTP, each with its bound and its deadline.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use reqwest::header::{LAST_MODIFIED, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::timeout;

use super::super::Progress;
use crate::fault::{Fault, FaultKind};

/// A page has to come within this.
const PAGE_WAIT: Duration = Duration::from_secs(10);
/// The head of an answer has to come within this, and each part of a body within this of the one before.
const IDLE_WAIT: Duration = Duration::from_secs(30);
/// The largest recording, in bytes.
const MAX_AUDIO: u64 = 500_000_000;
/// The slowest speed at which a recording may come, in bytes for each second, and the least time it has.
const MIN_SPEED: u64 = 32_000;
const MIN_WAIT: Duration = Duration::from_mins(1);

/// What tells whether a page has changed (RFC 9110, section 8.8).
#[derive(Debug, Clone, Default)]
pub(super) struct Validators {
    etag: Option<String>,
    last_modified: Option<String>,
}

/// A page as it came.
pub(super) struct Answer {
    pub(super) bytes: Vec<u8>,
    /// Where it came from, after redirects.
    pub(super) address: Url,
    pub(super) validators: Validators,
    pub(super) clock: Option<Timestamp>,
}

/// Fetches a page of at most `max` bytes; none where it has not changed.
pub(super) async fn page(
    client: &Client,
    address: &Url,
    known: &Validators,
    max: usize,
) -> Result<Option<Answer>, Fault> {
    let answer = timeout(PAGE_WAIT, fetch_page(client, address, known, max)).await;
    answer.unwrap_or_else(|_| Err(fault(address, FaultKind::Slow)))
}

async fn fetch_page(
    client: &Client,
    address: &Url,
    known: &Validators,
    max: usize,
) -> Result<Option<Answer>, Fault> {
    let mut request = client.get(address.clone());
    for (name, value) in [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.last_modified)] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    let mut answer = request.send().await.map_err(|error| broken(address, &error))?;
    let asked = known.etag.is_some() || known.last_modified.is_some();
    if answer.status() == StatusCode::NOT_MODIFIED && asked {
        return Ok(None);
    }
    succeeded(&answer)?;
    let mut bytes = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(|error| broken(address, &error))? {
        if bytes.len() + part.len() > max {
            return Err(fault(address, FaultKind::TooLarge(max as u64)));
        }
        bytes.extend_from_slice(&part);
    }
    if bytes.is_empty() {
        return Err(fault(address, FaultKind::NoContent));
    }
    let text = |name: HeaderName| text(answer.headers(), &name);
    let clock = text(DATE).and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(&date).ok());
    let validators = Validators { etag: text(ETAG), last_modified: text(LAST_MODIFIED) };
    Ok(Some(Answer { bytes, address: answer.url().clone(), validators, clock }))
}

/// Fetches a recording into a draft. What the server itself states of its length has to be true.
pub(super) async fn recording(
    client: &Client,
    address: &Url,
    draft: &Path,
    progress: Progress<'_>,
) -> Result<(), Fault> {
    let request = client.get(address.clone()).header("Accept-Encoding", "identity");
    let answer = timeout(IDLE_WAIT, request.send()).await.map_err(|_| fault(address, FaultKind::NoAnswer))?;
    let answer = answer.map_err(|error| broken(address, &error))?;
    succeeded(&answer)?;
    if text(answer.headers(), &CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html")) {
        return Err(fault(
            address,
            FaultKind::WrongContent("a page in HTML instead of the recording".into()),
        ));
    }
    let stated = answer.content_length();
    if stated.is_some_and(|len| len > MAX_AUDIO) {
        return Err(fault(address, FaultKind::TooLarge(MAX_AUDIO)));
    }
    let wait = MIN_WAIT.max(Duration::from_secs(stated.unwrap_or(MAX_AUDIO) / MIN_SPEED));
    let came = timeout(wait, receive(answer, draft, progress)).await;
    let came = came.map_err(|_| fault(address, FaultKind::Slow))??;
    match stated {
        _ if came == 0 => Err(fault(address, FaultKind::NoContent)),
        Some(stated) if stated != came => Err(fault(address, FaultKind::WrongLength { stated, came })),
        _ => Ok(()),
    }
}

async fn receive(mut answer: Response, draft: &Path, progress: Progress<'_>) -> Result<u64, Fault> {
    let (address, stated) = (answer.url().clone(), answer.content_length());
    let disk = |error: std::io::Error| fault(&address, FaultKind::Disk(error.to_string()));
    let mut file = File::create(draft).map_err(disk)?;
    let mut came = 0;
    loop {
        let part = timeout(IDLE_WAIT, answer.chunk()).await.map_err(|_| fault(&address, FaultKind::Slow))?;
        let Some(part) = part.map_err(|error| broken(&address, &error))? else { break };
        came += part.len() as u64;
        if came > MAX_AUDIO {
            return Err(fault(&address, FaultKind::TooLarge(MAX_AUDIO)));
        }
        file.write_all(&part).map_err(disk)?;
        progress(came, stated);
    }
    file.sync_all().map_err(disk)?;
    Ok(came)
}

/// Only 200 is success: nothing else was asked for.
fn succeeded(answer: &Response) -> Result<(), Fault> {
    let kind = match answer.status().as_u16() {
        200 => return Ok(()),
        401 | 403 => FaultKind::Forbidden,
        404 | 410 => FaultKind::Missing,
        429 => FaultKind::Busy,
        204 | 206 => FaultKind::NoContent,
        status => FaultKind::Status(status),
    };
    let mut fault = fault(answer.url(), kind);
    fault.retry_after = text(answer.headers(), &RETRY_AFTER)
        .and_then(|seconds| seconds.trim().parse().ok())
        .map(Duration::from_secs);
    Err(fault)
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(Into::into)
}

pub(super) fn fault(address: &Url, kind: FaultKind) -> Fault {
    Fault::new(kind, address.host_str().unwrap_or_default())
}

fn broken(address: &Url, error: &reqwest::Error) -> Fault {
    let kind = match error {
        error if error.is_timeout() => FaultKind::NoAnswer,
        error if error.is_redirect() => FaultKind::RedirectLoop,
        error if error.is_connect() => FaultKind::Unreachable,
        _ => FaultKind::Cut,
    };
    fault(address, kind)
}
