//! Why an authority gave no certificate, in words for whoever runs the line.

use std::path::PathBuf;

use super::super::pair::PairError;

/// Why an authority gave no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcmeError {
    /// The root of an authority of one's own cannot be read.
    #[error("cannot read the authority's root `{}`", file.display())]
    Root {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// No client can be made.
    #[error("cannot make a client of HTTP")]
    Client(#[source] reqwest::Error),
    /// The authority cannot be reached, or refuses.
    #[error("the authority at {directory} gives none")]
    Failed {
        /// Where it was asked.
        directory: String,
        /// Why not.
        source: instant_acme::Error,
    },
    /// It looked, and did not find us under a name.
    #[error(
        "the authority did not find this server at port 443 of {name}: does the name lead here, and is the port open?"
    )]
    NotOurs {
        /// The name.
        name: String,
        /// What it found.
        #[source]
        problem: instant_acme::Error,
    },
    /// It cannot look at port 443.
    #[error("the authority does not offer to look at port 443 (tls-alpn-01)")]
    NoChallenge,
    /// It took too long.
    #[error("the authority did not finish within five minutes")]
    Slow,
    /// No key or challenge can be made.
    #[error("cannot make a key")]
    Key(#[source] rcgen::Error),
    /// What it sent is of no use.
    #[error("what the authority sent cannot be used")]
    Useless(#[source] PairError),
    /// What it sent is for other names.
    #[error("the authority sent a certificate for other names: {0}")]
    OtherNames(String),
}

/// Whether the authority no longer knows our account (RFC 8555, section 6.7).
pub(super) fn is_unknown_account(error: &instant_acme::Error) -> bool {
    let instant_acme::Error::Api(problem) = error else { return false };
    problem.r#type.as_deref() == Some("urn:ietf:params:acme:error:accountDoesNotExist")
}
