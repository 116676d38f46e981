//! Documents: the TwiML that a server answers, as the client side reads it.
//!
//! Reading is strict where Twilio is strict, and every refusal names Twilio's own error number. It must
//! not know how a document came here, nor do what it says.

mod reading;
mod tree;

use axum::http::Method;

use reading::Reading;

/// The longest document, in bytes; Twilio: error 11750.
pub(crate) const MAX_DOCUMENT: usize = 64 * 1024;

/// A document: what the provider would do, and what it would complain about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    /// What to do, from top to bottom; the end of the document hangs up.
    pub(crate) verbs: Vec<Verb>,
    /// What would stand in the provider's log while the call goes on.
    pub(crate) warnings: Vec<Warning>,
}

/// One step of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Play what is nested, and listen for keys.
    Gather(Gather),
    /// Speak.
    Say {
        /// The voice, where one is named.
        voice: Option<String>,
        /// The language, where one is named.
        language: Option<String>,
        /// The words, without SSML tags.
        text: String,
        /// How often; 1 unless `loop` says otherwise.
        times: u32,
    },
    /// Play a file.
    Play {
        /// Its URL, perhaps relative to the document.
        url: String,
        /// How often; 1 unless `loop` says otherwise.
        times: u32,
    },
    /// Be silent.
    Pause {
        /// For how long, in seconds.
        length_s: u64,
    },
    /// Go on with another document.
    Redirect {
        /// Its URL, perhaps relative to this document.
        url: String,
        /// POST unless the document says otherwise.
        method: Method,
    },
    /// End the call.
    Hangup,
    /// End the call without answering it, where nothing stands before.
    Reject {
        /// `busy` or `rejected`, as the caller's telephone will tell it.
        busy: bool,
    },
}

/// How keys are asked for (Twilio docs, "Gather").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gather {
    /// Where the keys are sent; without it, to the current document.
    pub(crate) action: Option<String>,
    /// POST unless the document says otherwise.
    pub(crate) method: Method,
    /// The silence after everything nested has ended, or after a key, in seconds.
    pub(crate) timeout_s: u64,
    /// How many keys are enough; without it any number.
    pub(crate) num_digits: Option<u32>,
    /// The key that ends the input without being part of it; `#` unless the document says otherwise.
    pub(crate) finish_on_key: Option<char>,
    /// Is `action` asked for even without keys?
    pub(crate) action_on_empty_result: bool,
    /// Say, Play and Pause, heard until the first key.
    pub(crate) children: Vec<Verb>,
}

/// What the provider logs without ending the call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{number}: {text}")]
pub(crate) struct Warning {
    /// Twilio's number.
    pub(crate) number: u16,
    /// What is the matter, with the names of elements and attributes only.
    pub(crate) text: String,
}

/// Why a document cannot be used; the provider turns to its fallback, or apologises and hangs up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DocumentError {
    /// Error 11750.
    #[error("11750: the document is longer than {MAX_DOCUMENT} bytes")]
    TooLong,
    /// Error 11770.
    #[error("11770: the document is empty")]
    Empty,
    /// Error 12100.
    #[error("12100: the document is not well-formed XML: {reason}")]
    NotXml {
        /// What is the matter, and where.
        reason: String,
    },
    /// Error 12102.
    #[error("12102: the root of the document is `{root}` and not `Response`")]
    WrongRoot {
        /// The root element's name.
        root: String,
    },
    /// Error 12300.
    #[error("12300: the content type `{content_type}` is not one of TwiML, text or sound")]
    ContentType {
        /// What the server said, or `none`.
        content_type: String,
    },
    /// Error 13338.
    #[error("13338: `actionOnEmptyResult` is neither `true` nor `false`")]
    ActionOnEmptyResult,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// See [`DocumentError`]. Unknown verbs and attributes are warnings, as at Twilio.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, DocumentError> {
        if body.len() > MAX_DOCUMENT {
            return Err(DocumentError::TooLong);
        }
        if body.trim_ascii().is_empty() {
            return Err(DocumentError::Empty);
        }
        let root = tree::read(body).map_err(|reason| DocumentError::NotXml { reason })?;
        if root.name != "Response" {
            return Err(DocumentError::WrongRoot { root: root.name });
        }
        let mut reading = Reading::default();
        let verbs =
            root.children.iter().map(|element| reading.verb(element)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { verbs: verbs.into_iter().flatten().collect(), warnings: reading.warnings })
    }
}

#[cfg(test)]
mod tests;
