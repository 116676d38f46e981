//! Who rings, and what is written down about a call.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalogue::RecordingId;

/// The longest call identifier that is accepted, in bytes; Twilio's have 34, Telnyx's about 80.
const MAX_CALL_ID: usize = 128;

/// The provider's name for one call, such as Twilio's `CallSid`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CallId(String);

impl CallId {
    /// Accepts 1 to 128 visible ASCII signs.
    pub fn new(text: &str) -> Option<Self> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        (visible && (1..=MAX_CALL_ID).contains(&text.len())).then(|| Self(text.into()))
    }

    /// The identifier as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A telephone number in E.164 form. It prints masked, and cannot be serialised.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Accepts `+` and 7 to 15 digits, spaces and dashes between them ignored.
    ///
    /// Words such as `anonymous`, and the value in which providers spell that word on a keypad,
    /// are no number: withheld callers all share them.
    pub fn new(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|sign| !matches!(sign, ' ' | '-')).collect();
        let digits = text.strip_prefix('+')?;
        let valid = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        (valid && !WITHHELD.contains(&digits)).then_some(Self(text))
    }

    /// The number itself, for the keyed hash and for the provider; never for a log or a page.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// `ANONYMOUS`, `RESTRICTED` and `UNAVAILABLE` as keyed on a telephone.
const WITHHELD: [&str; 4] = ["266696687", "7378742833", "86282452253", "2562533"];

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…{}", &self.0[..3], &self.0[self.0.len() - 3..])
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HangupCause {
    /// The caller hung up, or was cut off.
    Caller,
    /// The line said goodbye.
    Line,
    /// The provider reports that the call failed.
    Failed,
}

/// What is kept of a call: nothing of it names the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The line's name.
    pub line: String,
    /// The provider's identifier.
    pub call: CallId,
    /// The keyed hash of the caller's number; none for withheld callers.
    pub caller: Option<String>,
    /// When the line answered.
    pub answered_at: Timestamp,
    /// How long the call lasted, in seconds.
    pub duration_s: u32,
    /// Who ended it.
    pub cause: HangupCause,
    /// The last recording that was played.
    pub recording: Option<RecordingId>,
    /// Where in it the caller was, in milliseconds.
    pub position_ms: Option<u32>,
    /// How well our sound came to the caller, where we send it ourselves and the other side tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<SoundQuality>,
}

/// How well our sound came to a caller, as its side told last (RFC 3550, section 6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoundQuality {
    /// Packets that we sent.
    pub packets: u32,
    /// Those of them that were lost; fewer than none if some came twice.
    pub lost: Option<i32>,
    /// How unevenly they came.
    pub jitter_ms: Option<u32>,
    /// How long a packet takes there and back.
    pub round_trip_ms: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_prints_masked_in_every_form() {
        let number = PhoneNumber::new("+44 113 496 0123").unwrap();
        assert_eq!(format!("{number} {number:?}"), "+44…123 +44…123");
    }

    #[test]
    fn withheld_callers_have_no_number() {
        for withheld in ["anonymous", "", "+266696687", "Restricted", "+", "+12", "sip:me@example.org"] {
            assert_eq!(PhoneNumber::new(withheld), None, "{withheld:?}");
        }
    }

    #[test]
    fn a_call_identifier_is_short_and_visible() {
        assert!(CallId::new("CA00000000000000000000000000000001").is_some());
        for wrong in ["", "a b", "a\nb", &"x".repeat(129), "é"] {
            assert_eq!(CallId::new(wrong), None);
        }
    }
}
