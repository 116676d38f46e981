//! A small server that speaks S3: it checks signatures by its own reading of their specification.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::loopback::{Answer, Loopback, Request};

pub(crate) const ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// What the server does beside answering rightly.
#[derive(Default)]
pub(crate) struct State {
    /// By path, as `/bucket/key`.
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// Answers instead of the right one, by a part of the request's first line: status, code, more headers.
    pub(crate) faults: Vec<(&'static str, u16, &'static str, &'static str)>,
    /// The first lines of the requests, with the range that they asked for.
    pub(crate) seen: Vec<String>,
    /// How many bytes of a body are sent before the connection is cut.
    pub(crate) cut: Option<usize>,
}

pub(crate) type Server = Loopback<State>;

impl Server {
    pub(crate) fn start() -> Self {
        Self::serve(State::default(), |state, request| {
            let answer = state.answer(request);
            let cut = state.cut.filter(|_| answer.2.len() > 1000);
            (answer, cut)
        })
    }

    pub(crate) fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.state.lock().unwrap().objects.insert(path.into(), bytes.into());
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().seen)
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Answer {
        let (path, query) = parts(request);
        let first = format!("{} {path}?{query}", request.method);
        let range = request.header("range").unwrap_or_default();
        self.seen.push(format!("{first} {range}").trim_end().to_owned());
        let fault = self.faults.iter().find(|(part, ..)| first.contains(part)).copied();
        let is_signed = request.header("authorization").map(|_| signed(request));
        match (fault, is_signed) {
            (Some((_, status, code, headers)), _) => (status, headers.to_owned(), error(code)),
            (None, Some(false)) => (403, String::new(), error("SignatureDoesNotMatch")),
            (None, None) => (403, String::new(), error("AccessDenied")),
            (None, Some(true)) if query.contains("list-type=2") => (200, String::new(), list(self, request)),
            (None, Some(true)) => object(self, request),
        }
    }
}

/// Path and query.
fn parts(request: &Request) -> (&str, &str) {
    request.target.split_once('?').unwrap_or((&request.target, ""))
}

fn error(code: &str) -> Vec<u8> {
    format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><StringToSign>a secret</StringToSign></Error>")
        .into_bytes()
}

pub(crate) fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", &hex(&Sha256::digest(bytes))[..32])
}

fn object(state: &State, request: &Request) -> Answer {
    let Some(bytes) = state.objects.get(parts(request).0) else {
        return (404, String::new(), error("NoSuchKey"));
    };
    let etag = etag(bytes);
    if request.header("if-none-match") == Some(&etag) {
        return (304, format!("ETag: {etag}\r\n"), Vec::new());
    }
    if request.header("if-match").is_some_and(|wanted| wanted != etag) {
        return (412, String::new(), error("PreconditionFailed"));
    }
    let headers = format!("ETag: {etag}\r\nLast-Modified: Sun, 12 Jun 2022 09:00:00 GMT\r\n");
    let range = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
    match range.and_then(|start| start.parse::<usize>().ok()) {
        Some(start) => {
            let (last, all) = (bytes.len() - 1, bytes.len());
            (206, format!("{headers}Content-Range: bytes {start}-{last}/{all}\r\n"), bytes[start..].to_vec())
        }
        None => (200, headers, bytes.clone()),
    }
}

/// ListObjectsV2 of the Amazon S3 API reference.
fn list(state: &State, request: &Request) -> Vec<u8> {
    let (path, query) = parts(request);
    let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default();
    let prefix = format!("{}/{}", path.trim_end_matches('/'), prefix.replace("%2F", "/"));
    let mut contents = String::new();
    for (path, bytes) in state.objects.iter().filter(|(path, _)| path.starts_with(&prefix)) {
        let key = path.splitn(3, '/').nth(2).unwrap().replace("%20", " ");
        contents.push_str(&format!(
            "<Contents><Key>{key}</Key><LastModified>2022-06-12T09:00:00.000Z</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
            etag(bytes).replace('"', "&quot;"),
            bytes.len()
        ));
    }
    format!("<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>")
        .into_bytes()
}

/// Signature Version 4 of the AWS general reference: canonical request, string to sign, derived key.
fn signed(request: &Request) -> bool {
    let part = |name: &str| {
        let authorization = request.header("authorization")?;
        let found =
            authorization.split([' ', ',']).find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        found.map(str::to_owned)
    };
    let (Some(credential), Some(names), Some(signature)) =
        (part("Credential"), part("SignedHeaders"), part("Signature"))
    else {
        return false;
    };
    let Some((id, scope)) = credential.split_once('/') else { return false };
    let header = |name: &str| request.header(name).unwrap_or_default();
    let (path, query) = parts(request);
    let headers: String = names.split(';').map(|name| format!("{name}:{}\n", header(name))).collect();
    let mut query: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
    query.sort_unstable();
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{names}\n{}",
        request.method,
        path,
        query.join("&"),
        header("x-amz-content-sha256")
    );
    let text =
        format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", header("x-amz-date"), hex(&Sha256::digest(canonical)));
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part));
    id == ID && hex(&mac(&key, &text)) == signature
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
