//! How the lines are, for everyone to see: a page, the same as JSON, a feed of incidents, and a page for
//! each of them.
//!
//! Answers are made of one value in memory; nothing here waits for a lock or a disk. It must not know a
//! telephone number, a token or a caller: the value holds none.

mod feed;
#[cfg(test)]
mod tests;
mod view;

use std::fmt::Display;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use self::view::{IncidentPage, Missing, StatusPage};
use crate::incident::StatusShelf;

/// How the pages look; a file of its own, so that no page needs inline style.
const STYLE: &str = include_str!("style.css");

/// Nothing is loaded but our own style; nothing runs, and nobody frames it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const HTML: &str = "text/html; charset=utf-8";

/// The pages about the lines.
pub(crate) fn router(status: Arc<StatusShelf>) -> Router {
    Router::new()
        .route("/status", get(page))
        .route("/status.json", get(json))
        .route("/status/style.css", get(style))
        .route("/status/incidents/{id}", get(incident))
        .route("/incidents.atom", get(atom))
        .with_state(status)
}

async fn page(State(shelf): State<Arc<StatusShelf>>) -> Response {
    html(StatusCode::OK, &StatusPage::of(&shelf.shown()))
}

async fn json(State(shelf): State<Arc<StatusShelf>>) -> Response {
    match serde_json::to_vec_pretty(&*shelf.shown()) {
        Ok(body) => send(StatusCode::OK, "application/json", body.into()),
        Err(error) => broken(&error),
    }
}

async fn incident(State(shelf): State<Arc<StatusShelf>>, Path(id): Path<String>) -> Response {
    match shelf.shown().incident(&id) {
        Some(incident) => html(StatusCode::OK, &IncidentPage::of(incident)),
        None => html(StatusCode::NOT_FOUND, &Missing),
    }
}

async fn atom(State(shelf): State<Arc<StatusShelf>>) -> Response {
    match feed::atom(&shelf.shown(), shelf.public_url.as_deref()) {
        Ok(body) => send(StatusCode::OK, "application/atom+xml; charset=utf-8", body.into()),
        Err(error) => broken(&error),
    }
}

async fn style() -> Response {
    let mut response = send(StatusCode::OK, "text/css; charset=utf-8", STYLE.into());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    response
}

fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(body) => send(status, HTML, body.into()),
        Err(error) => broken(&error),
    }
}

fn send(status: StatusCode, kind: &'static str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (status, headers, body).into_response()
}

fn broken(error: &dyn Display) -> Response {
    tracing::error!(%error, "A page about the lines cannot be made");
    (StatusCode::INTERNAL_SERVER_ERROR, "This page cannot be made.\n").into_response()
}
