//! Verbs read from elements, with the provider's defaults and warnings.
//!
//! It must not know how the elements were read.

use axum::http::Method;

use super::tree::Element;
use super::{DocumentError, Gather, Verb, Warning};

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

/// Collects warnings while the tree is walked.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) warnings: Vec<Warning>,
}

impl Reading {
    fn warn(&mut self, number: u16, text: String) {
        self.warnings.push(Warning { number, text });
    }

    /// The verb of an element at the top of a document; none if it is left out.
    pub(super) fn verb(&mut self, element: &Element) -> Result<Option<Verb>, DocumentError> {
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
            "Connect" => {
                let text = "a media stream is not opened here: the call goes on as if it had failed";
                self.warn(31901, text.to_owned());
                return Ok(None);
            }
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
        if let Ok(seconds @ 1..=MAX_SECONDS) = text.parse() {
            return seconds;
        }
        self.warn(number, format!("`{name}` of `{}` is not a positive whole number", element.name));
        default
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
