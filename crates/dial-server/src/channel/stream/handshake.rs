//! The opening of a media stream: an HTTP request that becomes a WebSocket.
//!
//! What a company signs is checked here; whether the stream is of a call of ours its first message must prove.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::FutureExt;
use tracing::{error, warn};

use super::limits::{MAX_MESSAGE, MAX_UNSENT};
use super::{Carrier, drive};
use crate::channel::twiml::signature::SignedRequest;
use crate::channel::twiml::{Tier, Twiml, TwimlLine};

/// The media streams of every line.
pub(crate) fn router(twiml: Arc<Twiml>) -> Router {
    Router::new().route("/twiml/{line}/stream", get(open)).with_state(twiml)
}

async fn open(
    State(twiml): State<Arc<Twiml>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let streamed = |line: &&TwimlLine| matches!(line.tier, Tier::Stream(_));
    let Some(line) = twiml.line(&name).filter(streamed) else {
        return (StatusCode::NOT_FOUND, "No line is streamed here.\n").into_response();
    };
    let Tier::Stream(carrier) = line.tier else { return StatusCode::NOT_FOUND.into_response() };
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let url = format!("{}{target}", twiml.public_url.as_deref().unwrap_or_default());
    if carrier == Carrier::Twilio {
        let signed = SignedRequest { url: &url, method: &Method::GET, headers: &headers, body: &[] };
        if let Err(refusal) = line.verifier.verify_stream(&signed, twiml.clock.now()) {
            twiml.reports.refused(&name, refusal.is_signed());
            warn!(line = name, remedy = refusal.remedy(), "A media stream is refused: {refusal}");
            let text = "This request is not signed by the line's provider.\n";
            return (StatusCode::FORBIDDEN, text).into_response();
        }
    }
    let Some(place) = twiml.streams.wait() else {
        warn!(line = name, "A media stream is refused: too many have not begun yet");
        return (StatusCode::SERVICE_UNAVAILABLE, "Too many streams.\n").into_response();
    };
    let task = twiml.streams.tasks.token();
    let opened = Arc::clone(&twiml);
    bounded(upgrade).on_upgrade(async move |socket| {
        let (_task, twiml) = (task, opened);
        let Some(line) = twiml.line(&name) else { return };
        let stream = AssertUnwindSafe(drive::run(&twiml, line, carrier, socket, place));
        // The call goes on by webhooks; its stream has told how far it was.
        if stream.catch_unwind().await.is_err() {
            error!(line = name, "A media stream has failed: this is a fault of the program");
        }
    })
}

/// What comes, and what waits to be sent, is bounded.
fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    let upgrade = upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE);
    upgrade.read_buffer_size(MAX_MESSAGE).write_buffer_size(MAX_MESSAGE).max_write_buffer_size(MAX_UNSENT)
}
