//! Answers the challenges of a registrar.

use super::{Algorithm, Credentials, Fields, Proof};
use crate::chance::Chance;
use crate::message::{Headers, Name};

/// So often one request is tried again because its nonce was stale or its registrar asked anew.
const MAX_TRIES: u8 = 3;

/// A challenge cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// There is no challenge that we understand.
    #[error("cannot answer the registrar: it asks for nothing that we know")]
    Unknown,
    /// The password was answered with, and was refused.
    #[error("cannot answer the registrar: it refuses the user or the password")]
    Refused,
}

/// The challenge that was answered last; it serves for the next requests too.
#[derive(Debug, Clone)]
struct Asked {
    algorithm: Algorithm,
    /// Which field the answer goes into.
    field: Name,
    realm: Vec<u8>,
    nonce: Vec<u8>,
    opaque: Option<Vec<u8>>,
    has_qop: bool,
    count: u32,
}

/// Answers for one account.
#[derive(Debug, Clone)]
pub struct Answerer {
    credentials: Credentials,
    asked: Option<Asked>,
    tries: u8,
}

impl Answerer {
    /// Nobody has asked yet.
    pub const fn new(credentials: Credentials) -> Self {
        Self { credentials, asked: None, tries: 0 }
    }

    /// A 401 or 407 came. After it, [`answer`](Self::answer) answers it.
    ///
    /// # Errors
    ///
    /// If nothing in it can be answered, or if it was answered already and refuses the password.
    pub fn challenge(&mut self, headers: &Headers) -> Result<(), NotAsked> {
        let fields = [
            (Name::WwwAuthenticate, Name::Authorization),
            (Name::ProxyAuthenticate, Name::ProxyAuthorization),
        ];
        let challenges = fields
            .into_iter()
            .flat_map(|(asks, answers)| headers.all(asks).map(move |value| (answers, value)));
        let known = challenges.filter_map(|(field, value)| {
            let fields = Fields::parse(value)?;
            let algorithm = Algorithm::of(fields.value("algorithm").as_deref())?;
            let has_qop = fields.raw("qop").is_some();
            if has_qop && !fields.lists("qop", "auth") {
                return None;
            }
            let is_stale = fields.lists("stale", "true");
            let (realm, nonce) = (fields.value("realm")?, fields.value("nonce")?);
            let opaque = fields.value("opaque");
            Some((is_stale, Asked { algorithm, field, realm, nonce, opaque, has_qop, count: 0 }))
        });
        let (is_stale, asked) = known.min_by_key(|(_, asked)| asked.algorithm).ok_or(NotAsked::Unknown)?;
        self.tries += 1;
        // A new nonce without `stale` refuses the password, unless ours was for another nonce of long ago.
        let answered =
            self.asked.as_ref().is_some_and(|before| before.realm == asked.realm && self.tries > 1);
        if self.tries > MAX_TRIES || (answered && !is_stale) {
            (self.asked, self.tries) = (None, 0);
            return Err(NotAsked::Refused);
        }
        self.asked = Some(asked);
        Ok(())
    }

    /// The last request was accepted.
    pub const fn accepted(&mut self) {
        self.tries = 0;
    }

    /// The field for a request and its value; none before anybody asked.
    pub fn answer(&mut self, method: &str, uri: &str, chance: &mut Chance) -> Option<(Name, Vec<u8>)> {
        let asked = self.asked.as_mut()?;
        asked.count += 1;
        let (count, cnonce) = (format!("{:08x}", asked.count), chance.word());
        let proof = Proof {
            algorithm: asked.algorithm,
            realm: &asked.realm,
            nonce: &asked.nonce,
            method: method.as_bytes(),
            uri: uri.as_bytes(),
            counted: asked.has_qop.then_some((count.as_bytes(), cnonce.as_bytes())),
        };
        let response = proof.response(&self.credentials);
        let mut value = b"Digest username=".to_vec();
        value.extend(quote(self.credentials.user.as_bytes()));
        for (name, field) in [("realm", &asked.realm), ("nonce", &asked.nonce)] {
            value.extend(format!(", {name}=").bytes());
            value.extend(quote(field));
        }
        value.extend(
            format!(", uri=\"{uri}\", response=\"{response}\", algorithm={}", asked.algorithm.name()).bytes(),
        );
        if asked.has_qop {
            value.extend(format!(", cnonce=\"{cnonce}\", qop=auth, nc={count}").bytes());
        }
        if let Some(opaque) = &asked.opaque {
            value.extend(b", opaque=");
            value.extend(quote(opaque));
        }
        Some((asked.field, value))
    }
}

fn quote(text: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for byte in text {
        if b"\"\\".contains(byte) {
            quoted.push(b'\\');
        }
        quoted.push(*byte);
    }
    quoted.push(b'"');
    quoted
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::message::Message;

    fn challenge(lines: &str) -> Headers {
        let text = format!("SIP/2.0 401 x\r\n{lines}\r\n").replace('\n', "\r\n").replace("\r\r", "\r");
        match Message::parse(Bytes::from(text)) {
            Ok(Message::Response(response)) => response.headers,
            _ => panic!("no response"),
        }
    }

    fn answerer() -> Answerer {
        Answerer::new(Credentials { user: "4711".into(), password: "p\"w".into() })
    }

    fn text(answerer: &mut Answerer) -> String {
        let (_, value) = answerer.answer("REGISTER", "sip:x", &mut Chance::seeded([1; 32])).unwrap();
        String::from_utf8(value).unwrap()
    }

    #[test]
    fn the_best_challenge_is_answered_and_the_nonce_is_counted() {
        let mut answerer = answerer();
        let asks = "WWW-Authenticate: Digest realm=\"r\", nonce=\"a\", algorithm=MD5, qop=\"auth\"\n\
            WWW-Authenticate: Digest realm=\"r\", nonce=\"b\", algorithm=SHA-512-256, qop=\"auth\"\n\
            WWW-Authenticate: Digest realm=\"r\", nonce=\"c\", algorithm=SHA-256, qop=\"auth,auth-int\", opaque=\"o\"\n";
        answerer.challenge(&challenge(asks)).unwrap();
        let first = text(&mut answerer);
        assert!(
            first.contains("nonce=\"c\"")
                && first.contains("algorithm=SHA-256")
                && first.contains("nc=00000001"),
            "{first}"
        );
        assert!(first.contains("opaque=\"o\"") && first.contains("qop=auth,"), "{first}");
        assert!(text(&mut answerer).contains("nc=00000002"));
    }

    #[test]
    fn an_old_challenge_is_answered_without_a_count() {
        let mut answerer = answerer();
        answerer.challenge(&challenge("Proxy-Authenticate: Digest realm=\"r\", nonce=\"a\"\n")).unwrap();
        let (field, _) = answerer.answer("REGISTER", "sip:x", &mut Chance::seeded([1; 32])).unwrap();
        assert_eq!(field, Name::ProxyAuthorization);
        assert!(!text(&mut answerer).contains("nc="));
    }

    #[test]
    fn a_stale_nonce_is_taken_anew_and_a_refused_password_is_told() {
        let mut answerer = answerer();
        let asks = |nonce: &str, stale: &str| {
            challenge(&format!(
                "WWW-Authenticate: Digest realm=\"r\", nonce=\"{nonce}\"{stale}, qop=\"auth\"\n"
            ))
        };
        answerer.challenge(&asks("a", "")).unwrap();
        answerer.challenge(&asks("b", ", stale=true")).unwrap();
        assert!(text(&mut answerer).contains("nonce=\"b\""));
        assert_eq!(answerer.challenge(&asks("c", "")), Err(NotAsked::Refused));
        answerer.challenge(&asks("d", "")).unwrap();
        answerer.accepted();
        assert_eq!(answerer.challenge(&asks("e", "")), Ok(()), "long after, a new nonce is no refusal");
        assert_eq!(answerer.challenge(&challenge("WWW-Authenticate: NTLM\n")), Err(NotAsked::Unknown));
    }
}
