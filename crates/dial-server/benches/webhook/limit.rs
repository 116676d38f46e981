//! The limit: a server of the same make that reads a request and answers a constant.

use std::io::{BufRead, BufReader, Result};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

/// As long as a turn's document.
const LENGTH: usize = 700;

/// Serves until it is ended.
pub(crate) fn serve() -> Result<()> {
    let mut document = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Gather action=\"/twiml/demo/step/",
    );
    document.push_str(&"s".repeat(90));
    document.push_str("\"><Say>");
    let end = "</Say></Gather></Response>";
    document.push_str(&".".repeat(LENGTH - document.len() - end.len()));
    document.push_str(end);
    let document = Bytes::from(document);
    let answer = move |_body: Bytes| {
        let document = document.clone();
        async move { ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], document) }
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        super::say(&listener.local_addr()?.to_string());
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, Router::new().fallback(answer)).await
    })
}

/// That server as a process of its own, ended when it is dropped.
pub(crate) struct Limit {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Limit {
    pub(crate) fn start() -> Result<Self> {
        let mut process =
            Command::new(std::env::current_exe()?).arg("--limit").stdout(Stdio::piped()).spawn()?;
        let mut row = String::new();
        let read = process.stdout.take().map(|output| BufReader::new(output).read_line(&mut row));
        let address = read.transpose()?.and_then(|_| row.trim().parse().ok());
        match address {
            Some(address) => Ok(Self { process, address }),
            None => {
                process.kill()?;
                Err(std::io::Error::other("the server that is the limit did not start"))
            }
        }
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
