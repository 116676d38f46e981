//! `[log]`: what is logged, and in which form.
//!
//! It must not set up anything; see `logging`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::choice::{self, NotAChoice};
use super::section::Section;

/// What is logged, and in which form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Log {
    /// The form of a log line.
    pub(crate) format: LogFormat,
    /// What is logged.
    pub(crate) level: LogLevel,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = NotAChoice;
    fn from_str(word: &str) -> Result<Self, NotAChoice> {
        choice::parse(word)
    }
}

/// What is logged: a level, or a list such as `info,dial=debug`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct LogLevel(String);

/// What the decoders of recordings log begins with this.
const DECODER: &str = "symphonia";

impl LogLevel {
    const EXPECTED: &str = "error, warn, info, debug, trace, or a list such as \"info,dial=debug\"";

    /// The filter that it means. Decoders talk to their authors, and are silent unless they are named.
    pub(crate) fn filter(&self) -> EnvFilter {
        let level =
            if self.0.contains(DECODER) { self.0.clone() } else { format!("{},{DECODER}=off", self.0) };
        EnvFilter::try_new(level).expect("`from_str` and `default` accept only what a filter accepts")
    }
}

impl Default for LogLevel {
    fn default() -> Self {
        Self("info".into())
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no log level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a log level")]
pub(crate) struct NotALevel(String);

impl FromStr for LogLevel {
    type Err = NotALevel;
    fn from_str(text: &str) -> Result<Self, NotALevel> {
        // A filter reads a single word that is no level as the name of a module, and logs nothing.
        let levels = ["off", "error", "warn", "info", "debug", "trace"];
        let is_level = levels.contains(&text.to_ascii_lowercase().as_str());
        let is_list = text.contains('=') && EnvFilter::try_new(text).is_ok();
        if is_level || is_list { Ok(Self(text.into())) } else { Err(NotALevel(text.into())) }
    }
}

impl Log {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let format = section.choice("format").unwrap_or_default();
        let level = section.text("level", LogLevel::EXPECTED, str::parse).unwrap_or_default();
        section.finish();
        Self { format, level }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_word_or_a_list_and_a_slip_is_not_taken_for_a_module() {
        for right in ["info", "WARN", "off", "info,dial=debug", "dial_server::cli=trace"] {
            assert_eq!(right.parse::<LogLevel>().unwrap().to_string(), right);
        }
        for wrong in ["", "verbose", "inof", "info,dial=loud", "=debug,,x=y=z"] {
            assert!(wrong.parse::<LogLevel>().is_err(), "{wrong}");
        }
    }
}
