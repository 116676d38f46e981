//! The webhooks' addresses: who asks, is it really them, and the answer in the form providers accept.
//!
//! `/twiml/LINE/{answer,step/STATE,after/STATE,status,fallback}`; without LINE the called number chooses.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use dial_core::call::CallId;
use dial_core::key::Key;
use tracing::{error, warn};

use super::call::{Ask, Caller};
use super::form::Form;
use super::signature::{Refusal, SignedRequest};
use super::{Twiml, TwimlLine, Voice, render};
use crate::report::Reports;

/// A provider's request is a few hundred bytes.
const MAX_BODY: usize = 64 * 1024;
/// Spoken where not even the line is known.
const NO_LINE: &str = "I'm sorry, this number is not connected to a line just now. Goodbye.";

/// The webhooks of every line.
pub(crate) fn router(twiml: Arc<Twiml>) -> Router {
    let asks = [
        ("answer", any(async |twiml, path, request: Request| hook(twiml, path, &request, Kind::Answer))),
        ("fallback", any(async |twiml, path, request: Request| hook(twiml, path, &request, Kind::Fallback))),
        ("status", any(async |twiml, path, request: Request| hook(twiml, path, &request, Kind::Status))),
        ("step/{state}", any(async |twiml, path, request: Request| hook(twiml, path, &request, Kind::Step))),
        (
            "after/{state}",
            any(async |twiml, path, request: Request| hook(twiml, path, &request, Kind::After)),
        ),
    ];
    let mut router = Router::new();
    for (path, method) in asks {
        router = router.route(&format!("/twiml/{{line}}/{path}"), method.clone());
        if !path.ends_with("/{state}") {
            router = router.route(&format!("/twiml/{path}"), method);
        }
    }
    router.layer(DefaultBodyLimit::max(MAX_BODY)).with_state(twiml)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Answer,
    Step,
    After,
    Status,
    Fallback,
}

/// What of a request the signature covers.
struct Request {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl<S: Send + Sync> axum::extract::FromRequest<S> for Request {
    type Rejection = Response;
    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, Response> {
        let uri = request.uri().clone();
        let (method, headers) = (request.method().clone(), request.headers().clone());
        let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        Ok(Self { method, uri, headers, body })
    }
}

type Places = Path<Vec<(String, String)>>;

fn hook(State(twiml): State<Arc<Twiml>>, Path(places): Places, request: &Request, kind: Kind) -> Response {
    let place =
        |wanted: &str| places.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let form = match parameters(request) {
        Ok(form) => form,
        Err(reason) => {
            warn!("A webhook is refused: {reason}");
            return (StatusCode::BAD_REQUEST, reason).into_response();
        }
    };
    let line = match place("line") {
        Some(name) => twiml.line(name),
        None => twiml.line_of_number(form.value("To").unwrap_or_default()),
    };
    let Some(line) = line else {
        warn!("A call came for a line that the configuration does not have");
        return document(render::farewell(
            &Voice { name: "Polly.Amy".into(), language: "en-GB".into() },
            NO_LINE,
        ));
    };
    let asked = Reports::asked();
    let answer = || match verify(&twiml, line, request) {
        Ok(()) => {
            twiml.reports.believed(&line.line.name);
            respond(&twiml, line, &form, kind, place("state"), base(&twiml, &request.headers))
        }
        Err(refusal) => {
            twiml.reports.refused(&line.line.name, refusal.is_signed());
            warn!(line = line.line.name, remedy = refusal.remedy(), "A webhook is refused: {refusal}");
            (StatusCode::FORBIDDEN, "This request is not signed by the line's provider.\n").into_response()
        }
    };
    // A fault of ours must not reach the caller: the unwound turn is lost, the line speaks politely.
    let answered = catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|_| {
        error!(line = line.line.name, "A webhook's answer failed: this is a fault of the program");
        twiml.reports.trouble(&line.line.name, &line.line.catalogue());
        document(line.trouble())
    });
    twiml.reports.answered(&asked);
    answered
}

fn respond(
    twiml: &Twiml,
    line: &TwimlLine,
    form: &Form,
    kind: Kind,
    state: Option<&str>,
    base: String,
) -> Response {
    let Some(call) = form.value("CallSid").and_then(CallId::new) else {
        warn!(line = line.line.name, "A webhook names no call: `CallSid` is missing or malformed");
        return document(line.trouble());
    };
    let key = twiml.store.caller(form.value("From").unwrap_or_default());
    let caller = Caller { line, call, key, base };
    match kind {
        Kind::Answer if twiml.is_draining() => document(line.trouble()),
        Kind::Answer => document(twiml.reply(&caller, Ask::Answer)),
        Kind::Fallback => document(twiml.reply(&caller, Ask::Fallback)),
        Kind::Step => {
            let digits = form.value("Digits").unwrap_or_default();
            let key = digits.chars().next().and_then(|sign| Key::try_from(sign).ok());
            document(twiml.reply(&caller, Ask::Step { token: state.unwrap_or_default(), key }))
        }
        Kind::After => document(twiml.reply(&caller, Ask::After { token: state.unwrap_or_default() })),
        Kind::Status => {
            let status = form.value("CallStatus").unwrap_or("completed");
            let duration = form.value("CallDuration").or(form.value("Duration"));
            let duration_s = duration.and_then(|text| text.parse().ok()).unwrap_or(0);
            if matches!(status, "completed" | "failed" | "busy" | "no-answer" | "canceled") {
                twiml.close(&caller, duration_s, status != "completed");
            }
            document("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response></Response>".into())
        }
    }
}

/// The parameters of a POST's form; of any other request, those of its query. Not both: a provider
/// that signs the body alone does not vouch for the query.
fn parameters(request: &Request) -> Result<Form, String> {
    if request.method == Method::POST {
        return Form::parse(&request.body).map_err(|error| format!("its form: {error}"));
    }
    let query = request.uri.query().unwrap_or_default();
    Form::parse(query.as_bytes()).map_err(|error| format!("its query: {error}"))
}

/// What our own addresses begin with, as the provider knows us.
fn base(twiml: &Twiml, headers: &HeaderMap) -> String {
    if let Some(base) = &twiml.public_url {
        return base.clone();
    }
    // Without it the best guess is what the provider asked for; the start-up warning says so.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let scheme = if host.starts_with("127.") || host.starts_with("localhost") { "http" } else { "https" };
    format!("{scheme}://{host}")
}

/// The signature is over the address that the provider was given, which only the configuration knows.
fn verify(twiml: &Twiml, line: &TwimlLine, request: &Request) -> Result<(), Refusal> {
    let target = request.uri.path_and_query().map_or("/", |target| target.as_str());
    let base = base(twiml, &request.headers);
    let url = format!("{base}{target}");
    let signed =
        SignedRequest { url: &url, method: &request.method, headers: &request.headers, body: &request.body };
    line.verifier.verify(&signed, twiml.clock.now())
}

fn document(xml: String) -> Response {
    const XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");
    const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
    ([(header::CONTENT_TYPE, XML), (header::CACHE_CONTROL, NO_STORE)], xml).into_response()
}
