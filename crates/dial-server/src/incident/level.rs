//! How urgent an incident is; it grows with the age of what callers hear.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// From this age of the recordings on, a person should know.
const WARNING_AGE: SignedDuration = SignedDuration::from_hours(1);
/// From this age on, a person must act.
const CRITICAL_AGE: SignedDuration = SignedDuration::from_hours(24);

/// How urgent an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Worth a look.
    Info,
    /// A person should know.
    Warning,
    /// A person must act.
    Critical,
}

impl Level {
    /// The level that the age of the recordings alone calls for. What is stale is never given up.
    pub(crate) fn of_age(age: SignedDuration) -> Self {
        if age >= CRITICAL_AGE {
            Self::Critical
        } else if age >= WARNING_AGE {
            Self::Warning
        } else {
            Self::Info
        }
    }

    /// The level in a word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}
