//! `[data]`: where the program keeps its copy of the recordings.
//!
//! It must not know what is kept there.

use std::path::PathBuf;

use dial_origin::keeper::Settings;
use etcetera::BaseStrategy;
use serde::Serialize;

use super::section::Section;

/// In bytes.
const GB: u64 = 1_000_000_000;

/// Where the copy is kept by a program that has no home, such as a service of the system.
const WITHOUT_HOME: &str = "/var/lib/dial";

/// Where the program keeps its copy of the recordings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Data {
    /// The folder; it is created when it is first needed.
    pub(crate) dir: PathBuf,
    /// Of its disk, so much stays free, in per cent.
    pub(crate) reserve_percent: u32,
    /// Prepared sound takes no more than this; none: as much as there is room for.
    pub(crate) quota_gb: Option<u32>,
}

/// The platform's own place for a program's data.
impl Default for Data {
    fn default() -> Self {
        let dir = etcetera::choose_base_strategy().map(|places| places.data_dir().join("dial"));
        let reserve_percent = Settings::default().reserve_percent as u32;
        Self { dir: dir.unwrap_or_else(|_| WITHOUT_HOME.into()), reserve_percent, quota_gb: None }
    }
}

impl Data {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let mut data = Self::default();
        if let Some(dir) = section.path("dir") {
            data.dir = dir;
        }
        section.number("reserve_percent", 1..=50, &mut data.reserve_percent);
        let mut quota_gb = 0;
        section.number("quota_gb", 1..=100_000, &mut quota_gb);
        data.quota_gb = (quota_gb > 0).then_some(quota_gb);
        section.finish();
        data
    }

    /// The most that prepared sound may take, in bytes.
    pub(super) fn quota(&self) -> Option<u64> {
        self.quota_gb.map(|quota_gb| u64::from(quota_gb) * GB)
    }
}
