//! A sentence of a line as a WAV file: `/say/LINE/CONTENT.wav?words=…`.
//!
//! The words are in the address, so that any node can say them; the content is there so that another sound of
//! the same words has another address.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use reqwest::Url;

use super::body::File;
use super::range::{Wanted, wanted};
use super::{finish, is_known, send, validated};
use crate::line::Line;

/// What lines say. HEAD is answered as GET without its body.
pub(crate) fn router(lines: Vec<Arc<Line>>) -> Router {
    Router::new().route("/say/{line}/{content}", get(serve)).with_state(lines.into())
}

async fn serve(
    State(lines): State<Arc<[Arc<Line>]>>,
    Path((line, content)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let Some(line) = lines.iter().find(|known| known.name == line) else {
        return (StatusCode::NOT_FOUND, "There is no such line.\n").into_response();
    };
    let Some(clip) = words(query.as_deref().unwrap_or_default()).and_then(|words| line.book.clip(&words))
    else {
        return (StatusCode::NOT_FOUND, "The line has no voice of its own for these words.\n")
            .into_response();
    };
    let etag = format!("\"{}\"", clip.content());
    let is_same = content.strip_suffix(".wav") == Some(clip.content().as_str());
    if is_known(&headers, &etag) {
        return finish(validated(&etag).status(StatusCode::NOT_MODIFIED), Body::empty());
    }
    let file = File::new(clip.sound, dial_core::session::Volume::default());
    let wanted = if method == Method::GET { wanted(&headers, &etag, file.len()) } else { Wanted::Whole };
    let mut response = send(&file, wanted, &etag);
    if !is_same {
        // Another sound than the address says: right for now, and not for later.
        response.headers_mut().insert(header::CACHE_CONTROL, super::NO_STORE);
    }
    response
}

/// The words of an address.
fn words(query: &str) -> Option<String> {
    let mut address = Url::parse("http://localhost/").ok()?;
    address.set_query(Some(query));
    let (_, words) = address.query_pairs().find(|(name, _)| name == "words")?;
    Some(words.into_owned())
}
