//! Who knows a password, without telling it (digest, RFC 7616 and RFC 8760).

mod challenge;
mod client;
mod server;

use std::fmt;

use md5::Md5;
use sha2::{Digest as _, Sha256};

pub use challenge::Fields;
pub use client::{Answerer, NotAsked};
pub(crate) use server::claimed_user;
pub use server::{Asked, Challenger};

/// How answers are hashed, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// SHA-256, which RFC 8760 wants.
    Sha256,
    /// MD5, which most registrars know alone.
    Md5,
}

impl Algorithm {
    /// Its name in a challenge.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Md5 => "MD5",
        }
    }

    /// MD5 where none is named.
    fn of(name: Option<&[u8]>) -> Option<Self> {
        let Some(name) = name else { return Some(Self::Md5) };
        [Self::Sha256, Self::Md5].into_iter().find(|known| name.eq_ignore_ascii_case(known.name().as_bytes()))
    }

    /// The hash in hexadecimal digits of the parts, with colons between them.
    fn hash(self, parts: &[&[u8]]) -> String {
        let joined = parts.join(&b':');
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Self::Sha256 => hex(&Sha256::digest(&joined)),
            Self::Md5 => hex(&Md5::digest(&joined)),
        }
    }
}

/// A user and a password. It prints without the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// What an answer is made of beside the password.
struct Proof<'a> {
    algorithm: Algorithm,
    realm: &'a [u8],
    nonce: &'a [u8],
    method: &'a [u8],
    uri: &'a [u8],
    /// The count of the nonce in eight hexadecimal digits, and a nonce of the client; none without `qop`.
    counted: Option<(&'a [u8], &'a [u8])>,
}

impl Proof<'_> {
    /// RFC 7616 section 3.4.1, with `qop=auth` or none.
    fn response(&self, credentials: &Credentials) -> String {
        let Self { algorithm, realm, nonce, method, uri, counted } = *self;
        let who = algorithm.hash(&[credentials.user.as_bytes(), realm, credentials.password.as_bytes()]);
        let what = algorithm.hash(&[method, uri]);
        match counted {
            Some((count, cnonce)) => {
                algorithm.hash(&[who.as_bytes(), nonce, count, cnonce, b"auth", what.as_bytes()])
            }
            None => algorithm.hash(&[who.as_bytes(), nonce, what.as_bytes()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc_come_out() {
        // RFC 7616 section 3.9.1.
        let credentials = Credentials { user: "Mufasa".into(), password: "Circle of Life".into() };
        let proof = |algorithm| Proof {
            algorithm,
            realm: b"http-auth@example.org",
            nonce: b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            method: b"GET",
            uri: b"/dir/index.html",
            counted: Some((b"00000001", b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")),
        };
        assert_eq!(proof(Algorithm::Md5).response(&credentials), "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(
            proof(Algorithm::Sha256).response(&credentials),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
        // RFC 2617 section 3.5 without its qop: the form of old registrars.
        let old = Proof { counted: None, ..proof(Algorithm::Md5) };
        assert_eq!(old.response(&credentials).len(), 32);
        assert_eq!(format!("{credentials:?}"), "Credentials");
    }
}
