//! What callers write. All calls of a socket have names that tell their number.

use std::net::SocketAddr;

use bytes::Bytes;
use dial_sip::message::{Method, Name, RequestWriter};

/// A caller's side of one call.
pub(crate) struct Dialog<'a> {
    pub(crate) line: SocketAddr,
    /// Where the caller's signalling is.
    pub(crate) us: SocketAddr,
    pub(crate) number: usize,
    /// Whom the caller rings.
    pub(crate) whom: &'a str,
    /// The To field, with the line's tag once it is known.
    pub(crate) to: &'a str,
}

impl Dialog<'_> {
    fn begin(&self, method: Method, sequence: u32) -> RequestWriter {
        let Self { line, us, number, whom, to } = self;
        let uri = format!("sip:{whom}@{line}");
        let via = format!("SIP/2.0/UDP {us};rport;branch=z9hG4bK{sequence}{method}{number}x{}", us.port());
        // A number is withheld, so that no caller is remembered.
        let from = format!("<sip:anonymous@anonymous.invalid>;tag={number}");
        RequestWriter::new(method, uri.as_bytes())
            .header(Name::Via, via)
            .header(Name::MaxForwards, "70")
            .header(Name::From, from)
            .header(Name::To, to)
            .header(Name::CallId, format!("{number}-{}", us.port()))
            .header(Name::CSeq, format!("{sequence} {method}"))
    }

    /// Rings: sound is wanted at a port of this machine.
    pub(crate) fn invite(&self, hears_at: u16) -> Bytes {
        let body = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {hears_at} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
        );
        let contact = format!("<sip:caller@{}>", self.us);
        let invite = self.begin(Method::Invite, 1).header(Name::Contact, contact);
        invite.finish_with("application/sdp", body.as_bytes())
    }

    pub(crate) fn ack(&self) -> Bytes {
        self.begin(Method::Ack, 1).finish()
    }

    pub(crate) fn bye(&self) -> Bytes {
        self.begin(Method::Bye, 2).finish()
    }

    /// What scanners send first.
    pub(crate) fn register(&self) -> Bytes {
        let contact = format!("<sip:100@{}>", self.us);
        self.begin(Method::Register, 1).header(Name::Contact, contact).header(Name::Expires, "60").finish()
    }
}
