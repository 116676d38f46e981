//! Keeps timeline, board, journal and the shown status together: one call for each thing that happens.
//!
//! It blocks for the disk, so it belongs on a thread of its own, never on a call's way.

use std::sync::Arc;

use dial_origin::event::Event;
use jiff::Timestamp;

use super::{Board, Incident, Journal, Newest, Notice, Status, StatusShelf, Timeline, Trouble, WatchedLine};
use crate::logging::Redactor;

/// Everything that keeps account of incidents.
pub(crate) struct Desk {
    timeline: Timeline,
    board: Board,
    journal: Journal,
    shelf: Arc<StatusShelf>,
}

impl Desk {
    /// Goes on from what the journal held. The notices are of incidents that ended with a line or origin
    /// that is gone.
    pub(crate) fn open(
        (journal, known): (Journal, Vec<Incident>),
        lines: &[WatchedLine],
        redactor: &Redactor,
        shelf: Arc<StatusShelf>,
        at: Timestamp,
    ) -> (Self, Vec<Notice>) {
        let timeline = Timeline::new(known, redactor.clone());
        let mut desk = Self { timeline, board: Board::new(lines, redactor.clone()), journal, shelf };
        let notices = desk.timeline.watch(lines, at);
        desk.keep(&notices);
        desk.show(at);
        (desk, notices)
    }

    /// The configuration was read anew.
    pub(crate) fn watch(&mut self, lines: &[WatchedLine], at: Timestamp) -> Vec<Notice> {
        self.board.watch(lines);
        let notices = self.timeline.watch(lines, at);
        self.keep(&notices);
        self.show(at);
        notices
    }

    /// Something happened.
    pub(crate) fn take(&mut self, event: &Event) -> Vec<Notice> {
        self.board.take(event);
        let notices = self.timeline.take(event);
        self.keep(&notices);
        self.show(event.at);
        notices
    }

    /// So many calls were answered, and went well. The page follows at the next tick, if nothing else changed.
    pub(crate) fn calls_answered(&mut self, line: &str, calls: u64, at: Timestamp) -> Vec<Notice> {
        let notices = self.timeline.calls_answered(line, calls, at);
        self.told(notices, at)
    }

    /// A caller heard that the line has some trouble.
    pub(crate) fn trouble_heard(&mut self, line: &str, trouble: Trouble, at: Timestamp) -> Vec<Notice> {
        let notices = self.timeline.trouble_heard(line, trouble, at);
        self.told(notices, at)
    }

    /// Whether the provider's signatures fit was seen.
    pub(crate) fn signatures(&mut self, line: &str, signatures: Signatures, at: Timestamp) -> Vec<Notice> {
        let notices = match signatures {
            Signatures::Wrong => self.timeline.signatures_wrong(line, at),
            Signatures::Right => self.timeline.signatures_right(line, at),
        };
        self.told(notices, at)
    }

    /// Somebody sees to an incident; none if it is not open.
    pub(crate) fn acknowledge(&mut self, id: &str, by: &str, at: Timestamp) -> Option<Notice> {
        let notice = self.timeline.acknowledge(id, by, at)?;
        self.told(vec![notice], at).pop()
    }

    /// What a line offers now.
    pub(crate) fn offered(
        &mut self,
        line: &str,
        church: Option<String>,
        newest: Option<Newest>,
        recordings: usize,
        at: Timestamp,
    ) {
        self.board.offered(line, church, newest, recordings);
        self.show(at);
    }

    /// Who speaks on a line.
    pub(crate) fn speaks(&mut self, line: &str, voice: &str, at: Timestamp) {
        self.board.speaks(line, voice);
        self.show(at);
    }

    /// When an origin last confirmed what a line offers, as it is known from before a restart.
    pub(crate) fn fresh_since(&mut self, line: &str, at: Timestamp) {
        self.timeline.fresh_since(line, at);
    }

    /// Time passes: call it every minute or so.
    pub(crate) fn tick(&mut self, at: Timestamp) -> Vec<Notice> {
        let notices = self.timeline.tick(at);
        // Also without notices: the disk may work again.
        self.keep(&notices);
        self.show(at);
        notices
    }

    fn told(&mut self, notices: Vec<Notice>, at: Timestamp) -> Vec<Notice> {
        if !notices.is_empty() {
            self.keep(&notices);
            self.show(at);
        }
        notices
    }

    fn keep(&mut self, notices: &[Notice]) {
        self.journal.write(notices, || self.timeline.incidents());
    }

    fn show(&self, at: Timestamp) {
        self.shelf.show(Status::of(&self.board, &self.timeline, at));
    }
}

/// Whether the provider's signatures fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signatures {
    /// Several in a row did not, from the provider's own addresses.
    Wrong,
    /// One did.
    Right,
}
