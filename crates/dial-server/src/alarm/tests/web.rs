//! A small web server on a port of its own, over TLS or not, that remembers what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What the server answers.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Status(u16),
    With(u16, &'static str, String),
    Never,
}

/// A request that arrived.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(super) struct Web {
    pub(super) base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<Vec<Answer>>>,
}

impl Web {
    /// Gives one answer after the other, and the last one again and again.
    pub(super) async fn plain(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        Self::serve(base, listener, answers)
    }

    pub(super) async fn tls(acceptor: TlsAcceptor, answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("https://{}", listener.local_addr().unwrap());
        Self::serve(base, Tls { listener, acceptor }, answers)
    }

    fn serve(base: String, listener: impl Listener<Addr = SocketAddr>, answers: &[Answer]) -> Self {
        let web = Self { base, seen: Arc::default(), answers: Arc::new(Mutex::new(answers.to_vec())) };
        let (seen, answers) = (Arc::clone(&web.seen), Arc::clone(&web.answers));
        let answer = move |request: Request| async move {
            let (parts, body) = request.into_parts();
            let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
            let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
            seen.lock().unwrap().push(Seen { method, path, headers: parts.headers, body });
            let answer = {
                let mut answers = answers.lock().unwrap();
                if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
            };
            let response = match answer {
                Answer::Status(status) => Response::builder().status(status),
                Answer::With(status, name, value) => Response::builder().status(status).header(name, value),
                Answer::Never => std::future::pending().await,
            };
            response.body(Body::empty()).unwrap()
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        web
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Answers so from now on.
    pub(super) fn now(&self, answer: Answer) {
        *self.answers.lock().unwrap() = vec![answer];
    }
}

struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, address) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
