//! Documents: the TwiML that a server answers, as the client side reads it.
//!
//! Reading is strict where Twilio is strict, and every refusal names Twilio's own error number. It must
//! not know how a document came here, nor do what it says.

mod tree;

use axum::http::Method;

use tree::Element;

/// The longest document, in bytes; Twilio: error 11750.
pub(crate) const MAX_DOCUMENT: usize = 64 * 1024;

/// A document: what the provider would do, and what it would complain about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    /// What to do, from top to bottom; the end of the document hangs up.
    pub verbs: Vec<Verb>,
    /// What would stand in the provider's log while the call goes on.
    pub warnings: Vec<Warning>,
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
    pub action: Option<String>,
    /// POST unless the document says otherwise.
    pub method: Method,
    /// The silence after everything nested has ended, or after a key, in seconds.
    pub timeout_s: u64,
    /// How many keys are enough; without it any number.
    pub num_digits: Option<u32>,
    /// The key that ends the input without being part of it; `#` unless the document says otherwise.
    pub finish_on_key: Option<char>,
    /// Is `action` asked for even without keys?
    pub action_on_empty_result: bool,
    /// Say, Play and Pause, heard until the first key.
    pub children: Vec<Verb>,
}

/// What the provider logs without ending the call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{number}: {text}")]
pub(crate) struct Warning {
    /// Twilio's number.
    pub number: u16,
    /// What is the matter, with the names of elements and attributes only.
    pub text: String,
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

impl DocumentError {
    /// Twilio's number for it.
    pub(crate) fn number(&self) -> u16 {
        match self {
            Self::TooLong => 11750,
            Self::Empty => 11770,
            Self::NotXml { .. } => 12100,
            Self::WrongRoot { .. } => 12102,
            Self::ContentType { .. } => 12300,
            Self::ActionOnEmptyResult => 13338,
        }
    }
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

/// Collects warnings while the tree is walked.
#[derive(Default)]
struct Reading {
    warnings: Vec<Warning>,
}

impl Reading {
    fn warn(&mut self, number: u16, text: String) {
        self.warnings.push(Warning { number, text });
    }

    fn verb(&mut self, element: &Element) -> Result<Option<Verb>, DocumentError> {
        let known: &[&str] = match element.name.as_str() {
            "Gather" => {
                return self.gather(element).map(|gather| Some(Verb::Gather(gather)));
            }
            "Say" => &["voice", "language", "loop"],
            "Play" => &["loop", "digits"],
            "Pause" => &["length"],
            "Redirect" => &["method"],
            "Reject" => &["reason"],
            "Hangup" => &[],
            other => {
                self.warn(12200, format!("the verb `{other}` is not known here and is left out"));
                return Ok(None);
            }
        };
        self.unknown_attributes(element, known);
        let text = element.text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Some(match element.name.as_str() {
            "Say" => Verb::Say {
                voice: element.attribute("voice").map(str::to_owned),
                language: element.attribute("language").map(str::to_owned),
                text,
                times: self.times(element, 13510),
            },
            "Play" if text.is_empty() => {
                self.warn(
                    13430,
                    "a `Play` without a URL is left out; `digits` are not sounded here".to_owned(),
                );
                return Ok(None);
            }
            "Play" => Verb::Play { url: text, times: self.times(element, 13410) },
            "Pause" => Verb::Pause { length_s: self.number(element, "length", 1, 13910) },
            "Redirect" => Verb::Redirect { url: text, method: self.method(element, 13710) },
            "Reject" => Verb::Reject { busy: element.attribute("reason") == Some("busy") },
            _ => Verb::Hangup,
        }))
    }

    fn gather(&mut self, element: &Element) -> Result<Gather, DocumentError> {
        self.unknown_attributes(element, &GATHER_ATTRIBUTES);
        let mut children = Vec::new();
        for child in &element.children {
            if matches!(child.name.as_str(), "Say" | "Play" | "Pause") {
                children.extend(self.verb(child)?);
            } else {
                self.warn(13320, format!("`{}` must not stand in a `Gather` and is left out", child.name));
            }
        }
        let action_on_empty_result = match element.attribute("actionOnEmptyResult") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(DocumentError::ActionOnEmptyResult),
        };
        let num_digits = element.attribute("numDigits").and_then(|text| {
            let digits = text.parse().ok().filter(|digits| *digits > 0);
            if digits.is_none() {
                self.warn(13314, "`numDigits` is not a positive number".to_owned());
            }
            digits
        });
        Ok(Gather {
            action: element.attribute("action").map(str::to_owned),
            method: self.method(element, 13312),
            timeout_s: self.number(element, "timeout", 5, 13313),
            num_digits,
            finish_on_key: self.finish_on_key(element),
            action_on_empty_result,
            children,
        })
    }

    fn finish_on_key(&mut self, element: &Element) -> Option<char> {
        let Some(text) = element.attribute("finishOnKey") else {
            return Some('#');
        };
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (None, _) => None,
            (Some(key @ ('0'..='9' | '*' | '#')), None) => Some(key),
            _ => {
                self.warn(13310, "`finishOnKey` is not one key of 0-9 * #".to_owned());
                Some('#')
            }
        }
    }

    fn method(&mut self, element: &Element, number: u16) -> Method {
        match element.attribute("method") {
            None => Method::POST,
            Some(text) if text.eq_ignore_ascii_case("POST") => Method::POST,
            Some(text) if text.eq_ignore_ascii_case("GET") => Method::GET,
            Some(_) => {
                self.warn(number, format!("the `method` of `{}` is neither GET nor POST", element.name));
                Method::POST
            }
        }
    }

    /// A positive whole number of seconds; Twilio refuses 0, what it then does is not known.
    fn number(&mut self, element: &Element, name: &str, default: u64, number: u16) -> u64 {
        let Some(text) = element.attribute(name) else {
            return default;
        };
        match text.parse() {
            Ok(seconds @ 1..=MAX_SECONDS) => seconds,
            _ => {
                self.warn(number, format!("`{name}` of `{}` is not a positive whole number", element.name));
                default
            }
        }
    }

    fn times(&mut self, element: &Element, number: u16) -> u32 {
        match element.attribute("loop").map(str::parse) {
            None => 1,
            // Twilio: 0 repeats 1,000 times.
            Some(Ok(0)) => MAX_LOOP,
            Some(Ok(times @ 1..=MAX_LOOP)) => times,
            Some(_) => {
                self.warn(number, format!("`loop` of `{}` is not a number up to {MAX_LOOP}", element.name));
                1
            }
        }
    }

    fn unknown_attributes(&mut self, element: &Element, known: &[&str]) {
        for (name, _) in element.attributes.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            self.warn(12200, format!("the attribute `{name}` of `{}` is not known here", element.name));
        }
    }
}

/// Twilio: a sound is repeated at most so often.
const MAX_LOOP: u32 = 1000;
/// The longest wait or pause that is believed: the longest call, a day.
const MAX_SECONDS: u64 = 86_400;

const GATHER_ATTRIBUTES: [&str; 19] = [
    "input",
    "action",
    "method",
    "timeout",
    "numDigits",
    "finishOnKey",
    "actionOnEmptyResult",
    "bargeIn",
    "speechTimeout",
    "speechModel",
    "hints",
    "language",
    "profanityFilter",
    "partialResultCallback",
    "partialResultCallbackMethod",
    "enhanced",
    "maxSpeechTime",
    "debug",
    "minDigits",
];

#[cfg(test)]
mod tests;
