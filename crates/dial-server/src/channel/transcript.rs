//! Transcripts: what happened in a call, event by event, for people and for tests.
//!
//! The same vocabulary for the simulator and for the client that rings other servers. An event must
//! not hold a caller's number, nor know which channel it came from.

use serde::{Deserialize, Serialize};

/// One event of a call; as JSON `{"at_ms":0,"event":"say","text":"…"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TranscriptEvent {
    /// When it began, in milliseconds since the call was answered.
    pub(crate) at_ms: u64,
    /// What it was.
    #[serde(flatten)]
    pub(crate) what: Happening,
}

/// What can happen in a call, in the order of a call's life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Happening {
    /// The line speaks.
    Say {
        /// All of the words, even if a key cut them short.
        text: String,
    },
    /// The line has played a recording; told when it ends, or is cut short by a key.
    Play {
        /// The recording's name in its line's catalogue, or the file's name on a foreign server.
        recording: String,
        /// Its title, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// Where in the recording it began, in milliseconds.
        from_ms: u64,
        /// Where in the recording it stopped, in milliseconds: what the caller has heard.
        to_ms: u64,
        /// How fast: 1.0 as it was recorded.
        speed: f64,
    },
    /// The line has said and played everything, and waits in silence for a key.
    Gather {
        /// How long it is willing to wait, in milliseconds.
        wait_ms: u64,
    },
    /// The caller presses a key.
    Key {
        /// One of `0`-`9`, `*` and `#`.
        key: char,
    },
    /// The call ends.
    Hangup {
        /// Who ended it.
        by: Party,
    },
}

/// One end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Party {
    /// Who rang.
    Caller,
    /// Who answered.
    Line,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_is_one_line_of_json_that_begins_with_its_time() {
        let play = |title: Option<&str>| Happening::Play {
            recording: "2024-05-19".to_owned(),
            title: title.map(str::to_owned),
            from_ms: 0,
            to_ms: 90_000,
            speed: 1.0,
        };
        let table = [
            (Happening::Say { text: "Hello".to_owned() }, r#"{"at_ms":7,"event":"say","text":"Hello"}"#),
            (
                play(Some("Pentecost")),
                r#"{"at_ms":7,"event":"play","recording":"2024-05-19","title":"Pentecost","from_ms":0,"to_ms":90000,"speed":1.0}"#,
            ),
            (
                play(None),
                r#"{"at_ms":7,"event":"play","recording":"2024-05-19","from_ms":0,"to_ms":90000,"speed":1.0}"#,
            ),
            (Happening::Gather { wait_ms: 8000 }, r#"{"at_ms":7,"event":"gather","wait_ms":8000}"#),
            (Happening::Key { key: '#' }, r##"{"at_ms":7,"event":"key","key":"#"}"##),
            (Happening::Hangup { by: Party::Line }, r#"{"at_ms":7,"event":"hangup","by":"line"}"#),
        ];
        for (what, json) in table {
            let event = TranscriptEvent { at_ms: 7, what };
            assert_eq!(serde_json::to_string(&event).unwrap(), json);
            assert_eq!(serde_json::from_str::<TranscriptEvent>(json).unwrap(), event);
        }
    }
}
