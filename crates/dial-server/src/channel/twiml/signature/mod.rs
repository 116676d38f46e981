//! Signatures: did this request come from the provider?
//!
//! One verdict for every provider, decided from the request and the time alone. A verifier must not
//! know what the request asks for, and never trusts `Host` or `X-Forwarded-*`: the URL is the
//! configured public base and the raw request target.

mod ed25519;
mod hmac_sha1;
mod refusal;
mod url;

use axum::http::{HeaderMap, Method};
use jiff::Timestamp;

pub(crate) use ed25519::{KeyError, PublicKey};
pub(crate) use hmac_sha1::sign;
pub(crate) use refusal::Refusal;
pub(crate) use url::masked;

use super::form::Form;
use crate::secret::Secret;

/// Twilio's and Somleng's header.
pub(crate) const TWILIO_HEADER: &str = "x-twilio-signature";
/// SignalWire's own header.
pub(crate) const SIGNALWIRE_HEADER: &str = "x-signalwire-signature";

/// What is signed, and with what.
#[derive(Clone, Debug)]
pub(crate) enum Scheme {
    /// Twilio and its compatibles: base64 of HMAC-SHA1 over the URL and the sorted form.
    HmacSha1 {
        /// Headers in the order in which they are looked for; lower case.
        headers: &'static [&'static str],
        /// Tokens of which any may have signed, so that one can be changed without losing a call.
        tokens: Vec<Secret>,
    },
    /// Telnyx: Ed25519 over the time and the raw body.
    Ed25519 {
        /// Keys of which any may have signed.
        public_keys: Vec<PublicKey>,
    },
}

impl Scheme {
    /// Twilio's and Somleng's scheme, with the account's auth tokens.
    pub(crate) fn twilio(tokens: Vec<Secret>) -> Self {
        Self::HmacSha1 { headers: &[TWILIO_HEADER], tokens }
    }

    /// SignalWire's scheme, with the project's signing keys; older set-ups send Twilio's header.
    pub(crate) fn signalwire(signing_keys: Vec<Secret>) -> Self {
        Self::HmacSha1 { headers: &[SIGNALWIRE_HEADER, TWILIO_HEADER], tokens: signing_keys }
    }

    /// Telnyx's scheme, with public keys in base64 as the portal shows them.
    ///
    /// # Errors
    /// When a key is not base64 of 32 bytes, or is not a point of the curve.
    pub(crate) fn telnyx(public_keys: &[&str]) -> Result<Self, KeyError> {
        let public_keys = public_keys.iter().map(|text| PublicKey::parse(text)).collect::<Result<_, _>>()?;
        Ok(Self::Ed25519 { public_keys })
    }
}

/// What happens to a request that is not signed well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Policy {
    /// It is refused.
    #[default]
    Strict,
    /// It is answered, and the reason is logged: for a provider whose signing is not yet known.
    LogOnly,
    /// Nothing is checked.
    Off,
}

/// A request as it arrived, before anything has been made of it.
#[derive(Clone, Copy)]
pub(crate) struct SignedRequest<'a> {
    /// The configured public base and the raw request target, joined byte for byte.
    pub(crate) url: &'a str,
    /// The request's method.
    pub(crate) method: &'a Method,
    /// All of its headers.
    pub(crate) headers: &'a HeaderMap,
    /// The whole raw body.
    pub(crate) body: &'a [u8],
}

impl SignedRequest<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The form, if the body is one that is signed parameter by parameter.
    fn form(&self) -> Option<Result<Form, super::form::FormError>> {
        let content_type = self.header("content-type")?.split(';').next().unwrap_or_default().trim();
        let is_form = content_type.eq_ignore_ascii_case("application/x-www-form-urlencoded");
        (is_form && *self.method == Method::POST).then(|| Form::parse(self.body))
    }
}

/// Says of each request whether it came from the provider.
#[derive(Clone, Debug)]
pub(crate) struct Verifier {
    /// What is signed, and with what.
    pub(crate) scheme: Scheme,
    /// What happens when it is not.
    pub(crate) policy: Policy,
}

impl Verifier {
    /// The verdict on a request at the time `now`.
    ///
    /// # Errors
    /// The refusal, which carries its reason, its remedy and the HTTP status to answer with. With
    /// [`Policy::LogOnly`] it is logged here instead, and with [`Policy::Off`] nothing is checked.
    pub(crate) fn verify(&self, request: &SignedRequest<'_>, now: Timestamp) -> Result<(), Refusal> {
        let check = || match &self.scheme {
            Scheme::HmacSha1 { headers, tokens } => hmac_sha1::check(request, headers, tokens),
            Scheme::Ed25519 { public_keys } => ed25519::check(request, public_keys, now),
        };
        self.judge(check)
    }

    /// The verdict on the handshake of a media stream: it may be signed under several spellings of its address.
    ///
    /// # Errors
    /// As for any other request.
    pub(crate) fn verify_stream(&self, request: &SignedRequest<'_>, now: Timestamp) -> Result<(), Refusal> {
        let strict = Self { policy: Policy::Strict, ..self.clone() };
        let check = || {
            let refusals = url::stream_urls(request.url)
                .into_iter()
                .map(|url| strict.verify(&SignedRequest { url: &url, ..*request }, now));
            refusals
                .reduce(|first, next| first.or_else(|refusal| next.map_err(|_| refusal)))
                .unwrap_or(Ok(()))
        };
        self.judge(check)
    }

    fn judge(&self, check: impl Fn() -> Result<(), Refusal>) -> Result<(), Refusal> {
        match self.policy {
            Policy::Off => Ok(()),
            Policy::Strict => check(),
            Policy::LogOnly => {
                if let Err(refusal) = check() {
                    tracing::warn!(%refusal, remedy = refusal.remedy(), "Answering a request although {refusal}");
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;
