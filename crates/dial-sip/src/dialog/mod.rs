//! Two sides that know each other (RFC 3261 section 12): what every request inside of a call must say.
//!
//! It knows neither media nor transactions. All that a peer chose is kept and sent back as it came.

use std::fmt;
use std::net::IpAddr;

use crate::message::{Method, Name, NameAddr, Request, RequestWriter, Uri};

/// The most hops of a route that are kept; more come from no real network.
const MAX_ROUTES: usize = 32;

/// One dialog, as the called side has it. It prints as our tag: names of callers are in it.
#[derive(Clone)]
pub struct Dialog {
    call_id: Vec<u8>,
    tag: String,
    remote_tag: Option<Vec<u8>>,
    /// The values of From and To in requests of ours.
    local: Vec<u8>,
    remote: Vec<u8>,
    /// Where requests of ours go in the end.
    target: Vec<u8>,
    routes: Vec<Vec<u8>>,
    local_number: u32,
    remote_number: u32,
}

impl fmt::Debug for Dialog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dialog({})", self.tag)
    }
}

impl Dialog {
    /// The dialog that our answer with a tag to an INVITE begins; none if the INVITE lacks what it must have.
    pub fn new(invite: &Request, tag: String) -> Option<Self> {
        let (from, to) = (invite.from()?, invite.headers.first(Name::To)?);
        // RFC 2543 knows INVITEs without a Contact: then the caller is where its name says.
        let target = invite.contact().map_or(from.uri, |contact| contact.uri).to_vec();
        let routes: Vec<_> = invite.headers.items(Name::RecordRoute).map(<[u8]>::to_vec).collect();
        let call_id = invite.call_id()?.to_vec();
        // They become lines of requests of ours, so each must be what it says it is.
        let sound = |route: &Vec<u8>| NameAddr::parse(route).is_some_and(|route| is_address(route.uri));
        if routes.len() > MAX_ROUTES || !routes.iter().all(sound) || !is_address(&target) {
            return None;
        }
        Some(Self {
            call_id,
            remote_tag: from.tag().map(<[u8]>::to_vec),
            local: [to, b";tag=", tag.as_bytes()].concat(),
            remote: invite.headers.first(Name::From)?.to_vec(),
            tag,
            target,
            routes,
            local_number: 0,
            remote_number: invite.cseq()?.number,
        })
    }

    /// Our tag, by which requests find the dialog.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The name of the call, as the caller chose it.
    pub fn call_id(&self) -> &[u8] {
        &self.call_id
    }

    /// Whether a request with our tag is really of this dialog.
    pub fn is_of(&self, request: &Request) -> bool {
        request.call_id() == Some(&self.call_id)
            && request.from().is_some_and(|from| from.tag() == self.remote_tag.as_deref())
    }

    /// Whether a request other than ACK and CANCEL comes after all before it; its number is taken.
    pub fn follows(&mut self, request: &Request) -> bool {
        match request.cseq() {
            Some(cseq) if cseq.number > self.remote_number => {
                self.remote_number = cseq.number;
                true
            }
            _ => false,
        }
    }

    /// An INVITE or UPDATE that we accept may say where its sender is from now on (RFC 3261 section 12.2.2).
    pub fn retarget(&mut self, contact: Option<NameAddr<'_>>) {
        if let Some(contact) = contact.filter(|contact| is_address(contact.uri)) {
            self.target = contact.uri.to_vec();
        }
    }

    /// The address and port that requests of ours go to, if they are said in numbers.
    pub fn next_hop(&self) -> Option<(IpAddr, Option<u16>)> {
        let first = self.routes.first().and_then(|route| NameAddr::parse(route)).map(|route| route.uri);
        let uri = Uri::parse(first.unwrap_or(&self.target))?;
        Some((uri.ip()?, uri.port))
    }

    /// Begins the next request of ours, over a hop of ours; and its number.
    pub fn request(&mut self, method: Method, via: &str) -> (RequestWriter, u32) {
        self.local_number += 1;
        (self.numbered(method, via, self.local_number), self.local_number)
    }

    /// The acknowledgement of a good answer to an INVITE of ours, by its number.
    pub fn ack(&self, via: &str, number: u32) -> RequestWriter {
        self.numbered(Method::Ack, via, number)
    }

    /// RFC 3261 section 12.2.1.1: a loose first hop leaves the target in the request line, a strict one takes
    /// its place.
    fn numbered(&self, method: Method, via: &str, number: u32) -> RequestWriter {
        let first = self.routes.first().and_then(|route| NameAddr::parse(route));
        let is_loose =
            first.is_none_or(|first| Uri::parse(first.uri).is_some_and(|uri| uri.params.get("lr").is_some()));
        let (line, routes) = match first {
            Some(first) if !is_loose => {
                let last = [b"<", &self.target[..], b">"].concat();
                (first.uri.to_vec(), self.routes.iter().skip(1).cloned().chain([last]).collect())
            }
            _ => (self.target.clone(), self.routes.clone()),
        };
        let mut request = RequestWriter::new(method, &line).header(Name::Via, via);
        for route in routes {
            request = request.header(Name::Route, route);
        }
        request
            .header(Name::MaxForwards, "70")
            .header(Name::From, &self.local)
            .header(Name::To, &self.remote)
            .header(Name::CallId, &self.call_id)
            .header(Name::CSeq, format!("{number} {method}"))
    }
}

fn is_address(uri: &[u8]) -> bool {
    Uri::parse(uri).is_some()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::message::Message;

    fn invite(lines: &str) -> Request {
        let text = format!(
            "INVITE sip:100@us SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\nFrom: \"R\u{e9}\" <sip:r@x>;tag=t\r\nTo: <tel:100>\r\nCall-ID: i@x\r\nCSeq: 5 INVITE\r\n{lines}\r\n"
        );
        match Message::parse(Bytes::from(text)) {
            Ok(Message::Request(request)) => request,
            _ => panic!("no request"),
        }
    }

    fn bye(lines: &str) -> String {
        let mut dialog = Dialog::new(&invite(lines), "ours".into()).unwrap();
        let (bye, number) = dialog.request(Method::Bye, "SIP/2.0/UDP us;branch=z9hG4bK2");
        assert_eq!(number, 1);
        String::from_utf8(bye.finish().to_vec()).unwrap()
    }

    #[test]
    fn a_request_of_ours_turns_the_names_round() {
        let text = bye("Contact: <sip:r@192.0.2.9:5070>\r\n");
        for line in [
            "BYE sip:r@192.0.2.9:5070 SIP/2.0\r\n",
            "\r\nFrom: <tel:100>;tag=ours\r\n",
            "\r\nTo: \"Ré\" <sip:r@x>;tag=t\r\n",
            "\r\nCSeq: 1 BYE\r\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn routes_are_followed_loosely_or_strictly() {
        let loose = bye("Contact: <sip:r@c>\r\nRecord-Route: <sip:p1;lr>, <sip:p2;lr>\r\n");
        assert!(
            loose.starts_with("BYE sip:r@c SIP/2.0")
                && loose.contains("\r\nRoute: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\n"),
            "{loose}"
        );
        let strict = bye("Contact: <sip:r@c>\r\nRecord-Route: <sip:p1>, <sip:p2;lr>\r\n");
        assert!(
            strict.starts_with("BYE sip:p1 SIP/2.0")
                && strict.contains("\r\nRoute: <sip:p2;lr>\r\nRoute: <sip:r@c>\r\n"),
            "{strict}"
        );
    }

    #[test]
    fn the_next_hop_is_the_first_route_or_the_target() {
        let hop = |lines: &str| Dialog::new(&invite(lines), "t".into()).unwrap().next_hop();
        let address = |text: &str| text.parse().unwrap();
        assert_eq!(hop("Contact: <sip:r@192.0.2.9:5070>\r\n"), Some((address("192.0.2.9"), Some(5070))));
        assert_eq!(
            hop("Contact: <sip:r@c>\r\nRecord-Route: <sip:[::1];lr>\r\n"),
            Some((address("::1"), None))
        );
        assert_eq!(hop(""), None);
    }

    #[test]
    fn what_would_break_a_request_of_ours_begins_no_dialog() {
        for lines in
            ["Record-Route: <sip:p\r\n x: y>\r\n", "Record-Route: <p1>\r\n", "Contact: <sip:a b>\r\n"]
        {
            assert!(Dialog::new(&invite(lines), "t".into()).is_none(), "{lines}");
        }
        let many = "Record-Route: <sip:p;lr>\r\n".repeat(MAX_ROUTES + 1);
        assert!(Dialog::new(&invite(&many), "t".into()).is_none());
    }

    #[test]
    fn numbers_only_rise() {
        let mut dialog = Dialog::new(&invite(""), "t".into()).unwrap();
        assert!(!dialog.follows(&invite("")));
        assert!(dialog.is_of(&invite("")));
    }
}
