//! The telephone in the browser: its page, what that loads, and the way by which it rings.
//!
//! The page is for whoever the configuration says; nothing in it names a caller.

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, Extension, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::FutureExt;
use tracing::{error, warn};

use crate::channel::phone::{Guest, MAX_MESSAGE, MAX_UNSENT, NotOpen, Phone};
use crate::line::Line;

/// Only our own files are loaded, and only our own line is rung.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

/// What the page loads: name, type, content.
const FILES: [(&str, &str, &str); 3] = [
    ("phone.css", "text/css; charset=utf-8", include_str!("phone.css")),
    ("phone.js", "text/javascript; charset=utf-8", include_str!("phone.js")),
    ("ear.js", "text/javascript; charset=utf-8", include_str!("ear.js")),
];

/// From where a request comes, where the listener tells it.
type From = Option<Extension<ConnectInfo<SocketAddr>>>;

/// The page of a line's telephone.
#[derive(Template)]
#[template(path = "phone/phone.html")]
struct Page<'a> {
    name: &'a str,
    church: &'a str,
}

/// Which line is to be rung?
#[derive(Template)]
#[template(path = "phone/lines.html")]
struct Lines<'a> {
    lines: Vec<(&'a str, String)>,
}

/// The telephone in the browser.
pub(crate) fn router(phone: Arc<Phone>) -> Router {
    let mut router = Router::new()
        .route("/phone", get(first))
        .route("/phone/{line}", get(page))
        .route("/phone/{line}/call", get(call));
    for (name, kind, content) in FILES {
        router = router.route(&format!("/phone/{name}"), get(async move || send(kind, content.to_owned())));
    }
    router.with_state(phone)
}

async fn first(State(phone): State<Arc<Phone>>, from: From, headers: HeaderMap) -> Response {
    if let Err(refusal) = guest(from, &headers).enter(phone.open_to) {
        return refused(refusal);
    }
    match phone.lines.as_slice() {
        [only] => show(only),
        lines => {
            let named = lines.iter().map(|line| (line.name.as_str(), church(line)));
            html(&Lines { lines: named.collect() })
        }
    }
}

async fn page(
    State(phone): State<Arc<Phone>>,
    from: From,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = guest(from, &headers).enter(phone.open_to) {
        return refused(refusal);
    }
    phone.line(&name).map_or_else(no_line, show)
}

async fn call(
    State(phone): State<Arc<Phone>>,
    from: From,
    Path(name): Path<String>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let guest = guest(from, &headers);
    if let Err(refusal) = guest.enter(phone.open_to) {
        return refused(refusal);
    }
    if phone.line(&name).is_none() {
        return no_line();
    }
    if let Err(refusal) = guest.ring(phone.open_to) {
        warn!(line = name, "A browser's call is refused: {refusal}");
        return refused(refusal);
    }
    let Some(place) = phone.place() else {
        warn!(line = name, "A browser's call is refused: as many go on as may");
        return (StatusCode::SERVICE_UNAVAILABLE, "All lines are busy.\n").into_response();
    };
    let upgrade =
        upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE).read_buffer_size(MAX_MESSAGE);
    upgrade.write_buffer_size(0).max_write_buffer_size(MAX_UNSENT).on_upgrade(async move |socket| {
        let _place = place;
        let Some(line) = phone.line(&name) else { return };
        if AssertUnwindSafe(phone.call(line, socket)).catch_unwind().await.is_err() {
            error!(line = name, "A browser's call has failed: this is a fault of the program");
        }
    })
}

fn guest(from: From, headers: &HeaderMap) -> Guest<'_> {
    Guest { from: from.map(|Extension(ConnectInfo(from))| from), headers }
}

fn refused(refusal: NotOpen) -> Response {
    (StatusCode::FORBIDDEN, format!("Sorry, {refusal}.\n")).into_response()
}

fn no_line() -> Response {
    (StatusCode::NOT_FOUND, "There is no such line.\n").into_response()
}

/// Whose line it is; its name, as long as that is not known.
fn church(line: &Line) -> String {
    let catalogue = line.catalogue();
    if catalogue.church_name().is_empty() { line.name.clone() } else { catalogue.church_name().to_owned() }
}

fn show(line: &Arc<Line>) -> Response {
    html(&Page { name: &line.name, church: &church(line) })
}

fn html(page: &impl Template) -> Response {
    match page.render() {
        Ok(body) => send("text/html; charset=utf-8", body),
        Err(error) => {
            error!(%error, "The page of the telephone cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn send(kind: &'static str, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, body).into_response()
}
