//! What a server does with a request before any call hears of it (RFC 3261 section 8.2): serves it, answers
//! it with an error, or drops it. Responses are served or dropped.

use super::scan::number;
use super::{ACCEPT, Content, MAX_BODY, Method, Name, NameAddr, Request, Response, Scheme, Status, Uri};

/// The extensions that we understand, as Supported and Require name them.
pub const SUPPORTED: [&str; 3] = ["100rel", "timer", "histinfo"];

/// What is to be done with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is sound: a transaction may have it.
    Serve,
    /// It is answered at once.
    Refuse(Refusal),
    /// Nobody is told, but it is counted.
    Drop(Drop),
}

/// An answer that refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// With this status.
    pub status: Status,
    /// And this header field, which says what would be accepted.
    pub header: Option<(Name, String)>,
}

/// Why a message is dropped without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Drop {
    /// It does not say how it came, so that nobody can be answered.
    NoVia,
    /// An ACK is never answered.
    BrokenAck,
    /// A response that breaks the grammar.
    BrokenResponse,
    /// A response that is for somebody else (RFC 3261 section 8.1.3.3).
    NotOurs,
}

impl Refusal {
    /// A status without more.
    pub const fn plain(status: Status) -> Self {
        Self { status, header: None }
    }

    pub(crate) fn with(status: Status, name: Name, value: impl Into<String>) -> Self {
        Self { status, header: Some((name, value.into())) }
    }
}

impl Request {
    /// What is to be done with this request.
    ///
    /// The order is that of RFC 3261 section 8.2: form, method, address, extensions, body. An unknown method
    /// comes before a CSeq that contradicts it (RFC 4475 section 3.1.2.18).
    pub fn verdict(&self) -> Verdict {
        if self.via().is_none() {
            return Verdict::Drop(Drop::NoVia);
        }
        match self.judged() {
            Ok(()) => Verdict::Serve,
            Err(_) if self.method == Method::Ack => Verdict::Drop(Drop::BrokenAck),
            Err(refusal) => Verdict::Refuse(refusal),
        }
    }

    fn judged(&self) -> Result<(), Refusal> {
        if !self.is_current {
            return Err(Refusal::plain(Status::VERSION));
        }
        if !self.is_sound() {
            return Err(Refusal::plain(Status::BAD_REQUEST));
        }
        if self.method == Method::Unknown {
            return Err(Refusal::with(Status::NOT_IMPLEMENTED, Name::Allow, Method::ALLOW));
        }
        if self.cseq().is_none_or(|cseq| cseq.method != self.method_text()) {
            return Err(Refusal::plain(Status::BAD_REQUEST));
        }
        if !self.method.is_served() {
            return Err(Refusal::with(Status::METHOD_NOT_ALLOWED, Name::Allow, Method::ALLOW));
        }
        self.address()?;
        self.extensions()?;
        self.check_content()
    }

    /// Whether all that every request must have is there, once, and of its form.
    fn is_sound(&self) -> bool {
        let headers = &self.headers;
        let once = |name: Name| headers.all(name).count() == 1;
        let hops = |value: &[u8]| number(value, 255).is_some();
        // Max-Forwards is missing in requests of RFC 2543, which are served (RFC 4475 section 3.4.1).
        self.flaw.is_none()
            && [Name::From, Name::To, Name::CallId, Name::CSeq].into_iter().all(once)
            && !headers
                .fields
                .iter()
                .any(|field| field.name.is_single() && headers.all(field.name).count() > 1)
            && headers.all(Name::MaxForwards).all(hops)
            && self.call_id().is_some_and(|id| id.len() <= 1024)
            && self.cseq().is_some()
            && self.from().is_some_and(|from| Uri::parse(from.uri).is_some())
            && self.to().is_some_and(|to| Uri::parse(to.uri).is_some())
            && headers
                .all(Name::Via)
                .flat_map(super::scan::list)
                .all(|via| super::Via::parse(via).is_some_and(|via| via.params.is_some()))
    }

    fn address(&self) -> Result<(), Refusal> {
        let bad = || Refusal::plain(Status::BAD_REQUEST);
        let uri = self.uri().ok_or_else(bad)?;
        if uri.scheme == Scheme::Other {
            return Err(Refusal::plain(Status::UNSUPPORTED_SCHEME));
        }
        // RFC 3261 section 19.1.1: no header fields in the address of a request.
        if uri.headers.is_some() {
            return Err(bad());
        }
        // A dialog needs one address to send to; `*` means something to a registrar only.
        let contacts: Vec<_> = self.headers.items(Name::Contact).map(NameAddr::parse).collect();
        let sound = |contact: &Option<NameAddr<'_>>| {
            contact
                .is_some_and(|contact| Uri::parse(contact.uri).is_some_and(|uri| uri.scheme != Scheme::Other))
        };
        if matches!(self.method, Method::Invite | Method::Update) && !contacts.iter().all(sound) {
            return Err(bad());
        }
        Ok(())
    }

    fn extensions(&self) -> Result<(), Refusal> {
        // RFC 3261 section 8.2.2.3: not in an ACK or CANCEL.
        if matches!(self.method, Method::Ack | Method::Cancel) {
            return Ok(());
        }
        let known = |item: &&[u8]| SUPPORTED.iter().any(|name| item.eq_ignore_ascii_case(name.as_bytes()));
        let unknown: Vec<_> = self.headers.items(Name::Require).filter(|item| !known(item)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let unsupported = String::from_utf8_lossy(&unknown.join(&b", "[..])).into_owned();
        Err(Refusal::with(Status::BAD_EXTENSION, Name::Unsupported, unsupported))
    }

    fn check_content(&self) -> Result<(), Refusal> {
        if self.body().len() > MAX_BODY {
            return Err(Refusal::plain(Status::BODY_TOO_LARGE));
        }
        if !matches!(self.method, Method::Invite | Method::Update) {
            return Ok(());
        }
        let encoded = |item: &[u8]| !item.eq_ignore_ascii_case(b"identity");
        let is_unknown = Content::Unknown == self.content();
        if !self.body().is_empty() && (is_unknown || self.headers.items(Name::ContentEncoding).any(encoded)) {
            return Err(Refusal::with(Status::UNSUPPORTED_MEDIA, Name::Accept, ACCEPT));
        }
        let takes_sdp = |item: &[u8]| {
            let kind = item.split(|byte| *byte == b';').next().map(super::scan::trim).unwrap_or_default();
            ["application/sdp", "application/*", "*/*"]
                .iter()
                .any(|known| kind.eq_ignore_ascii_case(known.as_bytes()))
        };
        let mut accepted = self.headers.items(Name::Accept).peekable();
        if accepted.peek().is_some() && !accepted.any(takes_sdp) {
            return Err(Refusal::plain(Status::NOT_ACCEPTABLE));
        }
        Ok(())
    }
}

impl Response {
    /// What is to be done with this response: whether it answers anything, a transaction must know.
    pub fn verdict(&self) -> Verdict {
        let complete = self.flaw.is_none()
            && self.via().is_some_and(|via| via.branch().is_some())
            && self.call_id().is_some()
            && self.cseq().is_some()
            && self.from().is_some()
            && self.to().is_some();
        match self.headers.items(Name::Via).count() {
            _ if !complete => Verdict::Drop(Drop::BrokenResponse),
            1 => Verdict::Serve,
            _ => Verdict::Drop(Drop::NotOurs),
        }
    }
}
