//! A server that gives repositories over https as Git's own `http-backend` does, and counts every byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use time::OffsetDateTime;

/// How the server behaves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Manner {
    Plain,
    /// As servers were before protocol version 2.
    Old,
    /// Gives this much of an answer, and then nothing more.
    Stall(usize),
    /// Wants this user and password (Basic, in base 64).
    Locked(String),
    /// Sends everybody elsewhere.
    Elsewhere(String),
    Status(u16),
}

/// What the certificate of the server is like.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Good,
    Expired,
    WrongName,
}

pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) authority: PathBuf,
    pub(crate) moved: Arc<AtomicU64>,
    pub(crate) manner: Arc<Mutex<Manner>>,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves the repositories in a folder; the authority's certificate is written beside them.
    pub(crate) fn start(root: &Path, kind: Kind) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = root.join(format!("authority-{}.pem", listener.local_addr().unwrap().port()));
        let config = Arc::new(config(&authority, kind));
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            authority,
            moved: Arc::default(),
            manner: Arc::new(Mutex::new(Manner::Plain)),
            asked: Arc::default(),
        };
        let (root, moved) = (root.to_path_buf(), server.moved.clone());
        let (manner, asked) = (server.manner.clone(), server.asked.clone());
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let counted = Counted(socket, moved.clone());
                let tls = ServerConnection::new(config.clone()).unwrap();
                let stream = BufReader::new(StreamOwned::new(tls, counted));
                let (root, manner, asked) = (root.clone(), manner.clone(), asked.clone());
                std::thread::spawn(move || serve(stream, &root, &manner, &asked));
            }
        });
        server
    }

    pub(crate) fn address(&self, repository: &str) -> String {
        format!("https://localhost:{}/{repository}", self.port)
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// Bytes on the wire since the last time that this was asked, both ways.
    pub(crate) fn moved(&self) -> u64 {
        self.moved.swap(0, Ordering::SeqCst)
    }
}

fn config(authority: &Path, kind: Kind) -> ServerConfig {
    let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut above = CertificateParams::new(Vec::new()).unwrap();
    // Of two authorities with one name only the first would be tried.
    above.distinguished_name.push(DnType::CommonName, format!("authority {}", authority.display()));
    above.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    std::fs::write(authority, above.self_signed(&authority_key).unwrap().pem()).unwrap();
    let names = match kind {
        Kind::WrongName => vec!["other.example".to_owned()],
        _ => vec!["localhost".to_owned()],
    };
    let mut params = CertificateParams::new(names).unwrap();
    params.not_before = OffsetDateTime::now_utc() - Duration::from_hours(48);
    params.not_after = match kind {
        Kind::Expired => OffsetDateTime::now_utc() - Duration::from_hours(1),
        _ => OffsetDateTime::now_utc() + Duration::from_hours(48),
    };
    let certificate = params.signed_by(&key, &Issuer::from_params(&above, &authority_key)).unwrap();
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

struct Counted(TcpStream, Arc<AtomicU64>);

impl Read for Counted {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read(bytes)?;
        self.1.fetch_add(count as u64, Ordering::SeqCst);
        Ok(count)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.0.write(bytes)?;
        self.1.fetch_add(count as u64, Ordering::SeqCst);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

type Stream = BufReader<StreamOwned<ServerConnection, Counted>>;

fn serve(mut stream: Stream, root: &Path, manner: &Mutex<Manner>, asked: &Mutex<Vec<String>>) {
    while let Some((first, headers)) = head(&mut stream) {
        let mut parts = first.split(' ');
        let (method, target) = (parts.next().unwrap(), parts.next().unwrap());
        let length: usize = headers.get("content-length").parse().unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        asked.lock().unwrap().push(format!("{first} {}", headers.get("authorization")));
        let manner = manner.lock().unwrap().clone();
        let refusal = match &manner {
            Manner::Locked(secret) if headers.get("authorization") != format!("Basic {secret}") => {
                Some("401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"".to_owned())
            }
            Manner::Elsewhere(base) => Some(format!("302 Found\r\nLocation: {base}{target}")),
            Manner::Status(status) => Some(format!("{status} No")),
            _ => None,
        };
        let sent = match refusal {
            Some(refusal) => write!(stream.get_mut(), "HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n"),
            None => answer(stream.get_mut(), root, method, target, &headers, &body, &manner),
        };
        if sent.and_then(|()| stream.get_mut().flush()).is_err() {
            return;
        }
    }
}

fn head(stream: &mut Stream) -> Option<(String, Headers)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let split = |line: &String| line.split_once(": ").map(|(name, value)| (name.into(), value.into()));
    let headers = lines.iter().skip(1).filter_map(split).collect();
    Some((lines.first()?.clone(), Headers(headers)))
}

struct Headers(Vec<(String, String)>);

impl Headers {
    fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    }
}

/// RFC 3875: the head of the answer and its body, as the program gives them.
fn answer(
    out: &mut impl Write,
    root: &Path,
    method: &str,
    target: &str,
    headers: &Headers,
    body: &[u8],
    manner: &Manner,
) -> std::io::Result<()> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let protocol = if *manner == Manner::Old { "" } else { headers.get("git-protocol") };
    let mut child = Command::new("git")
        .arg("http-backend")
        .env_remove("GIT_DIR")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("REQUEST_METHOD", method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", headers.get("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", headers.get("content-encoding"))
        .env("GIT_PROTOCOL", protocol)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    child.stdin.take().unwrap().write_all(body)?;
    let mut from = BufReader::new(child.stdout.take().unwrap());
    let (mut status, mut told) = ("200 OK".to_owned(), String::new());
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            None => break,
            Some(("Status", value)) => value.clone_into(&mut status),
            Some((name, value)) => told.push_str(&format!("{name}: {value}\r\n")),
        }
    }
    write!(out, "HTTP/1.1 {status}\r\n{told}Transfer-Encoding: chunked\r\n\r\n")?;
    let (mut chunk, mut sent) = (vec![0; 32 * 1024], 0);
    loop {
        let count = from.read(&mut chunk)?;
        write!(out, "{count:x}\r\n")?;
        out.write_all(&chunk[..count])?;
        out.write_all(b"\r\n")?;
        sent += count;
        if count == 0 {
            break;
        }
        if matches!(manner, Manner::Stall(most) if sent >= *most) {
            out.flush()?;
            std::thread::sleep(Duration::from_mins(1));
        }
    }
    child.wait()?;
    Ok(())
}
