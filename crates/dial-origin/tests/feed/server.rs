//! A website with a feed: answers by path and query, over loopback.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is answered: the status line's number, more header lines, and the body.
pub(crate) type Answer = (u16, String, Vec<u8>);

#[derive(Default)]
pub(crate) struct State {
    pub(crate) answers: HashMap<String, Answer>,
    pub(crate) seen: Vec<String>,
    /// How many requests came with a token or password.
    pub(crate) shown: usize,
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

    pub(crate) fn put(&self, target: &str, status: u16, headers: &str, body: impl Into<Vec<u8>>) {
        self.state.lock().unwrap().answers.insert(target.into(), (status, headers.into(), body.into()));
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().seen)
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let lines = BufReader::new((&stream).take(64 * 1024)).lines();
    let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let Some(target) = head.first().and_then(|first| first.split(' ').nth(1)) else { return };
    let mut state = state.lock().unwrap();
    state.seen.push(target.into());
    let shown = |line: &String| line.to_ascii_lowercase().starts_with("authorization:");
    state.shown += usize::from(head.iter().any(shown));
    let known =
        |line: &String| line.to_ascii_lowercase().starts_with("if-none-match:") && line.contains("\"1\"");
    let (status, headers, body) = match state.answers.get(target) {
        Some((_, headers, _)) if headers.contains("ETag: \"1\"") && head.iter().any(known) => {
            (304, String::new(), Vec::new())
        }
        Some(answer) => answer.clone(),
        None => (404, String::new(), b"not here".to_vec()),
    };
    let len = if headers.contains("Content-Length") {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\nDate: Sun, 12 Jun 2022 10:00:00 GMT\r\nConnection: close\r\n{len}{headers}\r\n"
    );
    let _gone = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}
