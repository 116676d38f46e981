//! From a message to bytes. What a request brought is echoed as it came.

use std::net::SocketAddr;

use bytes::Bytes;

use super::via::with_source;
use super::{Method, Name, Request, Status};

/// An answer that is being written.
#[derive(Clone)]
pub struct Reply {
    bytes: Vec<u8>,
}

impl Reply {
    /// Begins the answer to a request that came from `source`. `tag` is added to To if that has none.
    ///
    /// RFC 3261 section 8.2.6: Via, From, Call-ID, CSeq and To are those of the request, byte for byte, but
    /// that the first Via tells where it came from; a provisional or good answer repeats Record-Route.
    pub fn new(request: &Request, source: SocketAddr, status: Status, tag: Option<&str>) -> Self {
        let mut reply = Self { bytes: Vec::with_capacity(512) };
        reply.bytes.extend_from_slice(format!("SIP/2.0 {status} {}\r\n", status.reason()).as_bytes());
        for (place, via) in request.headers.all(Name::Via).enumerate() {
            match place {
                0 => reply.line(Name::Via.long(), &with_source(via, source)),
                _ => reply.line(Name::Via.long(), via),
            }
        }
        if status < Status::BAD_REQUEST {
            for route in request.headers.all(Name::RecordRoute) {
                reply.line(Name::RecordRoute.long(), route);
            }
        }
        for from in request.headers.all(Name::From) {
            reply.line(Name::From.long(), from);
        }
        for to in request.headers.all(Name::To) {
            let has_tag = super::NameAddr::parse(to).is_some_and(|to| to.tag().is_some());
            match tag {
                Some(tag) if !has_tag => {
                    reply.line(Name::To.long(), &[to, b";tag=", tag.as_bytes()].concat());
                }
                _ => reply.line(Name::To.long(), to),
            }
        }
        for name in [Name::CallId, Name::CSeq] {
            for value in request.headers.all(name) {
                reply.line(name.long(), value);
            }
        }
        // RFC 3261 section 8.2.6.1: only the first answer repeats it, as it tells how far away we are.
        if status == Status::TRYING
            && let Some(timestamp) = request.headers.first(Name::Timestamp)
        {
            reply.line(Name::Timestamp.long(), timestamp);
        }
        reply
    }

    fn line(&mut self, name: &str, value: &[u8]) {
        line(&mut self.bytes, name, value);
    }

    /// Adds a header field; its value must be ours, or one that a message brought.
    #[must_use]
    pub fn header(mut self, name: Name, value: impl AsRef<[u8]>) -> Self {
        self.line(name.long(), value.as_ref());
        self
    }

    /// The message without a body.
    pub fn finish(self) -> Bytes {
        end(self.bytes, None)
    }

    /// The message with a body of a type.
    pub fn finish_with(self, content_type: &str, body: &[u8]) -> Bytes {
        end(self.bytes, Some((content_type, body)))
    }
}

/// A request that is being written.
#[derive(Clone)]
pub struct RequestWriter {
    bytes: Vec<u8>,
}

impl RequestWriter {
    /// Begins a request to an address.
    pub fn new(method: Method, uri: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend_from_slice(method.name().as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(uri);
        bytes.extend_from_slice(b" SIP/2.0\r\n");
        Self { bytes }
    }

    /// Adds a header field; its value must be ours, or one that a message brought.
    #[must_use]
    pub fn header(mut self, name: Name, value: impl AsRef<[u8]>) -> Self {
        line(&mut self.bytes, name.long(), value.as_ref());
        self
    }

    /// The message without a body.
    pub fn finish(self) -> Bytes {
        end(self.bytes, None)
    }

    /// The message with a body of a type.
    pub fn finish_with(self, content_type: &str, body: &[u8]) -> Bytes {
        end(self.bytes, Some((content_type, body)))
    }
}

fn line(bytes: &mut Vec<u8>, name: &str, value: &[u8]) {
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(b": ");
    bytes.extend_from_slice(value);
    bytes.extend_from_slice(b"\r\n");
}

fn end(mut bytes: Vec<u8>, body: Option<(&str, &[u8])>) -> Bytes {
    let (kind, body) = body.unwrap_or_default();
    if !body.is_empty() {
        line(&mut bytes, Name::ContentType.long(), kind.as_bytes());
    }
    line(&mut bytes, Name::ContentLength.long(), body.len().to_string().as_bytes());
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    #[test]
    fn what_the_request_brought_is_echoed_byte_for_byte() {
        let text = b"INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.9:5070;rport;branch=z9hG4bKa , SIP/2.0/TCP old\r\n\
            Via: SIP/2.0/UDP older\r\nf: \"Ren\xe9\" <sip:r@x>\r\n ;tag=1\r\nt:  tel:+44113\r\nRecord-Route: <sip:p;lr>\r\n\
            i: x@y\r\nCSeq: 7  INVITE\r\nTimestamp: 5\r\n\r\n";
        let Ok(Message::Request(request)) = Message::parse(Bytes::from_static(text)) else { panic!() };
        let reply = Reply::new(&request, "192.0.2.9:9".parse().unwrap(), Status::OK, Some("t"));
        let expected = b"SIP/2.0 200 OK\r\n\
            Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKa;received=192.0.2.9;rport=9, SIP/2.0/TCP old\r\n\
            Via: SIP/2.0/UDP older\r\nRecord-Route: <sip:p;lr>\r\nFrom: \"Ren\xe9\" <sip:r@x>\r\n ;tag=1\r\n\
            To: tel:+44113;tag=t\r\nCall-ID: x@y\r\nCSeq: 7  INVITE\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nok";
        assert_eq!(reply.finish_with("a/b", b"ok"), &expected[..]);
        let trying = Reply::new(&request, "192.0.2.9:9".parse().unwrap(), Status::TRYING, None).finish();
        assert!(trying.windows(15).any(|part| part == b"\r\nTimestamp: 5\r\n".get(..15).unwrap()));
    }
}
