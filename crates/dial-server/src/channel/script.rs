//! Scripts: the keys a caller will press, written as `1 wait:90 6 5 5 *`.
//!
//! A script must not know the line it is for. `wait:90` lets 90 seconds pass since the key before it, or
//! since the call was answered; without a wait a second passes, as it does between a person's keys.

use std::str::FromStr;

/// The longest wait in a script, in seconds: a day.
pub(crate) const MAX_WAIT_S: u64 = 86_400;
/// How long a person takes from one key to the next, in milliseconds.
const USUAL_WAIT_MS: u64 = 1000;
/// The most words in a script.
pub(crate) const MAX_WORDS: usize = 1000;

/// A key that the caller will press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Press {
    /// How long after the press before it, or after the answer, in milliseconds.
    pub(crate) after_ms: u64,
    /// One of `0`-`9`, `*` and `#`.
    pub(crate) key: char,
}

/// The keys a caller will press, in order; none at all is a silent caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Script {
    presses: Vec<Press>,
}

impl Script {
    /// The presses, in order.
    pub(crate) fn presses(&self) -> &[Press] {
        &self.presses
    }
}

impl FromStr for Script {
    type Err = ScriptError;

    /// Reads words with white space between them: a key, or `wait:` with seconds, fractions allowed.
    /// Waits before a key add up; a wait with no key behind it changes nothing.
    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let mut presses = Vec::new();
        let mut waited_ms = None;
        for (place, word) in text.split_whitespace().enumerate() {
            if place == MAX_WORDS {
                return Err(ScriptError::TooLong);
            }
            if let Some(seconds) = word.strip_prefix("wait:") {
                let wait_ms = wait_ms(seconds).ok_or_else(|| ScriptError::Wait { word: word.to_owned() })?;
                waited_ms = Some(waited_ms.unwrap_or(0) + wait_ms);
                continue;
            }
            let mut letters = word.chars();
            match (letters.next(), letters.next()) {
                (Some(key @ ('0'..='9' | '*' | '#')), None) => {
                    let after_ms = waited_ms.take().unwrap_or(USUAL_WAIT_MS);
                    presses.push(Press { after_ms, key });
                }
                _ => {
                    return Err(ScriptError::Word { word: word.to_owned() });
                }
            }
        }
        Ok(Self { presses })
    }
}

fn wait_ms(seconds: &str) -> Option<u64> {
    let plain = seconds.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds: f64 = seconds.parse().ok().filter(|_| plain)?;
    (seconds <= MAX_WAIT_S as f64).then(|| (seconds * 1000.0).round() as u64)
}

/// Why a script was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScriptError {
    /// Neither a key nor a wait.
    #[error("cannot read `{word}` in the script: write one key of 0-9 * # at a time, or `wait:` and seconds")]
    Word {
        /// The word.
        word: String,
    },
    /// A wait that is no number of seconds, or is too long.
    #[error(
        "cannot read `{word}` in the script: write `wait:` and seconds up to {MAX_WAIT_S}, such as `wait:90` or `wait:1.5`"
    )]
    Wait {
        /// The word.
        word: String,
    },
    /// More than [`MAX_WORDS`].
    #[error("the script has more than {MAX_WORDS} words")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_keys_with_the_waits_before_them() {
        let script: Script = " 1 wait:90 6 5 wait:1.5 wait:.25 * # wait:9 ".parse().unwrap();
        let expected = [(1000, '1'), (90_000, '6'), (1000, '5'), (1750, '*'), (1000, '#')];
        assert_eq!(
            script.presses().iter().map(|press| (press.after_ms, press.key)).collect::<Vec<_>>(),
            expected
        );
        assert_eq!("".parse(), Ok(Script::default()));
    }

    #[test]
    fn a_word_that_is_neither_key_nor_wait_is_named() {
        for word in [
            "12",
            "a",
            "１",
            "wait",
            "Wait:1",
            "wait:",
            "wait:x",
            "wait:-1",
            "wait:1e9",
            "wait:inf",
            "wait:86401",
        ] {
            let error = format!("1 {word} 2").parse::<Script>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{word}`")), "{error}");
        }
        assert_eq!("1 ".repeat(1001).parse::<Script>(), Err(ScriptError::TooLong));
    }
}
