//! Callers as keyed hashes: the key lies outside of the records, so that these alone name nobody.

use std::path::Path;

use dial_core::call::PhoneNumber;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::secret_file;

/// A caller's number as a keyed hash: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct CallerKey(String);

impl CallerKey {
    /// Reads a hash back that went out as text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let hex = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        hex.then(|| Self(text.into()))
    }

    /// The hash as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key of the hashes.
pub(crate) struct Pepper(Hmac<Sha256>);

impl Pepper {
    /// Reads the key of a data folder; makes it the first time.
    pub(crate) fn open(data_dir: &Path) -> anyhow::Result<Self> {
        let secret = secret_file::open_or_lend(&data_dir.join("secrets/caller.key"))?;
        Ok(Self(Hmac::new_from_slice(&secret).expect("HMAC takes keys of any length")))
    }

    /// The keyed hash of a number.
    pub(crate) fn hide(&self, number: &PhoneNumber) -> CallerKey {
        let hash = self.0.clone().chain_update(number.expose()).finalize().into_bytes();
        CallerKey(hex(&hash[..16]))
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
