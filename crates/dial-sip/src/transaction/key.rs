//! Which requests are the same (RFC 3261 sections 8.2.2.2 and 17.2.3).

use sha2::{Digest as _, Sha256};

use crate::message::{Method, Request};

/// The name of a server transaction: 32 bytes, however long the names are that a peer chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 32]);

/// The name of a request, by whichever way it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Merge([u8; 32]);

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

impl Key {
    /// The transaction that a request begins or belongs to; an ACK belongs to that of its INVITE.
    ///
    /// A branch that is more than the cookie names it, with who sent it. Peers of RFC 2543, and those who send
    /// the cookie alone, are told apart by all that the request says. None if there is no Via or CSeq.
    pub fn of(request: &Request) -> Option<Self> {
        let method = match request.method() {
            Method::Ack => Method::Invite.name().as_bytes(),
            _ => request.method_text(),
        };
        Self::with(request, method)
    }

    /// The INVITE that a CANCEL is about.
    pub fn cancelled(request: &Request) -> Option<Self> {
        Self::with(request, Method::Invite.name().as_bytes())
    }

    fn with(request: &Request, method: &[u8]) -> Option<Self> {
        let via = request.via()?;
        let host = via.host.to_ascii_lowercase();
        let port = via.port.unwrap_or(5060).to_be_bytes();
        if let Some(branch) = via.unique_branch() {
            return Some(Self(digest(&[b"3261", branch, &host, &port, method])));
        }
        let tag = request.from().and_then(|from| from.tag()).unwrap_or_default();
        let number = request.cseq()?.number.to_be_bytes();
        let branch = via.branch().unwrap_or_default();
        let call = request.call_id()?;
        Some(Self(digest(&[b"2543", request.uri_text(), tag, call, &number, branch, &host, &port, method])))
    }

    /// A word that is the same for each repetition of a request, and that nobody else can tell.
    pub(crate) fn word(&self, secret: &[u8; 32]) -> String {
        let hash = digest(&[secret, &self.0]);
        hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Merge {
    /// None for a request inside a call, and for one that cannot be told from others.
    pub fn of(request: &Request) -> Option<Self> {
        if request.to()?.tag().is_some() {
            return None;
        }
        let cseq = request.cseq()?;
        let tag = request.from()?.tag()?;
        Some(Self(digest(&[tag, request.call_id()?, &cseq.number.to_be_bytes(), cseq.method])))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::message::Message;

    fn request(method: &str, via: &str, tag: &str) -> Request {
        let text = format!(
            "{method} sip:a@b SIP/2.0\r\nVia: {via}\r\nFrom: <sip:c>;tag={tag}\r\nTo: <sip:a@b>\r\nCall-ID: i\r\nCSeq: 1 {method}\r\n\r\n"
        );
        match Message::parse(Bytes::from(text)) {
            Ok(Message::Request(request)) => request,
            _ => panic!("no request"),
        }
    }

    #[test]
    fn branch_sender_and_method_name_a_transaction() {
        let key = |method, via| Key::of(&request(method, via, "t")).unwrap();
        let invite = key("INVITE", "SIP/2.0/UDP x;branch=z9hG4bK1");
        assert_eq!(invite, key("INVITE", "SIP/2.0/UDP X:5060;rport;branch=z9hG4bK1"));
        assert_eq!(invite, key("ACK", "SIP/2.0/UDP x;branch=z9hG4bK1"));
        assert_eq!(Some(invite), Key::cancelled(&request("CANCEL", "SIP/2.0/UDP x;branch=z9hG4bK1", "t")));
        for other in [
            "SIP/2.0/UDP x;branch=z9hG4bK2",
            "SIP/2.0/UDP y;branch=z9hG4bK1",
            "SIP/2.0/UDP x:5061;branch=z9hG4bK1",
        ] {
            assert_ne!(invite, key("INVITE", other));
        }
        assert_ne!(invite, key("CANCEL", "SIP/2.0/UDP x;branch=z9hG4bK1"));
    }

    #[test]
    fn the_cookie_alone_or_no_branch_names_nothing() {
        for via in ["SIP/2.0/UDP x;branch=z9hG4bK", "SIP/2.0/UDP x"] {
            let key = |tag| Key::of(&request("INVITE", via, tag)).unwrap();
            assert_eq!(key("1"), key("1"));
            assert_ne!(key("1"), key("2"), "{via}");
        }
    }

    #[test]
    fn a_request_that_came_two_ways_is_one_request() {
        let merge = |via| Merge::of(&request("INVITE", via, "t")).unwrap();
        assert_eq!(merge("SIP/2.0/UDP x;branch=z9hG4bK1"), merge("SIP/2.0/UDP y;branch=z9hG4bK2"));
    }
}
