//! What happened in a call, as it is told to people and to scripts: one event, one line.

use dial_core::time::Millis;
use serde::Serialize;

/// An event with its time since the answer, in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct TranscriptEvent {
    /// When.
    pub(crate) at_ms: u32,
    /// What.
    #[serde(flatten)]
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(crate) enum What {
    /// The line speaks.
    Say {
        /// Its words.
        text: String,
    },
    /// A piece of a recording begins.
    Play {
        /// Its identity; of another server, the last part of its address.
        recording: String,
        /// What it is called, where that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// Where it begins, in the recording's time.
        from_ms: u32,
        /// Where it will end, in the recording's time.
        to_ms: u32,
        /// 1 is the usual speed.
        speed: f64,
    },
    /// The line listens for a key.
    Gather {
        /// For so long.
        wait_ms: u32,
    },
    /// The caller pressed a key.
    Key {
        /// Which.
        key: String,
    },
    /// The call is over.
    Hangup {
        /// Who ended it: `caller` or `line`.
        by: By,
    },
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// The caller.
    Caller,
    /// The line.
    Line,
}

impl TranscriptEvent {
    /// An event at a time of the call.
    pub(crate) fn new(at: Millis, what: What) -> Self {
        Self { at_ms: at.0, what }
    }

    /// One line of JSON.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are always JSON")
    }
}
