//! What is served over HTTP besides calls. It never sits between a caller and the session.

pub(crate) mod audio;
pub(crate) mod https;
pub(crate) mod metrics;
pub(crate) mod phone;
pub(crate) mod ready;
pub(crate) mod status;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::{ListenerExt, TapIo};
use tokio::net::{TcpListener, TcpStream};
use tower_http::catch_panic::CatchPanicLayer;

use crate::channel::stream;
use crate::channel::twiml::{self, Twiml};
use crate::library::Library;

/// A listener whose answers leave at once: a caller hears silence while a small one waits for company.
pub(crate) fn without_delay(
    listener: TcpListener,
) -> TapIo<TcpListener, impl FnMut(&mut TcpStream) + Send + 'static> {
    listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection keeps its delay");
        }
    })
}

/// Everything that is served.
pub(crate) fn router(twiml: Arc<Twiml>, library: Arc<Library>) -> Router {
    let lines = twiml.lines.iter().map(|line| Arc::clone(&line.line)).collect();
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .merge(stream::router(Arc::clone(&twiml)))
        .merge(twiml::router(twiml))
        .merge(audio::router(library))
        .merge(audio::prompt::router(lines))
        .layer(CatchPanicLayer::custom(last_words))
}

/// The last net under a webhook, where not even its line is known any more.
fn last_words(_: Box<dyn std::any::Any + Send>) -> Response {
    let document = twiml::last_words();
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/xml; charset=utf-8")], document).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a router answers over a real connection: status, content type and body.
    pub(super) async fn ask(router: Router, path: &str) -> (u16, String, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let response = client.get(format!("http://{address}{path}")).send().await.unwrap();
        let content_type = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        (response.status().as_u16(), content_type, response.text().await.unwrap())
    }
}
