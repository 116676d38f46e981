//! What is served over HTTP besides calls. It never sits between a caller and the session.

pub(crate) mod audio;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;

use crate::channel::twiml::{self, Twiml};
use crate::library::Library;

/// Everything that is served.
pub(crate) fn router(twiml: Arc<Twiml>, library: Arc<Library>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .merge(twiml::router(twiml))
        .merge(audio::router(library))
        .layer(CatchPanicLayer::custom(last_words))
}

/// The last net under a webhook, where not even its line is known any more.
fn last_words(_: Box<dyn std::any::Any + Send>) -> Response {
    let document = twiml::last_words();
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/xml; charset=utf-8")], document).into_response()
}
