//! Why a message could not be sent, in words for a log and for the other channels.

use std::error::Error;
use std::fmt::Write;
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::StatusCode;

use crate::secret::SecretError;

/// The longest explanation, in signs.
const MAX_WORDS: usize = 300;

/// Why a message could not be sent. It holds neither a secret nor a path of an address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// It took too long.
    #[error("there was no answer within 10 seconds")]
    Deadline,
    /// No client could be made.
    #[error("this machine cannot make a safe connection")]
    Client(#[source] Box<dyn Error + Send + Sync>),
    /// No answer came: no such host, no connection, a certificate that is refused.
    #[error("the server cannot be reached safely")]
    Unreachable(#[source] reqwest::Error),
    /// The server does not take it.
    #[error("the server answers with status {status}")]
    Refused {
        /// Its status (RFC 9110, section 15).
        status: StatusCode,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// Something else answers there.
    #[error("the server sends us elsewhere, which is not followed: write the new address into dial.toml")]
    Moved,
    /// The password or token is not there.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It cannot be written as an e-mail.
    #[error("the mail cannot be written")]
    Mail(#[source] lettre::error::Error),
    /// The mail server cannot be reached, or does not take it.
    #[error("the mail server does not take it")]
    Smtp(#[source] lettre::transport::smtp::Error),
    /// The program cannot be started.
    #[error("the program cannot be started")]
    Start(#[source] std::io::Error),
    /// The program failed.
    #[error("the program ended with {how}{said}")]
    Program {
        /// Its status.
        how: std::process::ExitStatus,
        /// What it wrote to its standard error, after a colon; may be empty.
        said: String,
    },
}

impl Failure {
    /// All causes as the end of a sentence, addresses of e-mail masked.
    pub(crate) fn told(&self) -> String {
        let mut words = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let said = error.to_string();
            // Some libraries repeat their cause in their own words.
            if !words.contains(&said) {
                let _ = write!(words, ": {said}");
            }
            cause = error.source();
        }
        let masked = words.split_whitespace().map(|word| if word.contains('@') { "…@…" } else { word });
        let words = masked.collect::<Vec<_>>().join(" ");
        let words = words.trim_end_matches('.');
        words.chars().take(MAX_WORDS).collect()
    }

    /// How long the server wants to be left alone.
    pub(crate) fn asked(&self) -> Option<SignedDuration> {
        match self {
            Self::Refused { retry_after, .. } => retry_after.and_then(|wait| wait.try_into().ok()),
            _ => None,
        }
    }
}
