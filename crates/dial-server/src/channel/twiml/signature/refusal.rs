//! Refusals: why a request was not believed, and what the operator can do about it.
//!
//! A refusal must not hold a token, a parameter or a query: it is written to be logged.

use super::super::form::FormError;

/// Why a request was not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// There is nothing to check against.
    #[error("no token is configured to check signatures with")]
    NoToken,
    /// A header that the provider always sends is not there.
    #[error("the request has no `{header}` header")]
    MissingHeader {
        /// The header that was looked for first.
        header: &'static str,
    },
    /// A header, or the form, cannot be read.
    #[error("the `{part}` of the request is malformed: {reason}")]
    Malformed {
        /// The header's name, or `body`.
        part: &'static str,
        /// What is wrong with it, without its content.
        reason: String,
    },
    /// No configured key makes this signature.
    #[error("the signature is wrong for `{url}` under each of {keys} configured keys")]
    WrongSignature {
        /// The URL that was signed over, without query and long segments.
        url: String,
        /// How many keys were tried.
        keys: usize,
    },
    /// The signature is right, but the body is not the one that was signed.
    #[error("the body is not the one whose `bodySHA256` stands in the signed URL `{url}`")]
    WrongBody {
        /// The URL, without query and long segments.
        url: String,
    },
    /// There is a body that the signature does not cover.
    #[error("the body of the request is neither a form nor named by `bodySHA256` in the URL `{url}`")]
    UnsignedBody {
        /// The URL, without query and long segments.
        url: String,
    },
    /// The request was signed too long ago, or in the future.
    #[error("the request was signed {off_s} s away from our clock, and {allowed_s} s are allowed")]
    Stale {
        /// Our time less the signed time, in seconds: positive when the request is old.
        off_s: i64,
        /// The bound, in seconds.
        allowed_s: i64,
    },
}

impl Refusal {
    /// Whether the request was signed at all, if wrongly.
    pub(crate) fn is_signed(&self) -> bool {
        matches!(self, Self::WrongSignature { .. } | Self::WrongBody { .. } | Self::Stale { .. })
    }

    /// What the operator should look at, as a sentence.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Self::NoToken => "Set the provider's auth token, signing key or public key in the configuration.",
            Self::MissingHeader { .. } => {
                "If this is the provider's request, look for a proxy that drops headers; otherwise it is a stranger's."
            }
            Self::Malformed { .. } => "A proxy may have changed the request; otherwise it is a stranger's.",
            Self::WrongSignature { .. } => {
                "Compare this URL with the one set at the provider, letter by letter, then the token with the \
                 account's primary token; a secondary token does not sign before it is promoted."
            }
            Self::WrongBody { .. } => "Look for a proxy that trims or rewrites bodies.",
            Self::UnsignedBody { .. } => "Set the webhook to POST forms, as is the provider's default.",
            Self::Stale { .. } => "Set this machine's clock by NTP; a much older request is a replay.",
        }
    }
}

impl From<FormError> for Refusal {
    fn from(error: FormError) -> Self {
        Self::Malformed { part: "body", reason: error.to_string() }
    }
}
