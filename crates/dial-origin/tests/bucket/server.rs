//! A small server that speaks S3: it checks signatures by its own reading of their specification.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

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

pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) state: Arc<Mutex<State>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(stream, &shared);
            }
        });
        Self { address, state }
    }

    pub(crate) fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.state.lock().unwrap().objects.insert(path.into(), bytes.into());
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().seen)
    }
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: HashMap<String, String>,
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let Some(request) = read(&stream) else { return };
    let first = format!("{} {}?{}", request.method, request.path, request.query);
    let mut state = state.lock().unwrap();
    let header = |name: &str| request.headers.get(name).cloned();
    state.seen.push(format!("{first} {}", header("range").unwrap_or_default()).trim_end().to_owned());
    let fault = state.faults.iter().find(|(part, ..)| first.contains(part)).copied();
    let (status, headers, body) = if let Some((_, status, code, headers)) = fault {
        (status, headers.to_owned(), error(code))
    } else if header("authorization").is_some() && !signed(&request) {
        (403, String::new(), error("SignatureDoesNotMatch"))
    } else if header("authorization").is_none() {
        (403, String::new(), error("AccessDenied"))
    } else if request.query.contains("list-type=2") {
        (200, String::new(), list(&state, &request))
    } else {
        object(&state, &request)
    };
    let body_sent = if request.method == "HEAD" { &[][..] } else { &body[..] };
    let head = format!(
        "HTTP/1.1 {status} X\r\nDate: Sun, 12 Jun 2022 10:00:00 GMT\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    let sent =
        state.cut.filter(|_| body.len() > 1000).map_or(body_sent.len(), |cut| cut.min(body_sent.len()));
    let _gone = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body_sent[..sent]));
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream.take(64 * 1024)).lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let mut headers = HashMap::new();
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Some(Request { method, path, query, headers })
}

fn error(code: &str) -> Vec<u8> {
    format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><StringToSign>a secret</StringToSign></Error>")
        .into_bytes()
}

pub(crate) fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", &hex(&Sha256::digest(bytes))[..32])
}

fn object(state: &State, request: &Request) -> (u16, String, Vec<u8>) {
    let Some(bytes) = state.objects.get(&request.path) else {
        return (404, String::new(), error("NoSuchKey"));
    };
    let etag = etag(bytes);
    if request.headers.get("if-none-match") == Some(&etag) {
        return (304, format!("ETag: {etag}\r\n"), Vec::new());
    }
    if request.headers.get("if-match").is_some_and(|wanted| *wanted != etag) {
        return (412, String::new(), error("PreconditionFailed"));
    }
    let headers = format!("ETag: {etag}\r\nLast-Modified: Sun, 12 Jun 2022 09:00:00 GMT\r\n");
    let range =
        request.headers.get("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
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
    let prefix = request.query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default();
    let prefix = format!("{}/{}", request.path.trim_end_matches('/'), prefix.replace("%2F", "/"));
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
        let authorization = request.headers.get("authorization")?;
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
    let header = |name: &str| request.headers.get(name).cloned().unwrap_or_default();
    let headers: String = names.split(';').map(|name| format!("{name}:{}\n", header(name))).collect();
    let mut query: Vec<&str> = request.query.split('&').filter(|part| !part.is_empty()).collect();
    query.sort_unstable();
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{names}\n{}",
        request.method,
        request.path,
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
