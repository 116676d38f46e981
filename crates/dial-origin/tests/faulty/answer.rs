//! What is written to a client, byte by byte: nothing here cares for the rules of HTTP.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{Behaviour, Request};

const DRIP: Duration = Duration::from_millis(50);
const CHANGED: &str = "Sat, 21 Nov 2026 18:30:00 GMT";

/// A stream that counts.
pub struct Out<'a, S> {
    pub stream: S,
    pub sent: &'a AtomicU64,
    /// What the server takes for the time (RFC 9110, section 5.6.7).
    pub date: String,
    /// Whether only the head was asked for (RFC 9110, section 9.3.2).
    pub is_head: bool,
}

impl<S: AsyncWrite + Unpin> Out<'_, S> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await?;
        self.sent.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        Ok(())
    }

    async fn drip(&mut self, bytes: &[u8]) -> io::Result<()> {
        for byte in bytes {
            self.write(&[*byte]).await?;
            tokio::time::sleep(DRIP).await;
        }
        Ok(())
    }

    async fn send(&mut self, status: &str, headers: &str, body: &[u8]) -> io::Result<()> {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\nDate: {}\r\nConnection: close\r\n{headers}", self.date);
        self.write(format!("{head}Content-Length: {length}\r\n\r\n").as_bytes()).await?;
        self.write(if self.is_head { &[] } else { body }).await?;
        self.stream.shutdown().await
    }

    async fn cut(&mut self, headers: &str, body: &[u8]) -> io::Result<()> {
        self.write(format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes()).await?;
        self.write(body).await
    }
}

pub async fn answer<S: AsyncWrite + Unpin>(
    out: &mut Out<'_, S>,
    request: &Request,
    behaviour: &Behaviour,
    file: Option<Vec<u8>>,
) -> io::Result<()> {
    use Behaviour::*;
    let missing = b"404".to_vec();
    let whole = file.clone().unwrap_or_else(|| missing.clone());
    let half = &whole[..whole.len() / 2];
    let length = format!("ETag: \"{}\"\r\nContent-Length: {}\r\n", tag(&whole), whole.len());
    match behaviour {
        SilentAfterRequest => std::future::pending().await,
        ClosesAfterRequest => Ok(()),
        DripsHead => {
            out.drip(format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n", "x".repeat(100_000)).as_bytes()).await
        }
        DripsBody => {
            out.cut("Content-Length: 100000\r\n", b"").await?;
            out.drip(&vec![b' '; 100_000]).await
        }
        CutWithLength => out.cut(&length, half).await,
        CutChunked => {
            let chunk = [format!("{:x}\r\n", half.len()).as_bytes(), half, b"\r\n"].concat();
            out.cut("Transfer-Encoding: chunked\r\n", &chunk).await
        }
        CutWithoutLength => {
            out.cut("Connection: close\r\n", half).await?;
            out.stream.shutdown().await
        }
        CutWithoutFarewell => out.cut("Connection: close\r\n", half).await,
        LongerThanLength => {
            out.cut(&format!("Content-Length: {}\r\n", half.len()), &whole).await?;
            out.stream.shutdown().await
        }
        TwoLengths => out.cut(&format!("Content-Length: {}\r\n{length}", whole.len() + 1), &whole).await,
        NotHttp => out.write(b"SSH-2.0-OpenSSH_9.2p1\r\n").await,
        HugeHead => out.send("200 OK", &format!("X-Huge: {}\r\n", "x".repeat(600_000)), &whole).await,
        RedirectLoop => out.send("302 Found", &format!("Location: {}\r\n", request.path), b"").await,
        RedirectsForEver => out.send("302 Found", &format!("Location: {}x\r\n", request.path), b"").await,
        RedirectTo(to) => out.send("302 Found", &format!("Location: {to}\r\n"), b"").await,
        Status(status @ (204 | 304)) => out.cut_head(*status).await,
        Status(206) => out.send("206 Partial Content", "Content-Range: bytes 0-1/4\r\n", b"{}").await,
        Status(status) => out.send(&format!("{status} Told"), "", b"an error page").await,
        BusyFor(wait) => out.send("429 Too Many Requests", &format!("Retry-After: {wait}\r\n"), b"").await,
        EmptyAnswer => out.send("200 OK", "", b"").await,
        Body { content_type, bytes } => {
            out.send("200 OK", &format!("Content-Type: {content_type}\r\n"), bytes).await
        }
        WebPage => {
            out.send("200 OK", "Content-Type: text/html\r\n", b"<!doctype html><title>Welcome</title>").await
        }
        LfsPointer => {
            let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
            out.send("200 OK", "", pointer).await
        }
        BadJson => out.send("200 OK", "", b"{\"church_name\": \"St Anne's\",\n \"services\": [,]}").await,
        Utf16 => out.send("200 OK", "", b"\xff\xfe{\0}\0").await,
        EmptyList => out.send("200 OK", "", br#"{"church_name": "St Anne's", "services": []}"#).await,
        Endless => {
            out.cut("", b"").await?;
            let spaces = vec![b' '; 64 * 1024];
            loop {
                out.write(&spaces).await?;
            }
        }
        GzipBomb => out.send("200 OK", "Content-Encoding: gzip\r\n", &gzip(&vec![0; 8 << 20])).await,
        TruncatedGzip => {
            let packed = gzip(&whole);
            out.send("200 OK", "Content-Encoding: gzip\r\n", &packed[..packed.len() / 2]).await
        }
        WrongCoding => out.send("200 OK", "Content-Encoding: gzip\r\n", &whole).await,
        Corrupted => {
            let noise: Vec<u8> = whole.iter().map(|byte| byte ^ 0x55).collect();
            out.send("200 OK", "", &noise).await
        }
        IgnoresRanges => out.send("200 OK", "", &whole).await,
        SendsAnotherPart => {
            let range = format!("Content-Range: bytes 0-{}/{}\r\n", half.len() - 1, whole.len());
            out.send("206 Partial Content", &range, half).await
        }
        _ => well(out, request, file).await,
    }
}

impl<S: AsyncWrite + Unpin> Out<'_, S> {
    /// RFC 9110, section 8.6: a 204 has no length, and a 304 has none of its own.
    async fn cut_head(&mut self, status: u16) -> io::Result<()> {
        self.write(format!("HTTP/1.1 {status} Told\r\nConnection: close\r\n\r\n").as_bytes()).await?;
        self.stream.shutdown().await
    }
}

/// A file as a good server serves it.
async fn well<S: AsyncWrite + Unpin>(
    out: &mut Out<'_, S>,
    request: &Request,
    file: Option<Vec<u8>>,
) -> io::Result<()> {
    let Some(file) = file else {
        return out.send("404 Not Found", "Content-Type: text/html\r\n", b"<html>Not found</html>").await;
    };
    let etag = format!("\"{}\"", tag(&file));
    let headers = format!("ETag: {etag}\r\nLast-Modified: {CHANGED}\r\n");
    if request.header("if-none-match") == Some(&*etag) {
        let head =
            format!("HTTP/1.1 304 Not Modified\r\nDate: {}\r\nConnection: close\r\n{headers}\r\n", out.date);
        out.write(head.as_bytes()).await?;
        return out.stream.shutdown().await;
    }
    let from = request
        .header("range")
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let same = request.header("if-range").is_none_or(|tag| tag == etag);
    match from {
        Some(from) if same && from < file.len() => {
            let range = format!("{headers}Content-Range: bytes {from}-{}/{}\r\n", file.len() - 1, file.len());
            out.send("206 Partial Content", &range, &file[from..]).await
        }
        Some(_) if same => out.send("416 Range Not Satisfiable", "", b"").await,
        _ => out.send("200 OK", &headers, &file).await,
    }
}

fn tag(file: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    file.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
