//! What is served over HTTP besides calls. It never sits between a caller and the session.

pub(crate) mod audio;
pub(crate) mod https;
#[cfg_attr(not(test), expect(dead_code, reason = "wired by app"))]
pub(crate) mod status;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::{Listener, ListenerExt};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

use crate::channel::twiml::{self, Twiml};
use crate::library::Library;

/// A listener whose answers leave at once: a caller hears silence while a small one waits for company.
pub(crate) fn without_delay(listener: TcpListener) -> impl Listener<Addr = SocketAddr> {
    listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection keeps its delay");
        }
    })
}

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
