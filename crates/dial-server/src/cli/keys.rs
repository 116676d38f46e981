//! The keys of a scripted call: `1 wait:90 6 5 5 *`.
//!
//! It must not know what a key does.

use std::str::FromStr;
use std::time::Duration;

use dial_core::key::Key;

/// The longest wait in a script, in seconds: no call lasts longer than a day.
const MAX_WAIT_S: f64 = 86_400.0;

/// What a scripted caller does, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Script(pub(crate) Vec<Step>);

/// One thing that a scripted caller does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Presses one of the twelve keys.
    Press(Key),
    /// Listens.
    Wait(Duration),
}

/// A part of the script is neither keys nor a wait.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a key (0 to 9, * and #) nor a wait such as wait:90")]
pub(crate) struct NotAStep(String);

impl FromStr for Script {
    type Err = NotAStep;

    /// Blanks between keys may be left out: `655*` presses four.
    fn from_str(text: &str) -> Result<Self, NotAStep> {
        let mut steps = Vec::new();
        for word in text.split_whitespace() {
            let wrong = || NotAStep(word.into());
            if let Some(seconds) = word.strip_prefix("wait:") {
                let seconds =
                    seconds.parse::<f64>().ok().filter(|seconds| (0.0..=MAX_WAIT_S).contains(seconds));
                steps.push(Step::Wait(Duration::from_secs_f64(seconds.ok_or_else(wrong)?)));
                continue;
            }
            for key in word.chars() {
                steps.push(Step::Press(Key::try_from(key).map_err(|_| wrong())?));
            }
        }
        Ok(Self(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_keys_and_waits() {
        use Step::Wait;
        let press = |sign| Step::Press(Key::try_from(sign).unwrap());
        let script: Script = "1 wait:90 65* wait:0.5 #".parse().unwrap();
        let (long, short) = (Duration::from_secs(90), Duration::from_millis(500));
        let steps = [press('1'), Wait(long), press('6'), press('5'), press('*'), Wait(short), press('#')];
        assert_eq!(script.0, steps);
    }

    #[test]
    fn a_slip_in_a_script_is_named() {
        for slip in ["wait:", "wait:-1", "wait:nan", "wait:1e9", "w", "٣", "1,2"] {
            assert_eq!(format!("1 {slip}").parse::<Script>(), Err(NotAStep(slip.into())));
        }
    }
}
