//! Any part of a prepared recording as a WAV file: a computed header, then slices of the mapped bytes.
//!
//! `/audio/RECORDING.CONTENT/FROM-TO.wav`, places in milliseconds; `?speed=1.15` and `?gain=6` change the
//! sound while it is sent. At the usual speed and volume nothing is copied or encoded.

mod body;
pub(crate) mod prompt;
mod range;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::response::Builder;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dial_core::session::{Speed, Volume};
use dial_origin::sound::Sound;

use self::body::{BOUNDARY, File, Stretched};
use self::range::{Wanted, wanted};
use crate::library::Library;

/// The name of a piece holds its content, so it never changes: a year.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// The recordings that a library holds. HEAD is answered as GET without its body.
pub(crate) fn router(library: Arc<Library>) -> Router {
    Router::new().route("/audio/{recording}/{piece}", get(serve)).with_state(library)
}

async fn serve(
    State(library): State<Arc<Library>>,
    Path((recording, piece)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let Some(asked) = Asked::read(&piece, query.as_deref().unwrap_or_default()) else {
        let hint =
            "The address of a piece is /audio/RECORDING.CONTENT/FROM-TO.wav, with places in milliseconds.\n";
        return (StatusCode::BAD_REQUEST, hint).into_response();
    };
    let content = recording.split_once('.').map_or("", |(_, content)| content);
    let Some(sound) = library.find(content) else {
        return (StatusCode::NOT_FOUND, "There is no such recording.\n").into_response();
    };
    let part = sound.part(asked.from_ms, asked.to_ms);
    if part.is_empty() {
        return (StatusCode::NOT_FOUND, "The recording ends before that place.\n").into_response();
    }
    let etag = asked.etag(&sound);
    if is_known(&headers, &etag) {
        return finish(validated(&etag).status(StatusCode::NOT_MODIFIED), Body::empty());
    }
    if asked.speed == Speed::default() {
        // Section 14.2 of RFC 9110: ranges have a meaning for GET alone.
        let file = File::new(part, asked.volume);
        let wanted = if method == Method::GET { wanted(&headers, &etag, file.len()) } else { Wanted::Whole };
        send(&file, wanted, &etag)
    } else {
        let stretched = Stretched::new(part, asked.speed, asked.volume);
        let response = validated(&etag)
            .header(header::ACCEPT_RANGES, "none")
            .header(header::CONTENT_TYPE, "audio/wav")
            .header(header::CONTENT_LENGTH, stretched.len());
        finish(response, stretched.body())
    }
}

/// What an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    from_ms: u32,
    to_ms: u32,
    speed: Speed,
    volume: Volume,
}

impl Asked {
    fn read(piece: &str, query: &str) -> Option<Self> {
        let (from, to) = piece.strip_suffix(".wav")?.split_once('-')?;
        let (from_ms, to_ms) = (from.parse().ok()?, to.parse().ok()?);
        let mut asked = Self { from_ms, to_ms, speed: Speed::default(), volume: Volume::default() };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=')? {
                ("speed", speed) => asked.speed = read_speed(speed)?,
                ("gain", gain) => asked.volume = read_gain(gain)?,
                _ => return None,
            }
        }
        (from_ms < to_ms).then_some(asked)
    }

    /// Names the bytes of the answer: they follow from the content and the address alone.
    fn etag(&self, sound: &Sound) -> String {
        let (speed, decibels) = (self.speed.percent(), self.volume.decibels());
        format!("\"{}-{}-{}-{speed}-{decibels}\"", sound.content(), self.from_ms, self.to_ms)
    }
}

/// One of the speeds of a call, no other.
fn read_speed(text: &str) -> Option<Speed> {
    let factor: f64 = text.parse().ok()?;
    (0..).map_while(Speed::step).find(|step| (step.factor() - factor).abs() < 1e-9)
}

/// One of the volumes of a call, no other.
fn read_gain(text: &str) -> Option<Volume> {
    let decibels: i8 = text.parse().ok()?;
    (-2..=2).filter_map(Volume::step).find(|step| step.decibels() == decibels)
}

/// Whether the client has these bytes already; its validators are compared weakly.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let lists = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim).any(|tag| {
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag == etag || tag == "*"
    })
}

fn send(file: &File, wanted: Wanted, etag: &str) -> Response {
    let total = file.len();
    if wanted == Wanted::Unsatisfiable {
        // Not to be kept: the address itself has an answer.
        let response = Response::builder()
            .status(StatusCode::RANGE_NOT_SATISFIABLE)
            .header(header::CONTENT_RANGE, format!("bytes */{total}"));
        return finish(response, Body::empty());
    }
    let response = validated(etag).header(header::ACCEPT_RANGES, "bytes");
    let partial = StatusCode::PARTIAL_CONTENT;
    let (response, sent) = match wanted {
        Wanted::Part(range) => {
            let (first, last) = (range.start(), range.end());
            let response = response
                .status(partial)
                .header(header::CONTENT_TYPE, "audio/wav")
                .header(header::CONTENT_RANGE, format!("bytes {first}-{last}/{total}"));
            (response, file.part(range))
        }
        Wanted::Parts(ranges) => {
            let kind = format!("multipart/byteranges; boundary={BOUNDARY}");
            (response.status(partial).header(header::CONTENT_TYPE, kind), file.parts(ranges))
        }
        Wanted::Whole | Wanted::Unsatisfiable => {
            (response.header(header::CONTENT_TYPE, "audio/wav"), file.whole())
        }
    };
    finish(response.header(header::CONTENT_LENGTH, sent.len()), sent.body())
}

/// What holds of every answer that may be kept.
fn validated(etag: &str) -> Builder {
    Response::builder().header(header::ETAG, etag).header(header::CACHE_CONTROL, CACHE)
}

fn finish(response: Builder, body: Body) -> Response {
    response.body(body).expect("the headers are numbers, names of ours and hexadecimal digits")
}
