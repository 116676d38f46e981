//! `[line.twiml]`: the telephone company that calls us, and how it proves that it is the one.
//!
//! It holds the names of secrets, never a secret; and must not know how a signature is checked.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::section::Section;

/// The environment variable whose token every line accepts.
pub(crate) const AUTH_TOKEN_ENV: &str = "DIAL_AUTH_TOKEN";

/// The length of an Ed25519 public key, in bytes.
const PUBLIC_KEY_BYTES: usize = 32;

/// The telephone company that calls us, and how it proves that it is the one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Twiml {
    /// The telephone company.
    pub(crate) provider: Provider,
    /// Files with one token each; several while a token is being changed.
    pub(crate) auth_token_files: Vec<PathBuf>,
    /// Environment variables with one token each, besides [`AUTH_TOKEN_ENV`].
    pub(crate) auth_token_env: Vec<String>,
    /// Telnyx's public keys, in base64.
    pub(crate) public_keys: Vec<String>,
    /// What happens to a request that does not prove where it comes from.
    pub(crate) signature: Signature,
    /// Who says the line's sentences.
    pub(crate) speech: Speech,
    /// How calls are carried.
    pub(crate) tier: Tier,
}

/// How a line's calls are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tier {
    /// By webhooks: the telephone company plays, and asks what to do when a key comes.
    #[default]
    Gather,
    /// Over a media stream: we play, and hear each key at once.
    Stream,
}

/// Who says a line's sentences in a call over webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Speech {
    /// The line's own voices, and the telephone company's for what they cannot say.
    #[default]
    Line,
    /// The telephone company's voice.
    Provider,
}

/// The telephone companies whose requests we understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Provider {
    /// Twilio.
    #[default]
    Twilio,
    /// `SignalWire`, by its compatible interface.
    SignalWire,
    /// Telnyx, by `TeXML`.
    Telnyx,
    /// Somleng, which can be run at home.
    Somleng,
}

/// What happens to a request that does not prove where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Signature {
    /// It is refused.
    #[default]
    Strict,
    /// It is answered, and logged: while a line is being set up.
    Log,
    /// It is answered: for tests on one machine.
    Off,
}

impl Twiml {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let twiml = Self {
            provider: section.choice("provider").unwrap_or_default(),
            auth_token_files: section.paths("auth_token_files"),
            auth_token_env: section.texts("auth_token_env", "names of environment variables", env_name),
            public_keys: section.texts(
                "public_keys",
                "the public keys that Telnyx shows, in base64",
                public_key,
            ),
            signature: section.choice("signature").unwrap_or_default(),
            speech: section.choice("speech").unwrap_or_default(),
            tier: section.choice("tier").unwrap_or_default(),
        };
        if twiml.tier == Tier::Stream && twiml.provider == Provider::Somleng {
            let what = "media streams of Somleng are not supported";
            section.conflict("tier", what, "use tier = \"gather\", or leave it out");
        }
        if !twiml.public_keys.is_empty() && twiml.provider != Provider::Telnyx {
            section.conflict(
                "public_keys",
                "only Telnyx has public keys",
                "set provider = \"telnyx\", or remove them",
            );
        }
        section.finish();
        twiml
    }
}

/// A token that was pasted here by mistake is not repeated.
fn env_name(text: &str) -> Result<String, &'static str> {
    let named = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let begun = text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    if named && begun { Ok(text.into()) } else { Err("this is not the name of an environment variable") }
}

fn public_key(text: &str) -> Result<String, &'static str> {
    let length = STANDARD.decode(text).map(|key| key.len());
    if length == Ok(PUBLIC_KEY_BYTES) { Ok(text.into()) } else { Err("this is not a public key of 32 bytes") }
}
