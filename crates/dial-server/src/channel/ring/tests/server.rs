//! A small TwiML server on a port of its own, that remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, Response, StatusCode};

use crate::channel::ring::media::tests::wav;
use crate::channel::ring::{Caller, Heard, Pace, Report, Url};
use crate::channel::transcript::TranscriptEvent;
use crate::channel::twiml::form::Form;

/// What the server answers at a path.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

/// What goes inside `<Response>`.
pub(super) fn twiml(inside: &str) -> Page {
    page(
        "application/xml; charset=utf-8",
        format!("<?xml version=\"1.0\"?><Response>{inside}</Response>").as_bytes(),
    )
}

/// A body of some content type.
pub(super) fn page(content_type: &str, body: &[u8]) -> Page {
    Page { status: 200, headers: vec![("content-type", content_type.to_owned())], body: body.to_vec() }
}

/// Mu-law samples that count up, as a WAV file.
pub(super) fn sound(ms: usize) -> Page {
    page("audio/wav", &wav(7, 8000, &samples(ms)))
}

pub(super) fn samples(ms: usize) -> Vec<u8> {
    (0..ms * 8).map(|at| (at % 251) as u8).collect()
}

pub(super) fn redirect(status: u16, to: &str) -> Page {
    Page { status, headers: vec![("location", to.to_owned())], body: vec![] }
}

/// A request that arrived.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Seen {
    /// A parameter of the form or of the query.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let bytes = if self.method == Method::POST { &self.body[..] } else { query.as_bytes() };
        Form::parse(bytes).unwrap().value(name).map(str::to_owned)
    }
}

/// The server, and its memory.
pub(super) struct Server {
    pub(super) base: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// What one call was like.
pub(super) struct Rung {
    pub(super) transcript: Vec<String>,
    pub(super) report: Report,
    pub(super) heard: Vec<String>,
    pub(super) samples: Vec<u8>,
}

impl Server {
    pub(super) async fn with(pages: &[(&str, Page)]) -> Self {
        let pages: Vec<(String, Page)> =
            pages.iter().map(|(path, page)| ((*path).to_owned(), page.clone())).collect();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let memory = Arc::clone(&seen);
        let answer = move |request: Request| async move {
            let (parts, body) = request.into_parts();
            let path = parts.uri.path().to_owned();
            let body = to_bytes(body, 1 << 20).await.unwrap().to_vec();
            let target = parts.uri.to_string();
            memory.lock().unwrap().push(Seen { method: parts.method, target, headers: parts.headers, body });
            if path == "/never" {
                std::future::pending::<()>().await;
            }
            let Some((_, page)) = pages.iter().find(|(known, _)| *known == path) else {
                return Response::builder().status(StatusCode::NOT_FOUND).body(Body::empty()).unwrap();
            };
            let mut response = Response::builder().status(page.status);
            for (name, value) in &page.headers {
                response = response.header(*name, value);
            }
            response.body(Body::from(page.body.clone())).unwrap()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { base, seen }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(super) fn url(&self, path: &str) -> Url {
        self.base.join(path).unwrap()
    }

    pub(super) async fn ring(&self, caller: &Caller) -> Rung {
        let (mut transcript, mut heard, mut samples) = (Vec::new(), Vec::new(), Vec::new());
        let mut on_event = |event: TranscriptEvent| transcript.push(serde_json::to_string(&event).unwrap());
        let mut record = |piece: Heard<'_>| match piece {
            Heard::Words { text, ms } => heard.push(format!("{text} {ms}")),
            Heard::Silence { ms } => heard.push(format!("silence {ms}")),
            Heard::Sound(bytes) => {
                heard.push(format!("sound {}", bytes.len() / 8));
                samples.extend_from_slice(bytes);
            }
        };
        let report = caller.ring(&self.url("/answer"), &mut on_event, Some(&mut record)).await.unwrap();
        Rung { transcript, report, heard, samples }
    }
}

/// A caller in no hurry for whom every saying takes a second.
pub(super) fn caller(script: &str) -> Caller {
    let caller = Caller::new("+441134960000", "+441134960999", |_| 1000);
    Caller { script: script.parse().unwrap(), pace: Pace::Instant, ..caller }
}
