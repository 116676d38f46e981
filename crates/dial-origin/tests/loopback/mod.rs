//! A small server on this machine, over plain HTTP, that answers one request after the other as a test has it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A server with what it knows.
pub(crate) struct Loopback<S> {
    pub(crate) address: String,
    pub(crate) state: Arc<Mutex<S>>,
}

/// A request as it came.
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as they were written.
    pub(crate) target: String,
    /// Names in small letters.
    headers: HashMap<String, String>,
}

/// What is answered: the status line's number, more header lines, and the body.
pub(crate) type Answer = (u16, String, Vec<u8>);

impl<S: Send + 'static> Loopback<S> {
    /// `answer` also says how many bytes of the body are sent before the connection ends; none: all.
    pub(crate) fn serve(state: S, answer: fn(&mut S, &Request) -> (Answer, Option<usize>)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let Some(request) = Request::read(&stream) else { continue };
                let (answer, cut) = answer(&mut shared.lock().unwrap(), &request);
                send(stream, &request, answer, cut);
            }
        });
        Self { address, state }
    }
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    fn read(stream: &TcpStream) -> Option<Self> {
        let mut lines = BufReader::new(stream.take(64 * 1024)).lines();
        let first = lines.next()?.ok()?;
        let mut words = first.split(' ').map(str::to_owned);
        let (method, target) = (words.next()?, words.next()?);
        let rows = lines.map_while(Result::ok).take_while(|row| !row.is_empty());
        let named = |row: String| {
            row.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        Some(Self { method, target, headers: rows.filter_map(named).collect() })
    }
}

fn send(mut stream: TcpStream, request: &Request, (status, headers, body): Answer, cut: Option<usize>) {
    let is_stated = headers.contains("Content-Length");
    let len = if is_stated { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head = format!(
        "HTTP/1.1 {status} X\r\nDate: Sun, 12 Jun 2022 10:00:00 GMT\r\nConnection: close\r\n{len}{headers}\r\n"
    );
    let sent = if request.method == "HEAD" { 0 } else { cut.unwrap_or(body.len()).min(body.len()) };
    let _gone = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body[..sent]));
}
