//! What a page and the line tell each other. A page's messages are JSON; so are ours, but for the sound.

use dial_core::key::Key;
use dial_core::session::Piece;
use dial_core::time::Millis;
use serde::Deserialize;
use serde_json::json;

use crate::channel::live::{Listener, Part};
use crate::channel::transcript::TranscriptEvent;

/// What a page tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// A part has sounded.
    Sounded(u64),
    /// A key, so long after the last part that sounded, or the last key.
    Press(Key, Millis),
    /// The caller hangs up, likewise.
    HangUp(Millis),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    sounded: Option<u32>,
    press: Option<String>,
    #[serde(default)]
    hang_up: bool,
    #[serde(default)]
    since: u32,
}

/// Reads a message; none if it is not one.
pub(super) fn read(text: &str) -> Option<Told> {
    let message: Message = serde_json::from_str(text).ok()?;
    let since = Millis(message.since);
    match message {
        Message { sounded: Some(number), press: None, hang_up: false, .. } => {
            Some(Told::Sounded(number.into()))
        }
        Message { sounded: None, press: Some(key), hang_up: false, .. } => {
            key.parse().ok().map(|key| Told::Press(key, since))
        }
        Message { sounded: None, press: None, hang_up: true, .. } => Some(Told::HangUp(since)),
        _ => None,
    }
}

/// A part, after how many keys came before it and its number: what is older than the last key is not played.
pub(super) fn sound(keys: u32, part: &Part) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 + part.sound.len());
    bytes.extend(keys.to_be_bytes());
    bytes.extend((part.number as u32).to_be_bytes());
    bytes.extend(&part.sound);
    bytes
}

/// What happens, for the screen, until it is sent.
#[derive(Default)]
pub(super) struct Screen(pub(super) Vec<String>);

impl Listener for Screen {
    fn event(&mut self, event: &TranscriptEvent) {
        self.0.extend(serde_json::to_string(event));
    }

    fn begins(&mut self, title: &str, piece: &Piece) {
        let begins = json!({ "event": "begins", "title": title, "from_ms": piece.from.0 });
        self.0.push(begins.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_tells_one_thing_and_nothing_else_is_a_message() {
        for (text, told) in [
            (r#"{"sounded":7}"#, Some(Told::Sounded(7))),
            (r##"{"press":"#","since":40}"##, Some(Told::Press(Key::HASH, Millis(40)))),
            (r#"{"hang_up":true,"since":20}"#, Some(Told::HangUp(Millis(20)))),
            (r#"{"press":"12"}"#, None),
            (r#"{"press":"1","sounded":7}"#, None),
            (r#"{"sounded":-7}"#, None),
            (r#"{"eval":"1"}"#, None),
            ("{}", None),
            ("", None),
        ] {
            assert_eq!(read(text), told, "{text}");
        }
    }
}
