//! Who rings whom, from all the fields in which networks say it.

use std::fmt;

use crate::message::{Headers, Name, NameAddr, Request, Uri, carried, scan};

/// A number or a name that can be rung. It prints masked: callers are private.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Party(String);

impl Party {
    fn of(uri: &Uri<'_>) -> Option<Self> {
        uri.number().filter(|number| number.len() <= 128).map(Self)
    }

    /// The number itself: to find a line or to make a keyed hash, never for a log or a page.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signs: Vec<char> = self.0.chars().collect();
        match &signs[..] {
            [first @ .., _, _, _] if signs.len() >= 9 => {
                let begin: String = first.iter().take(3).collect();
                let end: String = signs.iter().skip(first.len()).collect();
                write!(f, "{begin}…{end}")
            }
            _ => f.write_str("…"),
        }
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Who rings whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parties {
    /// The numbers that may be the line's, the likeliest first: P-Called-Party-ID, the request's address, To.
    pub called: Vec<Party>,
    /// The number that the caller rang first, if the call was diverted to us: from Diversion or History-Info.
    pub original: Option<Party>,
    /// Who rings; none if withheld or unknown.
    pub caller: Option<Party>,
    /// Whether the caller wishes not to be known.
    pub is_withheld: bool,
}

impl Parties {
    /// Reads an INVITE of a trunk that is trusted with what it asserts (RFC 3325).
    pub fn of(invite: &Request) -> Self {
        let headers = &invite.headers;
        let addressed = [
            headers.first(Name::PCalledPartyId).and_then(party),
            invite.uri().as_ref().and_then(Party::of),
            headers.first(Name::To).and_then(party),
        ];
        let mut called: Vec<Party> = Vec::new();
        for party in addressed.into_iter().flatten() {
            if !called.contains(&party) {
                called.push(party);
            }
        }
        let is_withheld = is_withheld(invite);
        let caller = if is_withheld { None } else { caller(headers) };
        Self { called, original: diverted(headers).or_else(|| original(headers)), caller, is_withheld }
    }
}

fn party(value: &[u8]) -> Option<Party> {
    Party::of(&NameAddr::parse(value)?.parsed_uri()?)
}

/// What the network asserts comes before what the caller says.
fn caller(headers: &Headers) -> Option<Party> {
    let said = [Name::PAssertedIdentity, Name::RemotePartyId, Name::From];
    said.into_iter()
        .find_map(|name| headers.items_or_whole(name).find_map(party).filter(|party| !is_anonymous(party)))
}

fn is_anonymous(party: &Party) -> bool {
    ["anonymous", "unavailable", "restricted", "unknown", "withheld", "private"]
        .iter()
        .any(|word| party.0.eq_ignore_ascii_case(word))
}

/// RFC 3323 and RFC 3325: `Privacy: id`; Remote-Party-ID: `privacy=full`; From: `anonymous`.
fn is_withheld(invite: &Request) -> bool {
    let headers = &invite.headers;
    let private = headers.all(Name::Privacy).flat_map(|value| scan::split(value, b';')).flat_map(scan::list);
    let mut hides =
        private.filter(|word| !word.eq_ignore_ascii_case(b"none") && !word.eq_ignore_ascii_case(b"session"));
    let remote = headers.first(Name::RemotePartyId).and_then(NameAddr::parse);
    let hidden = remote
        .and_then(|remote| remote.params.value("privacy"))
        .is_some_and(|privacy| !privacy.eq_ignore_ascii_case(b"off"));
    let from = invite.from();
    let uri = from.and_then(|from| from.parsed_uri());
    let nobody = uri.is_some_and(|uri| uri.host.eq_ignore_ascii_case(b"anonymous.invalid"))
        || uri.as_ref().and_then(Party::of).is_some_and(|party| is_anonymous(&party));
    hides.next().is_some() || hidden || (nobody && headers.first(Name::PAssertedIdentity).is_none())
}

/// RFC 5806: the newest diversion stands first, so the number that was rung is in the last.
fn diverted(headers: &Headers) -> Option<Party> {
    headers.items(Name::Diversion).filter_map(party).last()
}

/// RFC 7044: the entry with index 1 is the first that was rung. It is a diversion if another follows.
fn original(headers: &Headers) -> Option<Party> {
    let entries: Vec<_> = headers.items(Name::HistoryInfo).filter_map(NameAddr::parse).collect();
    let first = entries.iter().find(|entry| entry.params.value("index") == Some(b"1"))?;
    let uri = first.parsed_uri()?;
    // An entry may carry the wish to stay hidden, or the reason for which it was left.
    let hidden = carried(&uri, "Privacy").is_some_and(|privacy| !privacy.eq_ignore_ascii_case(b"none"));
    if entries.len() < 2 || hidden { None } else { Party::of(&uri) }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::message::Message;

    fn parties(lines: &str) -> Parties {
        let from = if lines.contains("From:") {
            ""
        } else {
            "From: \"A\" <sip:+441134960001@carrier;user=phone>;tag=1\r\n"
        };
        let lines = lines.replace('\n', "\r\n");
        let text = format!("INVITE sip:line@us SIP/2.0\r\nTo: <sip:+441134960123@us>\r\n{from}{lines}\r\n");
        match Message::parse(Bytes::from(text)) {
            Ok(Message::Request(request)) => Parties::of(&request),
            _ => panic!("no request"),
        }
    }

    fn caller(lines: &str) -> Option<String> {
        parties(lines).caller.map(|party| party.0)
    }

    #[test]
    fn what_the_network_asserts_comes_first() {
        assert_eq!(caller("").as_deref(), Some("+441134960001"));
        let remote = "Remote-Party-ID: <sip:+441134960002@x>;party=calling;privacy=off\n";
        assert_eq!(caller(remote).as_deref(), Some("+441134960002"));
        let asserted =
            format!("{remote}P-Asserted-Identity: \"A, B\" <sip:anonymous@x>, <tel:+44-113-496-0003>\n");
        assert_eq!(caller(&asserted).as_deref(), Some("+441134960002"));
        let asserted = format!("{remote}P-Asserted-Identity: <tel:+44-113-496-0003>\n");
        assert_eq!(caller(&asserted).as_deref(), Some("+441134960003"));
    }

    #[test]
    fn who_wishes_not_to_be_known_is_nobody() {
        for lines in [
            "Privacy: id\nP-Asserted-Identity: <tel:+441134960003>\n",
            "Privacy: user;id;critical\n",
            "Remote-Party-ID: <sip:+441134960002@x>;privacy=full\n",
            "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\n",
            "From: <sip:Anonymous@carrier>;tag=1\n",
        ] {
            let parties = parties(lines);
            assert!(parties.caller.is_none() && parties.is_withheld, "{lines}");
        }
        assert!(!parties("Privacy: none\n").is_withheld);
    }

    #[test]
    fn the_called_number_is_looked_for_in_three_places() {
        let called: Vec<_> = parties("P-Called-Party-ID: <tel:+441134960999>\n")
            .called
            .into_iter()
            .map(|party| party.0)
            .collect();
        assert_eq!(called, ["+441134960999", "line", "+441134960123"]);
    }

    #[test]
    fn the_number_that_was_rung_first_is_the_oldest() {
        let original = |lines| parties(lines).original.map(|party| party.0);
        assert_eq!(
            original(
                "Diversion: <sip:+441@x>;reason=no-answer, <sip:+442@x>\nDiversion: <tel:+443>;reason=busy\n"
            )
            .as_deref(),
            Some("+443")
        );
        assert_eq!(
            original(
                "History-Info: <sip:+444@x?Reason=SIP%3Bcause%3D302>;index=1, <sip:line@us>;index=1.1\n"
            )
            .as_deref(),
            Some("+444")
        );
        assert_eq!(original("History-Info: <sip:line@us>;index=1\n"), None);
        assert_eq!(
            original("History-Info: <sip:+444@x?Privacy=history>;index=1,<sip:line@us>;index=1.1\n"),
            None
        );
    }

    #[test]
    fn a_party_prints_masked() {
        assert_eq!(format!("{:?}", parties("").caller.unwrap()), "+44…001");
        assert_eq!(Party("line".into()).to_string(), "…");
    }
}
