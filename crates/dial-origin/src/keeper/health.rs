//! Whether our own disk is well: told once when it fails, and once when a whole cycle went well on it.

use std::io;

use super::{Keeper, Reporter};
use crate::event::What;

/// What a keeper knows of its disk.
///
/// A disk that is nearly full takes small files and refuses large ones, so one success does not prove it well.
#[derive(Debug, Default)]
pub(super) struct DiskHealth {
    /// It was told that it fails.
    is_told: bool,
    /// It failed in this cycle.
    failed: bool,
    /// It did something in this cycle.
    worked: bool,
}

impl DiskHealth {
    /// It fails. Says whether that is news.
    pub(super) fn fails(&mut self) -> bool {
        self.failed = true;
        !std::mem::replace(&mut self.is_told, true)
    }
}

impl Keeper {
    /// Notes how something went on the disk, and tells when it begins to fail.
    pub(super) fn note_disk(&mut self, done: io::Result<()>, reporter: &mut dyn Reporter) {
        match done {
            Ok(()) => self.health.worked = true,
            Err(error) if self.health.fails() => {
                reporter.tell(What::DiskFailed { why: error.to_string() });
            }
            Err(_) => {}
        }
    }

    /// At the end of a cycle: tells when the disk works again.
    pub(super) fn settle_disk(&mut self, reporter: &mut dyn Reporter) {
        let DiskHealth { is_told, failed, worked } = std::mem::take(&mut self.health);
        let is_well = worked && !failed;
        if is_told && is_well {
            reporter.tell(What::DiskWorks);
        }
        self.health.is_told = is_told && !is_well;
    }
}
