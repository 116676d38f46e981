//! Recordings, to a file: gone on with after a break, counted, timed, and of the length that was stated.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use tokio::time::{Instant, timeout};

use super::cause::{Stage, cause};
use super::draft::{Begun, Draft};
use super::headers::{self, Part, Validators};
use super::pace::Pace;
use super::{Ask, Client, host};
use crate::fault::{Fault, FaultKind};
use crate::origin::Progress;

/// A file that came whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Its length in bytes.
    pub bytes: u64,
    /// How many of them an earlier attempt had left.
    pub resumed: u64,
    /// Whether the server said how long it is. If not, a connection that breaks looks like its end.
    pub length_known: bool,
    /// By what the server knows it again.
    pub validators: Validators,
    /// What the server takes it for, such as `audio/mpeg`.
    pub content_type: Option<String>,
}

/// Where the next byte goes, and how many there should be in all.
struct Start {
    file: File,
    at: u64,
    whole: Option<u64>,
}

impl Client {
    /// Downloads a file to `draft`, which may hold the beginning that an earlier call left there.
    ///
    /// On a fault the draft stays only if it can be gone on with; its note lies beside it, ending in `.etag`.
    pub async fn download(
        &self,
        ask: &Ask<'_>,
        draft: &Path,
        progress: Progress<'_>,
    ) -> Result<Downloaded, Fault> {
        let draft = Draft::new(draft, ask.url.as_str());
        let done = self.to_draft(ask, &draft, progress).await;
        if let Err(fault) = &done {
            draft.give_up(&fault.kind);
        }
        done
    }

    async fn to_draft(
        &self,
        ask: &Ask<'_>,
        draft: &Draft,
        progress: Progress<'_>,
    ) -> Result<Downloaded, Fault> {
        let mut begun = draft.begun();
        let mut response = self.head(Method::GET, ask, wanted(begun.as_ref()), None).await?;
        if begun.is_some() && response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            draft.discard();
            begun = None;
            response = self.head(Method::GET, ask, wanted(None), None).await?;
        }
        let fault = |kind| self.fault(kind, host(ask.url));
        let Start { file, at, whole } = self.start(ask, draft, begun, &response)?;
        let mut file = BufWriter::new(file);
        let came = self.pour(&mut response, ask.cap, (at, whole), &mut file, progress).await;
        let kept = file.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all());
        let bytes = came?;
        kept.map_err(|error| disk(&error))?;
        if let Some(whole) = whole.filter(|whole| bytes < *whole) {
            return Err(fault(FaultKind::Cut).with_detail(format!("{bytes} of {whole} bytes came")));
        }
        draft.forget().map_err(|error| disk(&error))?;
        match whole.or(ask.stated).filter(|stated| bytes != *stated) {
            Some(stated) => return Err(fault(FaultKind::WrongLength { stated, came: bytes })),
            None if bytes == 0 => return Err(fault(FaultKind::NoContent)),
            None => {}
        }
        let told = response.headers();
        Ok(Downloaded {
            bytes,
            resumed: at,
            length_known: whole.is_some(),
            validators: Validators::of(told),
            content_type: headers::text(told, header::CONTENT_TYPE).map(str::to_owned),
        })
    }

    /// What the head of the answer allows: to go on, or to begin anew.
    fn start(
        &self,
        ask: &Ask<'_>,
        draft: &Draft,
        begun: Option<Begun>,
        response: &Response,
    ) -> Result<Start, Fault> {
        let fault = |kind| self.fault(kind, host(response.url()));
        let told = response.headers();
        let validators = Validators::of(told);
        let length =
            headers::text(told, header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
        let begun = match (response.status(), begun) {
            (StatusCode::OK, _) => None,
            (StatusCode::PARTIAL_CONTENT, Some(begun)) => Some(begun),
            _ => return Err(self.refused(response)),
        };
        if !matches!(headers::text(told, header::CONTENT_ENCODING), None | Some("" | "identity")) {
            return Err(fault(FaultKind::BadEncoding));
        }
        let part = begun.as_ref().map(|begun| (begun, Part::of(told)));
        let (at, whole) = match part {
            None => (0, length),
            // RFC 9110, section 15.3.7.2: the part must be the one we asked for, of the file that we began.
            Some((begun, Some(part))) if part.first == begun.len => {
                let same = validators.etag.as_ref().is_none_or(|etag| *etag == begun.etag);
                if !same {
                    return Err(fault(FaultKind::Garbled).with_detail("a part of another file came"));
                }
                (begun.len, part.whole.or(part.last.checked_add(1)))
            }
            Some(_) => {
                return Err(fault(FaultKind::Garbled).with_detail("another part came than was asked for"));
            }
        };
        match (whole, ask.stated) {
            (Some(0), _) => return Err(fault(FaultKind::NoContent)),
            (Some(whole), _) if whole > ask.cap => return Err(fault(FaultKind::TooLarge(ask.cap))),
            (Some(came), Some(stated)) if came != stated => {
                return Err(fault(FaultKind::WrongLength { stated, came }));
            }
            _ => {}
        }
        let file = if at > 0 { draft.go_on() } else { draft.begin(validators.strong()) };
        Ok(Start { file: file.map_err(|error| disk(&error))?, at, whole })
    }

    /// Writes the body, and returns how long the file is then.
    async fn pour(
        &self,
        response: &mut Response,
        cap: u64,
        (mut at, whole): (u64, Option<u64>),
        file: &mut BufWriter<File>,
        progress: Progress<'_>,
    ) -> Result<u64, Fault> {
        let (began, mut pace) = (Instant::now(), Pace::new(&self.policy));
        progress(at, whole);
        loop {
            let part = match timeout(self.policy.read, response.chunk()).await {
                Ok(Ok(Some(part))) => part,
                Ok(Ok(None)) => return Ok(at),
                Ok(Err(error)) => {
                    let (kind, detail) = cause(&error, Stage::Body);
                    return Err(self.fault(kind, host(response.url())).with_detail(detail));
                }
                Err(_) => return Err(self.fault(FaultKind::Slow, host(response.url()))),
            };
            at += part.len() as u64;
            if at > cap {
                return Err(self.fault(FaultKind::TooLarge(cap), host(response.url())));
            }
            file.write_all(&part).map_err(|error| disk(&error))?;
            progress(at, whole);
            if !pace.keeps(began.elapsed(), part.len() as u64) {
                return Err(self.fault(FaultKind::Slow, host(response.url())));
            }
        }
    }
}

/// Sound is packed already; and only bytes as they are can be counted from the middle.
fn wanted(begun: Option<&Begun>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let tag = begun.and_then(|begun| Some((begun, HeaderValue::from_str(&begun.etag).ok()?)));
    if let Some((begun, tag)) = tag {
        let range = HeaderValue::from_str(&format!("bytes={}-", begun.len));
        headers.insert(header::RANGE, range.expect("a number is written in ASCII"));
        headers.insert(header::IF_RANGE, tag);
    }
    headers
}

fn disk(error: &io::Error) -> Fault {
    Fault::new(FaultKind::Disk(error.to_string()), "")
}
