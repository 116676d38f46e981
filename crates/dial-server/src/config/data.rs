//! `[data]`: where the program keeps its copy of the recordings.
//!
//! It must not know what is kept there.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use serde::Serialize;

use super::section::Section;

/// Where the copy is kept by a program that has no home, such as a service of the system.
const WITHOUT_HOME: &str = "/var/lib/dial";

/// Where the program keeps its copy of the recordings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Data {
    /// The folder; it is created when it is first needed.
    pub(crate) dir: PathBuf,
}

/// The platform's own place for a program's data.
impl Default for Data {
    fn default() -> Self {
        let dir = etcetera::choose_base_strategy().map(|places| places.data_dir().join("dial"));
        Self { dir: dir.unwrap_or_else(|_| WITHOUT_HOME.into()) }
    }
}

impl Data {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let dir = section.path("dir");
        section.finish();
        dir.map_or_else(Self::default, |dir| Self { dir })
    }
}
