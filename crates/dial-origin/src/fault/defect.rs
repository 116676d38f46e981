//! Faults as defects, for a person who checks a line: where, what, and what to do.

use dial_core::catalogue::{Defect, Gravity};
use jiff::tz::TimeZone;

use super::{Fault, FaultKind};

impl Fault {
    /// Of a list that could not be had.
    pub fn of_list(&self) -> Vec<Defect> {
        let (what, remedy) = match &self.kind {
            FaultKind::List(defects) => return defects.clone(),
            FaultKind::Missing => (
                "is missing".into(),
                "put the list of services there, with the recordings in audio/ beside it".into(),
            ),
            FaultKind::Folder(why) => (why.clone(), self.remedy()),
            _ => (self.told(&TimeZone::UTC), self.remedy()),
        };
        vec![Defect { gravity: Gravity::Refused, place: self.host.clone(), what, remedy }]
    }

    /// Of a recording that is not offered, or whose older sound is kept.
    pub fn of_recording(&self, file: &str, kept: bool) -> Defect {
        let take_it_out = "or take it from the list";
        let (what, remedy) = match &self.kind {
            FaultKind::Missing => ("is missing".into(), format!("copy the recording there, {take_it_out}")),
            FaultKind::Sound(why) => {
                (format!("cannot be played ({why})"), format!("replace the file, {take_it_out}"))
            }
            FaultKind::Folder(why) => (
                format!("cannot be read ({why})"),
                format!("let the user that runs dial read the recording itself there, {take_it_out}"),
            ),
            FaultKind::Disk(why) => (format!("cannot be kept ({why})"), self.remedy()),
            _ => {
                (format!("could not be fetched: {} {}", self.host, self.told(&TimeZone::UTC)), self.remedy())
            }
        };
        let instead = if kept { "so its older sound is offered" } else { "so it is not offered" };
        let (gravity, place) = (Gravity::Ignored, format!("audio/{file}"));
        Defect { gravity, place, what: format!("{what}, {instead}"), remedy }
    }
}
