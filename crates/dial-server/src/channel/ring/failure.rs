//! Failures: why a provider would have apologised to the caller and hung up.
//!
//! A failure must not hold a query or a parameter: its URLs are masked.

use axum::http::StatusCode;

use crate::channel::twiml::document::DocumentError;

/// What Twilio plays when a webhook fails and there is no fallback.
pub(crate) const APOLOGY: &str = "We're sorry, an application error has occurred. Goodbye.";

/// Why a call could not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A URL of the document leads nowhere that can be asked.
    #[error("{number}: `{url}` is not a URL of http or https")]
    Url {
        /// 11100 in a document, 11216 in a redirect.
        number: u16,
        /// The URL, masked.
        url: String,
    },
    /// The server was not reached, or broke off.
    #[error("11205: cannot reach `{url}`")]
    Unreachable {
        /// The URL, masked.
        url: String,
        /// What the network or TLS said.
        source: reqwest::Error,
    },
    /// The server took too long.
    #[error("11203: `{url}` has not answered within {after_ms} ms")]
    Deadline {
        /// The URL, masked.
        url: String,
        /// The time that it had, in milliseconds.
        after_ms: u128,
    },
    /// The server answered with an error.
    #[error("11200: `{url}` answered {status}")]
    Status {
        /// The URL, masked.
        url: String,
        /// The status.
        status: StatusCode,
    },
    /// The server sent us from one place to the next.
    #[error("11215: `{url}` ends in too many redirects")]
    TooManyRedirects {
        /// The last URL, masked.
        url: String,
    },
    /// The answer is not a usable document.
    #[error("cannot use the document of `{url}`")]
    Document {
        /// The URL, masked.
        url: String,
        /// What is the matter with it.
        source: DocumentError,
    },
    /// What should be played is no sound that a provider plays.
    #[error("{number}: `{url}` has the content type `{content_type}`, which is not played")]
    MediaType {
        /// 13420, or 13325 inside a Gather.
        number: u16,
        /// The URL, masked.
        url: String,
        /// What the server said, or `none`.
        content_type: String,
    },
    /// The sound is broken, or too long to be taken.
    #[error("`{url}` cannot be played: {reason}")]
    Sound {
        /// The URL, masked.
        url: String,
        /// What is the matter.
        reason: &'static str,
    },
    /// The line goes round in circles.
    #[error("the line has asked for {documents} documents and is still not done")]
    TooManyDocuments {
        /// The caller's bound.
        documents: u32,
    },
    /// This machine could not ask.
    #[error("cannot ask for `{url}`: the system gives no random numbers")]
    Random {
        /// The URL, masked.
        url: String,
    },
}
