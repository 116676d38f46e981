//! The keys of a caller who is not there: `1 wait:90 6 5 5 *`.

use std::collections::VecDeque;
use std::str::FromStr;

use dial_core::key::Key;
use dial_core::time::Millis;

/// A person takes about so long from one key to the next; a wait in the script takes its place.
const USUAL_WAIT: Millis = Millis::seconds(1);
/// The longest wait, in seconds.
const MAX_WAIT_S: f64 = 86_400.0;

/// Keys, each with the time since the one before it, or since the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Script(VecDeque<(Millis, Key)>);

/// A word of a script that is neither a key nor a wait.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a key (0 to 9, * or #) nor a wait (such as wait:90, in seconds)")]
pub(crate) struct ScriptError(String);

impl Script {
    /// How long after the last key the next one comes.
    pub(crate) fn next_wait(&self) -> Option<Millis> {
        self.0.front().map(|(wait, _)| *wait)
    }

    /// The next key is pressed.
    pub(crate) fn press(&mut self) -> Option<Key> {
        self.0.pop_front().map(|(_, key)| key)
    }
}

impl FromStr for Script {
    type Err = ScriptError;
    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let mut keys = VecDeque::new();
        let mut waited: Option<Millis> = None;
        for word in text.split([' ', '\t', '\n', ',']).filter(|word| !word.is_empty()) {
            let wrong = || ScriptError(word.into());
            if let Some(seconds) = word.strip_prefix("wait:") {
                let seconds: f64 = seconds.parse().map_err(|_| wrong())?;
                if !(0.0..=MAX_WAIT_S).contains(&seconds) {
                    return Err(wrong());
                }
                waited = Some(waited.unwrap_or_default() + Millis((seconds * 1000.0) as u32));
            } else {
                let key = word.parse().map_err(|_| wrong())?;
                keys.push_back((waited.take().unwrap_or(USUAL_WAIT), key));
            }
        }
        Ok(Self(keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_keys_with_waits_between_them() {
        let script: Script = "1 wait:90 6 wait:1.5 wait:1 * #".parse().unwrap();
        let told: Vec<_> = script.0.iter().map(|(wait, key)| format!("{key}@{}", wait.0)).collect();
        assert_eq!(told, ["1@1000", "6@90000", "*@2500", "#@1000"]);
    }

    #[test]
    fn a_wrong_word_is_named() {
        for wrong in ["12", "wait:", "wait:-1", "wait:x", "wait:1e9", "press"] {
            assert!(wrong.parse::<Script>().unwrap_err().to_string().starts_with(&format!("`{wrong}`")), "{wrong}");
        }
    }
}
