//! One round by hand, for a check or a call without a server: what came of it, and all that is wrong.

use std::sync::Arc;

use dial_core::catalogue::Defect;
use jiff::Timestamp;

use super::{Reporter, Stage};
use crate::event::What;
use crate::snapshot::Snapshot;

/// Hears one round.
pub struct Once<'a> {
    now: Timestamp,
    progress: &'a mut dyn FnMut(&str, Stage),
    /// What is offered.
    pub offered: Option<Arc<Snapshot>>,
    /// What keeps a list, or a recording, from being offered, and what is doubtful; the gravest first.
    pub defects: Vec<Defect>,
    /// Everything that happened, in order.
    pub events: Vec<What>,
}

impl<'a> Once<'a> {
    /// At a moment.
    pub fn at(now: Timestamp, progress: &'a mut dyn FnMut(&str, Stage)) -> Self {
        Self { now, progress, offered: None, defects: Vec::new(), events: Vec::new() }
    }
}

impl Reporter for Once<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn chance(&mut self) -> f64 {
        0.0
    }

    fn tell(&mut self, what: What) {
        match &what {
            What::OriginFailed { fault, .. } => self.defects.extend(fault.of_list()),
            What::LeftOut { file, fault, kept, .. } => self.defects.push(fault.of_recording(file, *kept)),
            What::Doubts { defects, .. } => self.defects.extend(defects.iter().cloned()),
            _ => {}
        }
        self.defects.sort_by_key(|defect| defect.gravity);
        self.events.push(what);
    }

    fn offer(&mut self, snapshot: &Arc<Snapshot>) {
        self.offered = Some(Arc::clone(snapshot));
    }

    fn progress(&mut self, file: &str, stage: Stage) {
        (self.progress)(file, stage);
    }
}
