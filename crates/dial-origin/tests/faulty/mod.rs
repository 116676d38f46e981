//! An origin that misbehaves as it is told: a real server on a port of this machine, with certificates of its own.
//!
//! It is used by the tests of other crates by `#[path]`, and so knows nothing of this one.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test uses a part of it, and stops at surprises"
)]

mod answer;
mod certificates;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::rustls::pki_types::CertificateDer;

use certificates::Certificates;

/// The names that its certificate is for, besides 127.0.0.1 and `localhost`.
pub const NAMES: [&str; 2] = ["good.test", "other.test"];

/// What an origin does. Without fault it serves its files, with validators, ranges and conditions.
#[derive(Debug, Clone, PartialEq)]
pub enum Behaviour {
    Well,
    // The connection and TLS.
    Refused,
    SilentHandshake,
    ClosesInHandshake,
    Expired,
    NotYetValid,
    ExpiredIntermediate,
    SelfSigned,
    UntrustedRoot,
    IncompleteChain,
    WrongHost,
    CommonNameOnly,
    OldTls,
    AsksForCertificate,
    PlainHttp,
    // The answer.
    SilentAfterRequest,
    ClosesAfterRequest,
    DripsHead,
    DripsBody,
    CutWithLength,
    CutChunked,
    CutWithoutLength,
    /// The same, and TLS is not closed as it should be: over https that shows.
    CutWithoutFarewell,
    LongerThanLength,
    TwoLengths,
    NotHttp,
    HugeHead,
    RedirectLoop,
    RedirectsForEver,
    RedirectTo(String),
    Status(u16),
    BusyFor(&'static str),
    EmptyAnswer,
    // The body.
    Body {
        content_type: &'static str,
        bytes: Vec<u8>,
    },
    WebPage,
    LfsPointer,
    BadJson,
    Utf16,
    EmptyList,
    Endless,
    GzipBomb,
    TruncatedGzip,
    WrongCoding,
    Corrupted,
    IgnoresRanges,
    SendsAnotherPart,
}

impl Behaviour {
    /// Whether it shows before a request was read: such a one goes for all paths.
    fn is_of_the_connection(&self) -> bool {
        use Behaviour::*;
        matches!(
            self,
            Refused
                | SilentHandshake
                | ClosesInHandshake
                | Expired
                | NotYetValid
                | ExpiredIntermediate
                | SelfSigned
                | UntrustedRoot
                | IncompleteChain
                | WrongHost
                | CommonNameOnly
                | OldTls
                | AsksForCertificate
                | PlainHttp
        )
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// Names in small letters.
    pub headers: BTreeMap<String, String>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// An origin that misbehaves as it is told. It stops when it is dropped.
pub struct Faulty {
    address: SocketAddr,
    root: CertificateDer<'static>,
    shared: Arc<Shared>,
    behaviour: watch::Sender<Behaviour>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    certificates: Option<Certificates>,
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    paths: Mutex<Vec<(String, Behaviour)>>,
    requests: Mutex<Vec<Request>>,
    date: Mutex<Option<String>>,
    sent: AtomicU64,
    listens: AtomicBool,
    stopped: AtomicBool,
}

impl Faulty {
    /// A server of these files, by path, over https on 127.0.0.1.
    pub fn start(files: &[(&str, &[u8])]) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), Some(Certificates::new()), files)
    }

    /// The same over https on another address of this machine.
    pub fn start_on(ip: IpAddr, files: &[(&str, &[u8])]) -> Self {
        Self::start_at(ip, Some(Certificates::new()), files)
    }

    /// The same over http.
    pub fn start_plain(files: &[(&str, &[u8])]) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), None, files)
    }

    fn start_at(ip: IpAddr, certificates: Option<Certificates>, files: &[(&str, &[u8])]) -> Self {
        let listener = std::net::TcpListener::bind((ip, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let root = certificates.as_ref().map_or_else(|| CertificateDer::from(vec![]), |all| all.root.clone());
        let shared = Arc::new(Shared {
            certificates,
            files: Mutex::new(
                files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect(),
            ),
            paths: Mutex::default(),
            requests: Mutex::default(),
            date: Mutex::default(),
            sent: AtomicU64::new(0),
            listens: AtomicBool::new(true),
            stopped: AtomicBool::new(false),
        });
        let (behaviour, heard) = watch::channel(Behaviour::Well);
        let of_thread = shared.clone();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(listen(listener, address, of_thread, heard));
        });
        Self { address, root, shared, behaviour, thread: Some(thread) }
    }

    /// From now on it does this, whatever is asked for.
    pub fn behave(&self, behaviour: Behaviour) {
        let listens = behaviour != Behaviour::Refused;
        self.shared.paths.lock().unwrap().clear();
        self.behaviour.send(behaviour).unwrap();
        while self.shared.listens.load(Ordering::SeqCst) != listens {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// From now on it does this where the path begins so; otherwise as before.
    pub fn behave_at(&self, path: &str, behaviour: Behaviour) {
        assert!(!behaviour.is_of_the_connection(), "the path is not known yet");
        self.shared.paths.lock().unwrap().insert(0, (path.into(), behaviour));
    }

    /// What it says of the time from now on, instead of what the time is.
    pub fn date(&self, date: &str) {
        *self.shared.date.lock().unwrap() = Some(date.into());
    }

    /// Serves a file from now on.
    pub fn put(&self, path: &str, bytes: &[u8]) {
        self.shared.files.lock().unwrap().insert(path.into(), bytes.into());
    }

    /// Serves a file no more.
    pub fn remove(&self, path: &str) {
        self.shared.files.lock().unwrap().remove(path);
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address under one of its names, or its IP address.
    pub fn url(&self, host: &str) -> String {
        let scheme = if self.shared.certificates.is_some() { "https" } else { "http" };
        format!("{scheme}://{host}:{}/", self.address.port())
    }

    /// The root of its certificates, in DER.
    pub fn root(&self) -> CertificateDer<'static> {
        self.root.clone()
    }

    /// A list that calls back the certificate it presents, in PEM.
    pub fn revoked(&self) -> String {
        self.shared.certificates.as_ref().unwrap().revoked.clone()
    }

    /// What was asked so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Bytes sent so far, heads and bodies.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = self.behaviour.send(Behaviour::Well);
        let _ = self.thread.take().unwrap().join();
    }
}

async fn listen(
    listener: std::net::TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    mut behaviour: watch::Receiver<Behaviour>,
) {
    let mut listener = Some(TcpListener::from_std(listener).unwrap());
    while !shared.stopped.load(Ordering::SeqCst) {
        let now = behaviour.borrow_and_update().clone();
        if now == Behaviour::Refused {
            listener = None;
            shared.listens.store(false, Ordering::SeqCst);
            behaviour.changed().await.unwrap();
            continue;
        }
        if listener.is_none() {
            listener = Some(TcpListener::bind(address).await.unwrap());
        }
        shared.listens.store(true, Ordering::SeqCst);
        tokio::select! {
            changed = behaviour.changed() => changed.unwrap(),
            came = listener.as_ref().unwrap().accept() => {
                let (stream, _) = came.unwrap();
                // `accept` and a change may be ready together: the change came first.
                tokio::spawn(connection(stream, shared.clone(), behaviour.borrow().clone()));
            }
        }
    }
}

/// One connection: its faults are the client's to suffer, so errors on our side end it silently.
async fn connection(mut stream: TcpStream, shared: Arc<Shared>, behaviour: Behaviour) -> Option<()> {
    match behaviour {
        Behaviour::SilentHandshake => return std::future::pending().await,
        Behaviour::ClosesInHandshake => return None,
        Behaviour::OldTls => {
            // What `openssl s_server -tls1` answers: the alert 70, protocol_version.
            let _ = stream.read(&mut [0; 2000]).await;
            stream.write_all(&[0x15, 3, 1, 0, 2, 2, 70]).await.ok()?;
            return stream.shutdown().await.ok();
        }
        Behaviour::PlainHttp => {
            let _ = stream.read(&mut [0; 2000]).await;
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await.ok()?;
            return stream.shutdown().await.ok();
        }
        _ => {}
    }
    match &shared.certificates {
        None => talk(stream, &shared, behaviour).await,
        Some(certificates) => {
            let stream = certificates.acceptor(&behaviour).accept(stream).await.ok()?;
            talk(stream, &shared, behaviour).await
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a server has the time")]
fn today() -> String {
    jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    shared: &Shared,
    behaviour: Behaviour,
) -> Option<()> {
    let request = read(&mut stream).await?;
    shared.requests.lock().unwrap().push(request.clone());
    let of_path =
        shared.paths.lock().unwrap().iter().find(|(path, _)| request.path.starts_with(path)).cloned();
    let behaviour = of_path.map_or(behaviour, |(_, behaviour)| behaviour);
    let file = shared.files.lock().unwrap().get(&request.path).cloned();
    let date = shared.date.lock().unwrap().clone().unwrap_or_else(today);
    let mut out = answer::Out { stream, sent: &shared.sent, date, is_head: request.method == "HEAD" };
    answer::answer(&mut out, &request, &behaviour, file).await.ok()
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let mut rows = head.split("\r\n");
    let mut first = rows.next()?.split(' ').map(str::to_owned);
    let (method, path) = (first.next()?, first.next()?);
    let headers = rows.filter_map(|row| row.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    Some(Request { method, path, headers: headers.collect() })
}
