//! Telnyx's signature: Ed25519 over the time and the raw body.
//!
//! It must not know the URL: Telnyx does not sign it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use jiff::Timestamp;

use super::url::masked;
use super::{Refusal, SignedRequest};

/// How far the signed time may be from our clock, in seconds, either way.
pub(crate) const MAX_SKEW_S: i64 = 300;

const SIGNATURE: &str = "telnyx-signature-ed25519";
const TIMESTAMP: &str = "telnyx-timestamp";

/// The provider's public key.
#[derive(Clone, Debug)]
pub(crate) struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a key as the portal shows it: base64 of 32 bytes.
    ///
    /// # Errors
    /// When it is not base64 of 32 bytes, or no usable point of the curve.
    pub(crate) fn parse(text: &str) -> Result<Self, KeyError> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| KeyError::NotBase64)?;
        let bytes: [u8; 32] =
            bytes.as_slice().try_into().map_err(|_| KeyError::WrongLength { bytes: bytes.len() })?;
        match VerifyingKey::from_bytes(&bytes) {
            Ok(key) if !key.is_weak() => Ok(Self(key)),
            _ => Err(KeyError::NotAKey),
        }
    }
}

/// Why a text is not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    /// Not standard base64.
    #[error("the public key is not base64")]
    NotBase64,
    /// Not 32 bytes.
    #[error("the public key has {bytes} bytes instead of 32")]
    WrongLength {
        /// The bytes that there are.
        bytes: usize,
    },
    /// Not a usable point of the curve.
    #[error("the public key is not an Ed25519 key")]
    NotAKey,
}

/// Did one of the keys sign this body, at about this time?
pub(super) fn check(request: &SignedRequest<'_>, keys: &[PublicKey], now: Timestamp) -> Result<(), Refusal> {
    if keys.is_empty() {
        return Err(Refusal::NoToken);
    }
    let header = |name| request.header(name).ok_or(Refusal::MissingHeader { header: name });
    let malformed = |part, reason: &str| Refusal::Malformed { part, reason: reason.to_owned() };
    let (signature, time) = (header(SIGNATURE)?, header(TIMESTAMP)?);
    let signature =
        STANDARD.decode(signature.trim()).map_err(|_| malformed(SIGNATURE, "it is not base64"))?;
    let signature =
        Signature::from_slice(&signature).map_err(|_| malformed(SIGNATURE, "it does not have 64 bytes"))?;
    let signed_at: i64 = time.parse().map_err(|_| malformed(TIMESTAMP, "it is not a number of seconds"))?;

    let mut message = time.as_bytes().to_vec();
    message.push(b'|');
    message.extend_from_slice(request.body);
    if !keys.iter().any(|key| key.0.verify_strict(&message, &signature).is_ok()) {
        return Err(Refusal::WrongSignature { url: masked(request.url), keys: keys.len() });
    }
    // The signature comes first, so that only the provider's own requests speak about clocks in the log.
    let off_s = now.as_second().saturating_sub(signed_at);
    if off_s.saturating_abs() > MAX_SKEW_S {
        return Err(Refusal::Stale { off_s, allowed_s: MAX_SKEW_S });
    }
    Ok(())
}
