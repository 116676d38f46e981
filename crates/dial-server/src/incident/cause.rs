//! The root cause of an incident: events with the same cause belong together.

use serde::{Deserialize, Serialize};

/// The root cause. Together with the line it is the key of an incident: at most one is open for each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Cause {
    /// A server's certificate is refused, about to expire, or not what it was.
    Certificate {
        /// The name that was asked for.
        host: String,
    },
    /// An origin cannot be had, or gives what cannot be used.
    Origin {
        /// Its name.
        origin: String,
        /// The label of the fault; `down` for all that may pass by itself.
        label: String,
    },
    /// An origin lags behind.
    Behind {
        /// Its name.
        origin: String,
    },
    /// A list waits for a person.
    Held {
        /// What a person says to approve it.
        id: String,
    },
    /// Recordings of the list are not offered, or an older sound of them is.
    Recordings,
    /// No origin confirms what is offered, and nothing else explains it.
    Stale,
    /// Nobody looks at the origins any more.
    Stuck,
    /// There is nothing to play.
    Empty,
    /// A copy on the disk did not stand its check.
    Damaged,
    /// Callers heard the polite message although there is something to play.
    Polite,
    /// The provider's signatures do not fit: its requests are refused.
    Signature,
    /// Our disk fails, or is nearly full.
    Disk,
    /// Our clock is wrong.
    Clock,
    /// Another process has the data folder.
    ReadOnly,
}

impl Cause {
    /// Whether it concerns the machine, and so every line of it.
    pub(super) fn is_of_the_machine(&self) -> bool {
        matches!(self, Self::Disk | Self::Clock | Self::ReadOnly)
    }

    /// Whether its level grows with the age of the recordings.
    pub(super) fn grows(&self) -> bool {
        match self {
            Self::Certificate { .. } | Self::Origin { .. } | Self::Held { .. } | Self::Stale => true,
            Self::Behind { .. } | Self::Recordings | Self::Stuck | Self::Empty | Self::Damaged => false,
            Self::Polite | Self::Signature | Self::Disk | Self::Clock | Self::ReadOnly => false,
        }
    }

    /// Whether it tells why no origin confirms what is offered.
    pub(super) fn explains_staleness(&self) -> bool {
        match self {
            Self::Certificate { .. } | Self::Origin { .. } | Self::Held { .. } => true,
            Self::Stuck | Self::Empty | Self::Disk | Self::Clock | Self::ReadOnly => true,
            Self::Behind { .. } | Self::Recordings | Self::Stale => false,
            Self::Damaged | Self::Polite | Self::Signature => false,
        }
    }
}
