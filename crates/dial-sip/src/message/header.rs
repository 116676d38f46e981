//! Header fields: which ones there are, and those of one message.

use std::fmt;

use bytes::Bytes;

use super::scan::{list, trim};

/// The name of a header field that means something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the field of that name")]
pub enum Name {
    Via,
    From,
    To,
    CallId,
    CSeq,
    MaxForwards,
    Contact,
    Route,
    RecordRoute,
    ContentType,
    ContentEncoding,
    ContentLength,
    Accept,
    Allow,
    Require,
    ProxyRequire,
    Supported,
    Unsupported,
    Expires,
    MinExpires,
    SessionExpires,
    MinSe,
    RSeq,
    RAck,
    RetryAfter,
    Reason,
    Timestamp,
    Authorization,
    ProxyAuthorization,
    WwwAuthenticate,
    ProxyAuthenticate,
    AuthenticationInfo,
    PAssertedIdentity,
    PPreferredIdentity,
    PCalledPartyId,
    RemotePartyId,
    Privacy,
    Diversion,
    HistoryInfo,
    UserAgent,
    Server,
    /// Any other field: it is kept, and means nothing.
    Other,
}

/// Each name as it is written, with its compact form (RFC 3261 section 7.3.3, RFC 4028, RFC 3515).
const NAMES: [(Name, &str, &str); 41] = [
    (Name::Via, "Via", "v"),
    (Name::From, "From", "f"),
    (Name::To, "To", "t"),
    (Name::CallId, "Call-ID", "i"),
    (Name::CSeq, "CSeq", ""),
    (Name::MaxForwards, "Max-Forwards", ""),
    (Name::Contact, "Contact", "m"),
    (Name::Route, "Route", ""),
    (Name::RecordRoute, "Record-Route", ""),
    (Name::ContentType, "Content-Type", "c"),
    (Name::ContentEncoding, "Content-Encoding", "e"),
    (Name::ContentLength, "Content-Length", "l"),
    (Name::Accept, "Accept", ""),
    (Name::Allow, "Allow", ""),
    (Name::Require, "Require", ""),
    (Name::ProxyRequire, "Proxy-Require", ""),
    (Name::Supported, "Supported", "k"),
    (Name::Unsupported, "Unsupported", ""),
    (Name::Expires, "Expires", ""),
    (Name::MinExpires, "Min-Expires", ""),
    (Name::SessionExpires, "Session-Expires", "x"),
    (Name::MinSe, "Min-SE", ""),
    (Name::RSeq, "RSeq", ""),
    (Name::RAck, "RAck", ""),
    (Name::RetryAfter, "Retry-After", ""),
    (Name::Reason, "Reason", ""),
    (Name::Timestamp, "Timestamp", ""),
    (Name::Authorization, "Authorization", ""),
    (Name::ProxyAuthorization, "Proxy-Authorization", ""),
    (Name::WwwAuthenticate, "WWW-Authenticate", ""),
    (Name::ProxyAuthenticate, "Proxy-Authenticate", ""),
    (Name::AuthenticationInfo, "Authentication-Info", ""),
    (Name::PAssertedIdentity, "P-Asserted-Identity", ""),
    (Name::PPreferredIdentity, "P-Preferred-Identity", ""),
    (Name::PCalledPartyId, "P-Called-Party-ID", ""),
    (Name::RemotePartyId, "Remote-Party-ID", ""),
    (Name::Privacy, "Privacy", ""),
    (Name::Diversion, "Diversion", ""),
    (Name::HistoryInfo, "History-Info", ""),
    (Name::UserAgent, "User-Agent", ""),
    (Name::Server, "Server", ""),
];

impl Name {
    /// The field of a name in long or compact form, in any case.
    pub fn of(word: &[u8]) -> Self {
        let same = |name: &str| !name.is_empty() && word.eq_ignore_ascii_case(name.as_bytes());
        let known = NAMES.iter().find(|(_, long, compact)| same(long) || same(compact));
        known.map_or(Self::Other, |(name, ..)| *name)
    }

    /// The long form; nothing stands for another field.
    pub fn long(self) -> &'static str {
        NAMES.iter().find(|(name, ..)| *name == self).map_or("", |(_, long, _)| long)
    }

    /// Whether a message may have it once only (RFC 3261 section 7.3.1), so that two of it contradict.
    pub(crate) const fn is_single(self) -> bool {
        use Name::*;
        matches!(self, From | To | CallId | CSeq | MaxForwards | ContentLength | ContentType)
    }
}

/// A place in the bytes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// One header field, as places in the message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: Name,
    pub(crate) value: Span,
}

/// The header fields of one message, in the order in which they were sent. They share its bytes.
/// They print as how many there are: names and numbers of callers are in them.
#[derive(Clone, Default)]
pub struct Headers {
    pub(crate) message: Bytes,
    pub(crate) fields: Vec<Field>,
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} header fields", self.fields.len())
    }
}

impl Headers {
    pub(crate) fn slice(&self, span: Span) -> &[u8] {
        self.message.get(span.start..span.end).unwrap_or_default()
    }

    /// The values of a field, one for each time that it was sent: trimmed at the ends, folds kept.
    pub fn all(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        let named = self.fields.iter().filter(move |field| field.name == name);
        named.map(|field| trim(self.slice(field.value)))
    }

    /// The first value of a field.
    pub fn first(&self, name: Name) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The items of a field that lists them with commas, over all times that it was sent.
    pub fn items(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        self.all(name).flat_map(list)
    }

    /// The items of a field, but the whole value of From, whose name may have commas.
    pub(crate) fn items_or_whole(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        let (whole, listed) = if name == Name::From { (usize::MAX, 0) } else { (0, usize::MAX) };
        self.all(name).take(whole).chain(self.items(name).take(listed))
    }

    /// Whether a field lists a word, in any case.
    pub fn lists(&self, name: Name, word: &str) -> bool {
        self.items(name).any(|item| item.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// The whole number that a field holds; parameters after it are left aside.
    pub fn number(&self, name: Name) -> Option<u32> {
        let first = self.first(name)?.split(|byte| *byte == b';' || *byte == b'(').next()?;
        super::scan::number(trim(first), u64::from(u32::MAX)).map(|number| number as u32)
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_known_by_its_long_and_its_compact_name() {
        for (name, long, compact) in NAMES {
            assert_eq!(Name::of(long.to_ascii_uppercase().as_bytes()), name);
            assert!(compact.is_empty() || Name::of(compact.to_ascii_uppercase().as_bytes()) == name);
            assert_eq!(name.long(), long);
        }
        assert_eq!(Name::of(b""), Name::Other);
        assert_eq!(Name::of(b"C%6Fntact"), Name::Other);
    }
}
