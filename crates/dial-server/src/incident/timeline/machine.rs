//! What concerns the whole machine: its disk, its clock, and who owns the data folder.

use dial_origin::event::What;
use jiff::Timestamp;

use super::super::{Cause, Level, words};
use super::{Found, Notice, Timeline};

impl Timeline {
    pub(super) fn take_machine(&mut self, at: Timestamp, line: &str, what: &What, notices: &mut Vec<Notice>) {
        let found = |cause, level, text, remedy| Found::new(at, line, cause, text, remedy).at_least(level);
        match what {
            What::DiskFailed { why } => {
                let text = self.clean(&words::disk_failed(why));
                let remedy = words::remedy_disk();
                self.found(found(Cause::Disk, Level::Critical, text, remedy), notices);
            }
            What::DiskLow { free } => {
                let found = found(Cause::Disk, Level::Warning, words::disk_low(*free), words::remedy_disk());
                self.found(found, notices);
            }
            What::DiskWorks => {
                self.healed(&(None, Cause::Disk), at, words::DISK_WORKS, notices);
            }
            What::ReadOnly => {
                let (text, remedy) = (words::READ_ONLY.to_owned(), words::REMEDY_READ_ONLY.to_owned());
                self.found(found(Cause::ReadOnly, Level::Warning, text, remedy), notices);
            }
            What::ClockWrong { ahead_s } => {
                let (text, remedy) = (words::clock_wrong(*ahead_s), words::REMEDY_CLOCK.to_owned());
                self.found(found(Cause::Clock, Level::Critical, text, remedy), notices);
            }
            What::ClockRight => self.healed(&(None, Cause::Clock), at, words::CLOCK_RIGHT, notices),
            _ => {}
        }
    }
}
