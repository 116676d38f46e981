//! Messages of SIP (RFC 3261 section 7): read without copying, judged, and written.
//!
//! A message is read as far as it can be, and what is wrong with it is kept beside it, so that whoever sent
//! it can be told. Header fields are bytes: what a name is written in is not our business, and it is echoed
//! as it came.

mod content;
mod header;
mod method;
mod name_addr;
mod params;
mod parse;
pub(crate) mod scan;
mod stream;
mod uri;
mod verdict;
mod via;
mod write;

use bytes::Bytes;

pub use content::{ACCEPT, Content, MAX_PARTS};
pub use header::{Headers, Name};
pub use method::{Method, Status};
pub use name_addr::NameAddr;
pub use params::Params;
pub use parse::{Flaw, Unreadable};
pub use stream::{Broken, Framed, StreamFramer};
pub use uri::{Scheme, Uri};
pub use verdict::{Drop, Refusal, SUPPORTED, Verdict};
pub use via::Via;
pub use write::{Reply, RequestWriter};

pub(crate) use uri::carried;

use header::Span;

/// The longest message that is read, in bytes; a datagram cannot be longer.
pub const MAX_MESSAGE: usize = 64 * 1024;
/// The most header fields of a message.
pub const MAX_HEADERS: usize = 256;
/// The longest header field, in bytes, folds included.
pub const MAX_HEADER: usize = 16 * 1024;
/// The longest body that a call reads, in bytes: offers have some hundred.
pub const MAX_BODY: usize = 16 * 1024;

/// A request or a response.
#[derive(Debug, Clone)]
pub enum Message {
    /// Somebody wants something.
    Request(Request),
    /// Somebody answers.
    Response(Response),
}

/// What somebody wants.
#[derive(Debug, Clone)]
pub struct Request {
    method: Method,
    method_text: Span,
    uri: Span,
    is_current: bool,
    /// Its header fields.
    pub headers: Headers,
    body: Span,
    flaw: Option<Flaw>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// What it says.
    pub status: Status,
    /// Its header fields.
    pub headers: Headers,
    body: Span,
    flaw: Option<Flaw>,
}

/// The number of a request within its call, and its method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CSeq<'a> {
    /// Below 2^31 (RFC 3261 section 8.1.1.5).
    pub number: u32,
    /// The method as it was written.
    pub method: &'a [u8],
}

impl<'a> CSeq<'a> {
    fn parse(value: &'a [u8]) -> Option<Self> {
        let mut scan = scan::Scan::new(value);
        let digits = scan.skip_space().take_while(|byte| byte.is_ascii_digit());
        let number = scan::number(digits, u64::from(u32::MAX >> 1))? as u32;
        let parted = scan.rest().first().is_some_and(|byte| scan::is_space(*byte));
        let method = scan.skip_space().token()?;
        (parted && scan.skip_space().rest().is_empty()).then_some(Self { number, method })
    }
}

/// What requests and responses have alike.
macro_rules! common {
    ($kind:ty) => {
        impl $kind {
            /// The body; it has no meaning where a message is flawed.
            pub fn body(&self) -> &[u8] {
                self.headers.slice(self.body)
            }

            /// What is wrong with the form of the message, if anything is.
            pub fn flaw(&self) -> Option<Flaw> {
                self.flaw
            }

            /// The last hop that the message came over, or that it goes to.
            pub fn via(&self) -> Option<Via<'_>> {
                Via::parse(self.headers.first(Name::Via)?)
            }

            /// Who rings.
            pub fn from(&self) -> Option<NameAddr<'_>> {
                NameAddr::parse(self.headers.first(Name::From)?)
            }

            /// Who is rung.
            pub fn to(&self) -> Option<NameAddr<'_>> {
                NameAddr::parse(self.headers.first(Name::To)?)
            }

            /// The name of the call.
            pub fn call_id(&self) -> Option<&[u8]> {
                self.headers.first(Name::CallId).filter(|id| !id.is_empty())
            }

            /// The number of the request, and its method.
            pub fn cseq(&self) -> Option<CSeq<'_>> {
                CSeq::parse(self.headers.first(Name::CSeq)?)
            }

            /// The first Contact.
            pub fn contact(&self) -> Option<NameAddr<'_>> {
                NameAddr::parse(self.headers.items(Name::Contact).next()?)
            }

            /// The type of the body, without parameters, in small letters.
            pub fn content_type(&self) -> Option<String> {
                content::plain_type(self.headers.first(Name::ContentType)?)
            }

            /// What the body holds for a call.
            pub fn content(&self) -> Content<'_> {
                content::content(self.headers.first(Name::ContentType).unwrap_or_default(), self.body())
            }
        }
    };
}

common!(Request);
common!(Response);

impl Request {
    /// What is asked for.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The method as it was written.
    pub fn method_text(&self) -> &[u8] {
        self.headers.slice(self.method_text)
    }

    /// The address that is asked, as it was written.
    pub fn uri_text(&self) -> &[u8] {
        self.headers.slice(self.uri)
    }

    /// The address that is asked.
    pub fn uri(&self) -> Option<Uri<'_>> {
        Uri::parse(self.uri_text())
    }

    /// Whether it says SIP/2.0.
    pub const fn is_current(&self) -> bool {
        self.is_current
    }
}

impl Message {
    /// Reads a datagram, or what [`StreamFramer`] found.
    ///
    /// Without a Content-Length the body runs to the end (RFC 3261 section 18.3); bytes after the length that
    /// one names are left aside.
    ///
    /// # Errors
    ///
    /// If it is no SIP message at all, or none that anybody could be told about.
    pub fn parse(bytes: Bytes) -> Result<Self, Unreadable> {
        parse::message(bytes)
    }
}
