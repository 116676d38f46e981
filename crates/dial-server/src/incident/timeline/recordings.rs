//! Lists that wait for a person, and recordings that are left out.

use std::collections::BTreeSet;

use dial_origin::event::{Hold, What};
use dial_origin::fault::{Fault, FaultKind};
use jiff::Timestamp;

use super::super::opening::opening;
use super::super::{Cause, Heard, Level, words};
use super::{Change, Found, Notice, Timeline};

/// So many files are remembered by name as left out.
const MAX_FILES: usize = 1000;
/// So many of them are told one by one.
const TOLD_FILES: usize = 10;

impl Timeline {
    pub(super) fn take_recordings(
        &mut self,
        at: Timestamp,
        line: &str,
        what: &What,
        notices: &mut Vec<Notice>,
    ) {
        match what {
            What::Held { origin, reason, id } => {
                let id = self.clean(id);
                let (text, remedy) = (words::held(origin, *reason), words::remedy_held(origin, &id));
                // An empty list is never meant.
                let level = if *reason == Hold::Empty { Level::Critical } else { Level::Warning };
                let found = Found::new(at, line, Cause::Held { id }, text, remedy);
                self.found(found.of(Some(origin)).at_least(level), notices);
            }
            What::Released { id, how } => {
                let key = (Some(line.to_owned()), Cause::Held { id: self.clean(id) });
                self.healed(&key, at, words::released(*how), notices);
            }
            What::LeftOut { origin, file, fault, kept } => {
                self.left_out(at, line, origin, file, fault, *kept, notices);
            }
            What::TakenIn { file } => self.taken_in(at, line, file, notices),
            _ => {}
        }
    }

    #[expect(clippy::too_many_arguments, reason = "they are the parts of one event")]
    fn left_out(
        &mut self,
        at: Timestamp,
        line: &str,
        origin: &str,
        file: &str,
        fault: &Fault,
        kept: bool,
        notices: &mut Vec<Notice>,
    ) {
        let remedy = self.clean(&words::sentence(&fault.remedy()));
        let told = self.clean(&fault.told(&self.zone(line)));
        let file = self.clean(file);
        let text = words::left_out(origin, &file, &told, kept);
        if let FaultKind::Disk(_) = fault.kind {
            // The disk is the cause; what it costs is told there.
            self.found(Found::new(at, line, Cause::Disk, text, remedy).at_least(Level::Critical), notices);
            return;
        }
        let key = (Some(line.to_owned()), Cause::Recordings);
        let files = self.open.get(&key).map(|track| &track.incident.files);
        let before = files.map_or(0, BTreeSet::len);
        if files.is_some_and(|files| files.contains(&file) || files.len() >= MAX_FILES) {
            return;
        }
        let text = if before >= TOLD_FILES { words::more_left_out() } else { text };
        let level = opening(fault).level.max(if kept { Level::Info } else { Level::Warning });
        let heard = if kept { Heard::Nothing } else { Heard::Fewer };
        let found = Found::new(at, line, Cause::Recordings, text, remedy).at_least(level);
        self.found(Found { heard, ..found }, notices);
        if let Some(track) = self.open.get_mut(&key) {
            track.incident.files.insert(file);
            if track.incident.files.len() > 1 {
                track.incident.why = words::many_left_out(track.incident.files.len());
            }
            // The notice was made before the file was known.
            if let Some(notice) = notices.last_mut().filter(|notice| notice.incident.id == track.incident.id)
            {
                *notice = track.notice(notice.change);
            }
        }
    }

    fn taken_in(&mut self, at: Timestamp, line: &str, file: &str, notices: &mut Vec<Notice>) {
        let file = self.clean(file);
        let key = (Some(line.to_owned()), Cause::Recordings);
        let Some(track) = self.open.get_mut(&key) else { return };
        if !track.incident.files.remove(&file) {
            return;
        }
        let text = words::taken_in(&file);
        if track.incident.files.is_empty() {
            self.healed(&key, at, &text, notices);
        } else if track.incident.add(at, text) {
            notices.push(track.notice(Change::Updated));
        }
    }
}
