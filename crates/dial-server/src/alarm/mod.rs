//! Tells people when something is wrong, when it is over, and once a week that all is well.
//!
//! It stands beside the flow: it is handed [`Notice`]s, and must not know how they came about.

pub(crate) mod channel;
pub(crate) mod confirm;
mod desk;
pub(crate) mod notice;
mod outbox;
mod ping;
mod row;
mod run;
mod schedule;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub(crate) use self::notice::{Level, Notice, NoticeKind};
pub(crate) use self::run::{AlarmBell, Alarms};

/// Where everything of the alarms is kept.
pub(crate) fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("alarms")
}
