//! From bytes to a message. What is wrong is noted, not thrown: its sender may be told.

use bytes::Bytes;

use super::header::{Field, Headers, Name, Span};
use super::scan::{is_token, number, trim};
use super::{MAX_HEADER, MAX_HEADERS, MAX_MESSAGE, Message, Method, Request, Response, Status};

/// These bytes are no message of SIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Nothing but line ends, as some send to keep a flow alive.
    #[error("cannot read a message: it is empty")]
    Empty,
    /// More than [`MAX_MESSAGE`] bytes.
    #[error("cannot read a message: it is longer than 64 KiB")]
    TooLong,
    /// The first line is of no request and no response.
    #[error("cannot read a message: its first line is not of SIP")]
    StartLine,
}

/// What is wrong with the form of a message; the first flaw counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The request line has too many spaces, or something in it that does not belong there.
    RequestLine,
    /// A line among the header fields is none.
    HeaderLine,
    /// A header field is longer than [`MAX_HEADER`].
    HeaderTooLong,
    /// There are more than [`MAX_HEADERS`] header fields.
    TooManyHeaders,
    /// No empty line ends the header fields.
    Truncated,
    /// The length of the body is no number, or contradicts itself or what was sent.
    ContentLength,
}

pub(super) fn message(bytes: Bytes) -> Result<Message, Unreadable> {
    if bytes.len() > MAX_MESSAGE {
        return Err(Unreadable::TooLong);
    }
    // RFC 3261 section 7.5: line ends before the first line are left aside.
    let start = bytes.iter().position(|byte| !b"\r\n".contains(byte)).ok_or(Unreadable::Empty)?;
    let line = line_at(&bytes, start).ok_or(Unreadable::StartLine)?;
    let first = bytes.get(line.start..line.end).unwrap_or_default();
    let mut flaw = None;
    if first.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case(b"SIP/")) {
        let status = status(first).ok_or(Unreadable::StartLine)?;
        let (headers, body) = fields(bytes, line.end + 2, &mut flaw);
        return Ok(Message::Response(Response { status, headers, body, flaw }));
    }
    let parts = RequestLine::read(line.start, first).ok_or(Unreadable::StartLine)?;
    if !parts.is_clean {
        flaw = Some(Flaw::RequestLine);
    }
    let (method, is_current) = (parts.method_of(&bytes), parts.is_current);
    let (headers, body) = fields(bytes, line.end + 2, &mut flaw);
    let (method_text, uri) = (parts.method, parts.uri);
    Ok(Message::Request(Request { method, method_text, uri, is_current, headers, body, flaw }))
}

/// The line that starts here, without its end.
fn line_at(bytes: &[u8], start: usize) -> Option<Span> {
    let rest = bytes.get(start..)?;
    let len = rest.windows(2).position(|pair| pair == b"\r\n")?;
    Some(Span { start, end: start + len })
}

struct RequestLine {
    method: Span,
    uri: Span,
    is_current: bool,
    is_clean: bool,
}

impl RequestLine {
    /// Any line that begins with a token and ends in `SIP/…` is a request, so that its sender hears of it.
    fn read(start: usize, line: &[u8]) -> Option<Self> {
        let method = line.iter().position(|byte| *byte == b' ')?;
        let shown = trim(line);
        let version = shown.iter().rposition(|byte| *byte == b' ')? + 1;
        let text = shown.get(version..)?;
        let is_sip = text.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case(b"SIP/"));
        if method == 0
            || version <= method
            || !is_sip
            || !line.get(..method)?.iter().all(|byte| is_token(*byte))
        {
            return None;
        }
        let uri = Span { start: start + method + 1, end: start + version.saturating_sub(1).max(method + 1) };
        let inner = line.get(method + 1..version.saturating_sub(1)).unwrap_or_default();
        let is_clean =
            shown.len() == line.len() && !inner.is_empty() && inner.iter().all(|byte| *byte > b' ');
        let is_current = text.eq_ignore_ascii_case(b"SIP/2.0");
        Some(Self { method: Span { start, end: start + method }, uri, is_current, is_clean })
    }

    fn method_of(&self, bytes: &[u8]) -> Method {
        Method::of(bytes.get(self.method.start..self.method.end).unwrap_or_default())
    }
}

/// `SIP/2.0 200 Reason`, of which the reason is any bytes or none.
fn status(line: &[u8]) -> Option<Status> {
    let rest = line.get(..8).filter(|begin| begin.eq_ignore_ascii_case(b"SIP/2.0 ")).and(line.get(8..))?;
    let code = rest.split(|byte| *byte == b' ').next()?;
    Status::new(number(code, 699).filter(|_| code.len() == 3)? as u16)
}

/// All header fields and the body.
fn fields(message: Bytes, start: usize, flaw: &mut Option<Flaw>) -> (Headers, Span) {
    let mut fields = Vec::with_capacity(16);
    let mut at = start;
    let body = loop {
        let Some(line) = logical_line(&message, at) else {
            flaw.get_or_insert(Flaw::Truncated);
            break Span { start: message.len(), end: message.len() };
        };
        at = line.end + 2;
        if line.start == line.end {
            break Span { start: at, end: message.len() };
        }
        if fields.len() == MAX_HEADERS {
            flaw.get_or_insert(Flaw::TooManyHeaders);
            break Span { start: message.len(), end: message.len() };
        }
        match field(&message, line) {
            Ok(field) => fields.push(field),
            Err(wrong) => {
                flaw.get_or_insert(wrong);
            }
        }
    };
    let headers = Headers { message, fields };
    let body = bounded(&headers, body, flaw);
    (headers, body)
}

/// A line with all that is folded onto it (RFC 3261 section 7.3.1).
fn logical_line(message: &[u8], start: usize) -> Option<Span> {
    let mut line = line_at(message, start)?;
    while line.start != line.end
        && let Some(b' ' | b'\t') = message.get(line.end + 2)
    {
        line.end = line_at(message, line.end + 2)?.end;
    }
    Some(line)
}

fn field(message: &[u8], line: Span) -> Result<Field, Flaw> {
    let text = message.get(line.start..line.end).unwrap_or_default();
    if text.len() > MAX_HEADER {
        return Err(Flaw::HeaderTooLong);
    }
    let colon = text.iter().position(|byte| *byte == b':').ok_or(Flaw::HeaderLine)?;
    let (name, value) = text.split_at(colon);
    let end = name.iter().rposition(|byte| !b" \t".contains(byte)).map_or(0, |last| last + 1);
    let name = name.get(..end).unwrap_or_default();
    if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) || has_lone_line_end(value) {
        return Err(Flaw::HeaderLine);
    }
    let value = Span { start: line.start + colon + 1, end: line.end };
    Ok(Field { name: Name::of(name), value })
}

/// A line end that folds nothing would become another header field where somebody reads less strictly.
fn has_lone_line_end(value: &[u8]) -> bool {
    value.iter().enumerate().any(|(place, byte)| match byte {
        b'\r' => value.get(place + 1) != Some(&b'\n'),
        b'\n' => place == 0 || value.get(place - 1) != Some(&b'\r'),
        _ => false,
    })
}

/// The body, cut to the length that is named.
fn bounded(headers: &Headers, body: Span, flaw: &mut Option<Flaw>) -> Span {
    let mut lengths = headers.all(Name::ContentLength);
    let Some(first) = lengths.next() else { return body };
    let sent = body.end - body.start;
    match number(first, MAX_MESSAGE as u64) {
        Some(len) if len as usize <= sent && lengths.next().is_none() => {
            Span { start: body.start, end: body.start + len as usize }
        }
        _ => {
            flaw.get_or_insert(Flaw::ContentLength);
            body
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Message, Unreadable> {
        Message::parse(Bytes::copy_from_slice(text))
    }

    fn request(text: &[u8]) -> Request {
        match read(text).unwrap() {
            Message::Request(request) => request,
            Message::Response(_) => panic!("a response"),
        }
    }

    #[test]
    fn a_body_without_a_length_runs_to_the_end_of_the_datagram() {
        let request = request(b"\r\n\r\nINVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c\r\n\r\nv=0\r\n");
        assert_eq!((request.body(), request.flaw()), (&b"v=0\r\n"[..], None));
    }

    #[test]
    fn bytes_after_the_named_length_are_left_aside() {
        let request = request(b"BYE sip:a@b SIP/2.0\r\nl: 2\r\n\r\nabREGISTER");
        assert_eq!(request.body(), b"ab");
    }

    #[test]
    fn a_folded_field_is_one_field() {
        let request = request(b"BYE sip:a@b SIP/2.0\r\nSubject : a\r\n\t b\r\nVia:\r\n x\r\n\r\n");
        assert_eq!(request.headers.len(), 2);
        assert_eq!(request.headers.first(Name::Via), Some(&b"x"[..]));
    }

    #[test]
    fn each_flaw_is_named() {
        let many = "a: b\r\n".repeat(MAX_HEADERS + 1);
        let long = format!("a: {}\r\n", "b".repeat(MAX_HEADER));
        for (rest, flaw) in [
            ("no colon\r\n\r\n", Flaw::HeaderLine),
            (": empty\r\n\r\n", Flaw::HeaderLine),
            ("a b: c\r\n\r\n", Flaw::HeaderLine),
            ("a: b\nVia: c\r\n\r\n", Flaw::HeaderLine),
            ("a: b\rVia: c\r\n\r\n", Flaw::HeaderLine),
            ("a: b\r\n", Flaw::Truncated),
            ("Content-Length: -1\r\n\r\n", Flaw::ContentLength),
            ("Content-Length: 1\r\nl: 1\r\n\r\nab", Flaw::ContentLength),
            ("Content-Length: 3\r\n\r\nab", Flaw::ContentLength),
            (&(many + "\r\n"), Flaw::TooManyHeaders),
            (&(long + "\r\n"), Flaw::HeaderTooLong),
        ] {
            let text = format!("BYE sip:a@b SIP/2.0\r\n{rest}");
            assert_eq!(request(text.as_bytes()).flaw(), Some(flaw));
        }
    }

    #[test]
    fn what_is_no_sip_is_unreadable() {
        for (text, expected) in [
            (&b""[..], Unreadable::Empty),
            (b"\r\n\r\n", Unreadable::Empty),
            (b"GET / HTTP/1.1\r\n\r\n", Unreadable::StartLine),
            (b"INVITE sip:a@b SIP/2.0", Unreadable::StartLine),
            (b" sip:a@b SIP/2.0\r\n\r\n", Unreadable::StartLine),
            (b"SIP/2.0 99 x\r\n\r\n", Unreadable::StartLine),
            (b"SIP/2.0 4294967301 x\r\n\r\n", Unreadable::StartLine),
            (&vec![b'a'; MAX_MESSAGE + 1], Unreadable::TooLong),
        ] {
            assert_eq!(read(text).unwrap_err(), expected);
        }
        assert!(read(b"SIP/2.0 100\r\n\r\n").is_ok());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic() {
        let mut chance = fastrand::Rng::with_seed(1);
        let seed = b"INVITE sip:a@b;c SIP/2.0\r\nVia: SIP/2.0/UDP x:1;branch=z\r\n y\r\nFrom: \"a\" <sip:b>;tag=c\r\nl: 3\r\n\r\nabc";
        for _ in 0..20_000 {
            let mut bytes = seed.to_vec();
            for _ in 0..chance.usize(1..6) {
                let place = chance.usize(..bytes.len());
                match chance.u8(..3) {
                    0 => bytes[place] = chance.u8(..),
                    1 => drop(bytes.remove(place)),
                    _ => bytes.insert(place, b" \r\n\t;:\"<>,@/"[chance.usize(..12)]),
                }
            }
            if let Ok(Message::Request(request)) = read(&bytes) {
                let _ = (request.via(), request.from(), request.uri(), request.cseq(), request.body());
            }
        }
    }
}
