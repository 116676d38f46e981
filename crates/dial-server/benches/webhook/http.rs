//! A client of one kept-open connection that costs little: no parsing beyond the length of the answer.

use std::io::{Error, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::time::Duration;

/// What is longer is read and thrown away.
const BUFFER: usize = 256 * 1024;

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    body: Range<usize>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Self { stream, buffer: vec![0; BUFFER], body: 0..0 })
    }

    /// Sends a request and reads the whole answer, which must be a 200. Returns its body's length.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> Result<usize> {
        self.stream.write_all(request)?;
        let mut filled = 0;
        let head = loop {
            filled += self.read_some(filled)?;
            if let Some(end) = self.buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = String::from_utf8_lossy(&self.buffer[..head]);
        if !text.starts_with("HTTP/1.1 200 ") {
            return Err(Error::other(format!("the answer is no 200: {text}")));
        }
        let value = text.split_once("content-length: ").and_then(|(_, rest)| rest.split("\r\n").next());
        let length: usize = value
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| Error::other(format!("the answer tells no length: {text}")))?;
        let mut missing = (head + length).saturating_sub(filled);
        self.body = head..(head + length).min(BUFFER);
        while missing > 0 {
            let at = if filled < BUFFER { filled } else { head };
            let read = self.read_some(at)?;
            (filled, missing) = (at + read, missing.saturating_sub(read));
        }
        Ok(length)
    }

    /// The last answer's body, where it is not longer than the buffer.
    pub(crate) fn body(&self) -> &[u8] {
        &self.buffer[self.body.clone()]
    }

    fn read_some(&mut self, at: usize) -> Result<usize> {
        match self.stream.read(&mut self.buffer[at..])? {
            0 => Err(Error::other("the server closed the connection, or its answer's head is too long")),
            read => Ok(read),
        }
    }
}
