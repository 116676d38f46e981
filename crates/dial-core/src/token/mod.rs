//! A call's state as text for a URL: signed, bound to its call, and dated.
//!
//! `v1.<key>.<payload>.<mac>`: the key's name in hexadecimal, then base64url without padding of a fixed
//! layout, then of the first sixteen bytes of HMAC-SHA256 over all before it, the call and the line.
//! A token that cannot be read starts the call anew; it never ends it.

mod layout;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::call::CallId;
use crate::catalogue::Revision;
use crate::session::State;
use crate::time::Millis;

/// A token older than this is not believed.
const LIFETIME_S: i64 = 6 * 3600;
/// A token from further ahead than this is not believed: clocks of nodes differ a little.
const AHEAD_S: i64 = 300;
/// No token of ours is longer.
const MAX_LEN: usize = 300;
const MAC_LEN: usize = 16;

/// What a call carries from webhook to webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// The catalogue that the caller heard.
    pub revision: Revision,
    /// When the turn was sent, since the answer.
    pub issued: Millis,
    /// How long the turn's words take, before its recording sounds.
    pub lead: Millis,
    /// Where the caller is.
    pub state: State,
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no token.
    #[error("is not a token of this version")]
    Malformed,
    /// It was signed with a key that this server does not have.
    #[error("was signed with a key that this server does not have")]
    UnknownKey,
    /// It was changed, or belongs to another call or line.
    #[error("was changed, or belongs to another call")]
    WrongMac,
    /// It is over six hours old.
    #[error("has expired")]
    Expired,
}

/// The keys that sign tokens: the first signs, all are believed.
#[derive(Clone)]
pub struct Keyring(Vec<SigningKey>);

#[derive(Clone)]
struct SigningKey {
    name: String,
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.name)).finish()
    }
}

impl Keyring {
    /// Keys of 32 bytes; the first signs.
    pub fn new(first: [u8; 32], others: &[[u8; 32]]) -> Self {
        let signing = |secret: &[u8; 32]| SigningKey {
            name: format!(
                "{:04x}",
                u16::from_be_bytes([Sha256::digest(secret)[0], Sha256::digest(secret)[1]])
            ),
            mac: Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"),
        };
        Self(std::iter::once(&first).chain(others).map(signing).collect())
    }

    /// The token as text, bound to a call on a line.
    pub fn sign(&self, token: &Token, call: &CallId, line: &str) -> String {
        let key = &self.0[0];
        let mut text = format!("v1.{}.{}", key.name, BASE64.encode(layout::write(token)));
        let mac = key.mac(&text, call, line).finalize().into_bytes();
        text.push('.');
        BASE64.encode_string(&mac[..MAC_LEN], &mut text);
        text
    }

    /// Reads a token back, at an instant. Total: no text panics.
    pub fn verify(&self, text: &str, call: &CallId, line: &str, now: Timestamp) -> Result<Token, TokenError> {
        if text.len() > MAX_LEN {
            return Err(TokenError::Malformed);
        }
        let (signed, mac) = text.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let mut parts = signed.split('.');
        let (Some("v1"), Some(name), Some(payload), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::Malformed);
        };
        let key = self.0.iter().find(|key| key.name == name).ok_or(TokenError::UnknownKey)?;
        let mac = BASE64.decode(mac).map_err(|_| TokenError::Malformed)?;
        if mac.len() != MAC_LEN {
            return Err(TokenError::Malformed);
        }
        key.mac(signed, call, line).verify_truncated_left(&mac).map_err(|_| TokenError::WrongMac)?;
        let payload = BASE64.decode(payload).map_err(|_| TokenError::Malformed)?;
        let token = read_payload(&payload).ok_or(TokenError::Malformed)?;
        let age_s =
            now.as_second() - token.state.answered_at.as_second() - i64::from(token.issued.as_seconds());
        if (-AHEAD_S..=LIFETIME_S).contains(&age_s) { Ok(token) } else { Err(TokenError::Expired) }
    }
}

/// Reads a payload of which the signature was checked, or is not in question. Total.
pub fn read_payload(payload: &[u8]) -> Option<Token> {
    layout::read(payload)
}

impl SigningKey {
    fn mac(&self, signed: &str, call: &CallId, line: &str) -> Hmac<Sha256> {
        // Neither a call nor a line can hold a line break, so the parts cannot run into each other.
        self.mac
            .clone()
            .chain_update(signed)
            .chain_update(b"\n")
            .chain_update(call.as_str())
            .chain_update(b"\n")
            .chain_update(line)
    }
}
