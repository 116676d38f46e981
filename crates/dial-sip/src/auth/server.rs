//! Asks callers for a password, without keeping anything about those who do not know it.

use std::collections::HashMap;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::{Algorithm, Credentials, Fields, Proof};
use crate::message::{Name, Request, scan};
use crate::time::Moment;

/// How long a nonce may be used.
const LIFE: Duration = Duration::from_mins(5);
/// Nonces whose count is kept; only those that a password was proven with are.
const MAX_NONCES: usize = 4_096;

/// What came of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The password is known.
    Proven,
    /// There is no answer, or a wrong one: ask.
    Ask,
    /// The answer is right, but its nonce is too old or was used: ask with `stale=true`.
    AskAgain,
}

/// Asks for passwords of one realm. A nonce is its time and a seal, so that asking keeps nothing.
#[derive(Clone)]
pub struct Challenger {
    realm: String,
    secret: [u8; 32],
    /// The highest count of each nonce that was used, and when the nonce was made.
    counts: HashMap<String, (u32, Moment)>,
    /// When old nonces were forgotten last.
    swept: Moment,
}

impl std::fmt::Debug for Challenger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Challenger({})", self.realm)
    }
}

impl Challenger {
    /// A realm, which must hold no quotes, and 32 random bytes.
    pub fn new(realm: impl Into<String>, secret: [u8; 32]) -> Self {
        Self { realm: realm.into(), secret, counts: HashMap::new(), swept: Moment::default() }
    }

    fn nonce(&self, second: u64) -> String {
        let mut seal = Hmac::<Sha256>::new_from_slice(&self.secret).expect("a key of any length is accepted");
        seal.update(&second.to_be_bytes());
        let seal = seal.finalize().into_bytes();
        let hex: String = seal.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("{second:x}-{hex}")
    }

    /// The values of the WWW-Authenticate fields, the best algorithm first (RFC 8760 section 2.4).
    pub fn challenges(&self, asked: Asked, now: Moment) -> [String; 2] {
        let stale = if asked == Asked::AskAgain { ", stale=true" } else { "" };
        let nonce = self.nonce(now.as_secs());
        [Algorithm::Sha256, Algorithm::Md5].map(|algorithm| {
            let realm = &self.realm;
            format!(
                "Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={}, qop=\"auth\"{stale}",
                algorithm.name()
            )
        })
    }

    /// Whether a request proves a password of one of these. The time that it takes does not tell which.
    pub fn check(&mut self, request: &Request, known: &[Credentials], now: Moment) -> Asked {
        let mut best = Asked::Ask;
        for value in request.headers.all(Name::Authorization).take(4) {
            match self.check_one(request, value, known, now) {
                Some(Asked::Proven) => return Asked::Proven,
                Some(Asked::AskAgain) => best = Asked::AskAgain,
                _ => {}
            }
        }
        best
    }

    fn check_one(
        &mut self,
        request: &Request,
        value: &[u8],
        known: &[Credentials],
        now: Moment,
    ) -> Option<Asked> {
        let fields = Fields::parse(value)?;
        let algorithm = Algorithm::of(fields.value("algorithm").as_deref())?;
        let (user, nonce, uri) = (fields.value("username")?, fields.value("nonce")?, fields.value("uri")?);
        let (count, cnonce) = (fields.value("nc")?, fields.value("cnonce")?);
        if fields.value("realm")? != self.realm.as_bytes()
            || !fields.lists("qop", "auth")
            || uri.len() > 1_024
        {
            return None;
        }
        let counted = Some((&count[..], &cnonce[..]));
        let (realm, method) = (self.realm.as_bytes(), request.method_text());
        let proof = Proof { algorithm, realm, nonce: &nonce, method, uri: &uri, counted };
        let given = fields.value("response")?.to_ascii_lowercase();
        let mut proven = false;
        for credentials in known {
            let right = proof.response(credentials).as_bytes().ct_eq(&given)
                & credentials.user.as_bytes().ct_eq(&user);
            proven |= bool::from(right);
        }
        let count = u32::from_str_radix(std::str::from_utf8(&count).ok()?, 16).ok()?;
        proven.then(|| self.count(std::str::from_utf8(&nonce).ok(), count, now))
    }

    /// Whether the nonce is ours, young, and its count new (RFC 7616 section 3.4: a replay has an old one).
    fn count(&mut self, nonce: Option<&str>, count: u32, now: Moment) -> Asked {
        let made = nonce.and_then(|nonce| {
            let second = u64::from_str_radix(nonce.split('-').next()?, 16).ok()?;
            let ours = bool::from(self.nonce(second).as_bytes().ct_eq(nonce.as_bytes()));
            ours.then_some((nonce, Moment::after_start(Duration::from_secs(second))))
        });
        let Some((nonce, made)) = made.filter(|(_, made)| now.since(*made) <= LIFE && *made <= now) else {
            return Asked::AskAgain;
        };
        if self.counts.get(nonce).is_some_and(|(highest, _)| *highest >= count) {
            return Asked::AskAgain;
        }
        if self.counts.len() >= MAX_NONCES && now.since(self.swept) >= Duration::from_secs(1) {
            self.swept = now;
            self.counts.retain(|_, (_, made)| now.since(*made) <= LIFE);
        }
        if self.counts.len() >= MAX_NONCES && !self.counts.contains_key(nonce) {
            return Asked::AskAgain;
        }
        self.counts.insert(nonce.to_owned(), (count, made));
        Asked::Proven
    }
}

/// The name that a request claims; for the record, not for trust.
pub(crate) fn claimed_user(request: &Request) -> Option<String> {
    let value = request.headers.first(Name::Authorization)?;
    let user = Fields::parse(scan::trim(value))?.value("username")?;
    String::from_utf8(user).ok().filter(|user| user.len() <= 64)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::auth::Answerer;
    use crate::chance::Chance;
    use crate::message::Message;

    fn known() -> Credentials {
        Credentials { user: "trunk".into(), password: "secret".into() }
    }

    fn at(second: u64) -> Moment {
        Moment::after_start(Duration::from_secs(second))
    }

    /// An INVITE that answers a challenge, by a client that has a password.
    fn invite(client: &mut Answerer) -> Request {
        let answer = client.answer("INVITE", "sip:a@b", &mut Chance::seeded([3; 32]));
        let line = answer.map_or(String::new(), |(name, value)| {
            format!("{}: {}\r\n", name.long(), String::from_utf8(value).unwrap())
        });
        match Message::parse(Bytes::from(format!("INVITE sip:a@b SIP/2.0\r\n{line}\r\n"))) {
            Ok(Message::Request(request)) => request,
            _ => panic!("no request"),
        }
    }

    fn ask(server: &Challenger, client: &mut Answerer, asked: Asked, now: Moment) {
        let lines =
            server.challenges(asked, now).map(|value| format!("WWW-Authenticate: {value}\r\n")).concat();
        let Ok(Message::Response(response)) =
            Message::parse(Bytes::from(format!("SIP/2.0 401 x\r\n{lines}\r\n")))
        else {
            panic!("no response")
        };
        client.challenge(&response.headers).unwrap();
    }

    #[test]
    fn who_knows_the_password_is_let_in_once_for_each_count() {
        let mut server = Challenger::new("dial", [5; 32]);
        let mut client = Answerer::new(known());
        assert_eq!(server.check(&invite(&mut client), &[known()], at(10)), Asked::Ask);
        ask(&server, &mut client, Asked::Ask, at(10));
        let proven = invite(&mut client);
        assert_eq!(server.check(&proven, &[known()], at(11)), Asked::Proven);
        assert_eq!(server.check(&proven, &[known()], at(12)), Asked::AskAgain, "a replay");
        assert_eq!(server.check(&invite(&mut client), &[known()], at(13)), Asked::Proven, "the next count");
        assert_eq!(server.check(&invite(&mut client), &[known()], at(311)), Asked::AskAgain, "too old");
        ask(&server, &mut client, Asked::AskAgain, at(311));
        assert_eq!(server.check(&invite(&mut client), &[known()], at(311)), Asked::Proven);
    }

    #[test]
    fn a_wrong_password_user_or_nonce_is_not_let_in() {
        let mut server = Challenger::new("dial", [5; 32]);
        for (user, password) in [("trunk", "wrong"), ("other", "secret")] {
            let mut client = Answerer::new(Credentials { user: user.into(), password: password.into() });
            ask(&server, &mut client, Asked::Ask, at(0));
            assert_eq!(server.check(&invite(&mut client), &[known()], at(1)), Asked::Ask);
        }
        let mut client = Answerer::new(known());
        ask(&Challenger::new("dial", [6; 32]), &mut client, Asked::Ask, at(0));
        assert_eq!(
            server.check(&invite(&mut client), &[known()], at(1)),
            Asked::AskAgain,
            "a nonce that is not ours"
        );
    }

    #[test]
    fn counts_that_are_kept_are_bounded() {
        let mut server = Challenger::new("dial", [5; 32]);
        for second in 0..10_000 {
            let nonce = server.nonce(second);
            server.count(Some(&nonce), 1, at(second));
        }
        assert!(server.counts.len() <= MAX_NONCES);
    }
}
