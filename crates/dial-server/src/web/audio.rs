//! Any part of a prepared recording as a WAV file: a computed header, then slices of the mapped bytes.
//!
//! `/audio/RECORDING.CONTENT/FROM-TO.wav`, places in milliseconds; `?speed=1.25` and `?gain=6` change the
//! sound while it is sent. At the usual speed and volume nothing is copied or encoded.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use dial_audio::{g711, stretch, wav};
use dial_core::session::{Speed, Volume};
use dial_origin::sound::Sound;
use futures_util::stream;

use super::range::{Wanted, wanted};
use crate::library::Library;

/// Changed sound goes out in blocks of a second, so that no sender holds up the others.
const BLOCK: usize = 8000;
/// The name of a piece holds its content, so it never changes: a year.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const BOUNDARY: &str = "dial-part-7f3a9c";

/// The recordings that a library holds. HEAD is answered as GET without its body.
pub(crate) fn router(library: Arc<Library>) -> Router {
    Router::new().route("/audio/{recording}/{piece}", get(serve)).with_state(library)
}

/// What an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    from_ms: u32,
    to_ms: u32,
    speed: Speed,
    volume: Volume,
}

async fn serve(
    State(library): State<Arc<Library>>,
    Path((recording, piece)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> axum::response::Response {
    let Some(asked) = read(&piece, query.as_deref().unwrap_or_default()) else {
        let hint =
            "The address of a piece is /audio/RECORDING.CONTENT/FROM-TO.wav, with places in milliseconds.\n";
        return (StatusCode::BAD_REQUEST, hint).into_response();
    };
    let content = recording.split_once('.').map_or("", |(_, content)| content);
    let Some(sound) = library.find(content) else {
        return (StatusCode::NOT_FOUND, "There is no such recording.\n").into_response();
    };
    answer(&asked, &sound, &headers)
}

fn read(piece: &str, query: &str) -> Option<Asked> {
    let (from, to) = piece.strip_suffix(".wav")?.split_once('-')?;
    let (from_ms, to_ms) = (from.parse().ok()?, to.parse().ok()?);
    let mut asked = Asked { from_ms, to_ms, speed: Speed::default(), volume: Volume::default() };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=')? {
            ("speed", speed) => {
                let percent = (speed.parse::<f64>().ok()? * 100.0).round() as u8;
                asked.speed = (0..).map_while(Speed::step).find(|step| step.percent() == percent)?;
            }
            ("gain", gain) => {
                let decibels = gain.parse::<i8>().ok()?;
                asked.volume = (-2..=2).filter_map(Volume::step).find(|step| step.decibels() == decibels)?;
            }
            _ => return None,
        }
    }
    (from_ms < to_ms).then_some(asked)
}

fn answer(asked: &Asked, sound: &Sound, headers: &HeaderMap) -> axum::response::Response {
    let part = sound.part(asked.from_ms, asked.to_ms);
    if part.is_empty() {
        return (StatusCode::NOT_FOUND, "The recording ends before that place.\n").into_response();
    }
    let (speed, decibels) = (asked.speed.percent(), asked.volume.decibels());
    let etag = format!("\"{}-{}-{}-{speed}-{decibels}\"", sound.content(), asked.from_ms, asked.to_ms);
    let stretched = asked.speed != Speed::default();
    let length =
        if stretched { stretch::stretched_len(part.len(), asked.speed.factor()) } else { part.len() };
    let response = Response::builder()
        .header(header::ETAG, &etag)
        .header(header::CACHE_CONTROL, CACHE)
        .header(header::ACCEPT_RANGES, if stretched { "none" } else { "bytes" });
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    if known
        .flat_map(|list| list.split(','))
        .any(|tag| matches!(tag.trim().trim_start_matches("W/"), tag if tag == etag || tag == "*"))
    {
        return finish(response.status(StatusCode::NOT_MODIFIED), Body::empty());
    }
    let start = Bytes::copy_from_slice(&wav::mulaw_header(length as u32));
    let total = (start.len() + length) as u64;
    let whole = response.header(header::CONTENT_TYPE, "audio/wav");
    if stretched {
        let body = changed(start, part, asked);
        return finish(whole.header(header::CONTENT_LENGTH, total), body);
    }
    let file =
        File { start, sound: part, gain: (decibels != 0).then(|| Arc::new(g711::gain_table(decibels))) };
    match wanted(headers, &etag, total) {
        Wanted::Whole => finish(whole.header(header::CONTENT_LENGTH, total), body(file.part(0, total))),
        Wanted::Part(range) => {
            let (first, last) = (*range.start(), *range.end());
            let response = whole
                .status(StatusCode::PARTIAL_CONTENT)
                .header(header::CONTENT_RANGE, format!("bytes {first}-{last}/{total}"))
                .header(header::CONTENT_LENGTH, last - first + 1);
            finish(response, body(file.part(first, last + 1)))
        }
        Wanted::Parts(ranges) => {
            let mut chunks = Vec::new();
            for range in ranges {
                let (first, last) = (*range.start(), *range.end());
                let head = format!(
                    "\r\n--{BOUNDARY}\r\nContent-Type: audio/wav\r\nContent-Range: bytes {first}-{last}/{total}\r\n\r\n"
                );
                chunks.push(Chunk::Plain(head.into()));
                chunks.extend(file.part(first, last + 1));
            }
            chunks.push(Chunk::Plain(format!("\r\n--{BOUNDARY}--\r\n").into()));
            let length: usize = chunks.iter().map(Chunk::len).sum();
            let mut response =
                whole.status(StatusCode::PARTIAL_CONTENT).header(header::CONTENT_LENGTH, length);
            if let Some(headers) = response.headers_mut() {
                let kind = HeaderValue::from_str(&format!("multipart/byteranges; boundary={BOUNDARY}"));
                headers.insert(header::CONTENT_TYPE, kind.expect("the boundary is plain letters"));
            }
            finish(response, body(chunks))
        }
        Wanted::Unsatisfiable => {
            let response = whole
                .status(StatusCode::RANGE_NOT_SATISFIABLE)
                .header(header::CONTENT_RANGE, format!("bytes */{total}"));
            finish(response, Body::empty())
        }
    }
}

fn finish(response: axum::http::response::Builder, body: Body) -> axum::response::Response {
    response.body(body).expect("the headers are numbers, names of ours and hexadecimal digits")
}

/// A WAV file that exists only as its parts.
struct File {
    start: Bytes,
    sound: Bytes,
    gain: Option<Arc<[u8; 256]>>,
}

/// Bytes to be sent.
enum Chunk {
    /// As they are.
    Plain(Bytes),
    /// Each mapped by a table while it is sent.
    Louder(Bytes, Arc<[u8; 256]>),
}

impl Chunk {
    fn len(&self) -> usize {
        match self {
            Self::Plain(bytes) | Self::Louder(bytes, _) => bytes.len(),
        }
    }
}

impl File {
    fn part(&self, from: u64, to: u64) -> Vec<Chunk> {
        let (from, to, edge) = (from as usize, to as usize, self.start.len());
        let mut chunks = Vec::new();
        if from < edge {
            chunks.push(Chunk::Plain(self.start.slice(from..to.min(edge))));
        }
        if to > edge {
            let sound = self.sound.slice(from.max(edge) - edge..to - edge);
            match &self.gain {
                None => chunks.push(Chunk::Plain(sound)),
                Some(table) => {
                    let blocks = (0..sound.len()).step_by(BLOCK);
                    let louder = |at: usize| {
                        Chunk::Louder(sound.slice(at..sound.len().min(at + BLOCK)), Arc::clone(table))
                    };
                    chunks.extend(blocks.map(louder));
                }
            }
        }
        chunks
    }
}

fn body(chunks: Vec<Chunk>) -> Body {
    let sent = chunks.into_iter().map(|chunk| match chunk {
        Chunk::Plain(bytes) => bytes,
        Chunk::Louder(bytes, table) => {
            bytes.iter().map(|byte| table[usize::from(*byte)]).collect::<Vec<u8>>().into()
        }
    });
    Body::from_stream(stream::iter(sent.map(Ok::<Bytes, std::convert::Infallible>)))
}

/// The part at another speed, stretched while it is sent.
fn changed(start: Bytes, part: Bytes, asked: &Asked) -> Body {
    let table = g711::gain_table(asked.volume.decibels());
    let mut stretching = stretch::Stretching::new(part, asked.speed.factor());
    let blocks = std::iter::from_fn(move || {
        let mut block = Vec::with_capacity(BLOCK);
        while block.len() < BLOCK {
            match stretching.next() {
                Some(step) => block.extend(step.iter().map(|byte| table[usize::from(*byte)])),
                None => break,
            }
        }
        (!block.is_empty()).then(|| Bytes::from(block))
    });
    let sent = std::iter::once(start).chain(blocks);
    Body::from_stream(stream::iter(sent.map(Ok::<Bytes, std::convert::Infallible>)))
}
