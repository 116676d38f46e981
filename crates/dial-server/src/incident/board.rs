//! What is known of each line now: its origins, their certificates, what it offers, what waits.

use std::collections::BTreeMap;
use std::sync::Arc;

use dial_origin::certificate::Certificate;
use dial_origin::event::{Event, What};
use jiff::Timestamp;
use serde::Serialize;

use super::status::{HeldList, Sight, Snapshot};
use super::{WatchedLine, words};
use crate::logging::Redactor;

/// So many lists that wait are remembered of a line.
const MAX_HELD: usize = 20;

/// What is known of each line.
pub(crate) struct Board {
    pub(super) lines: Vec<LineBoard>,
    redactor: Redactor,
}

/// What is known of a line.
pub(super) struct LineBoard {
    pub(super) line: WatchedLine,
    pub(super) church: Option<String>,
    /// Who speaks on it, in words.
    pub(super) voice: Option<String>,
    pub(super) newest: Option<Newest>,
    pub(super) snapshot: Option<Snapshot>,
    /// When a cycle last came to its end.
    pub(super) checked_at: Option<Timestamp>,
    /// When an origin last confirmed what is offered.
    pub(super) fresh_at: Option<Timestamp>,
    /// The origin whose list is in use.
    pub(super) in_use: Option<String>,
    pub(super) origins: BTreeMap<String, OriginBoard>,
    pub(super) held: BTreeMap<String, HeldList>,
}

/// What is known of an origin.
#[derive(Default)]
pub(super) struct OriginBoard {
    pub(super) sight: Sight,
    pub(super) looked_at: Option<Timestamp>,
    pub(super) said: Option<String>,
    pub(super) lacks: Option<usize>,
    pub(super) certificate: Option<Arc<Certificate>>,
}

/// The newest recording that callers hear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Newest {
    /// What it is called in a sentence.
    pub(crate) name: String,
    /// Since when it can be heard.
    pub(crate) audible_since: Option<Timestamp>,
}

impl Board {
    /// A board of lines of which nothing is known yet.
    pub(crate) fn new(lines: &[WatchedLine], redactor: Redactor) -> Self {
        let mut board = Self { lines: Vec::new(), redactor };
        board.watch(lines);
        board
    }

    /// Knows these lines from now on, when the configuration was read anew.
    pub(crate) fn watch(&mut self, lines: &[WatchedLine]) {
        let mut before = std::mem::take(&mut self.lines);
        for line in lines {
            let same = before.iter().position(|board| board.line.name == line.name);
            let mut board = same.map_or_else(|| LineBoard::new(line), |same| before.swap_remove(same));
            board.origins.retain(|origin, _| line.origins.contains(origin));
            board.line = line.clone();
            self.lines.push(board);
        }
    }

    /// Takes in what happened.
    pub(crate) fn take(&mut self, event: &Event) {
        let Event { at, line, what } = event;
        let redactor = self.redactor.clone();
        let Some(board) = self.lines.iter_mut().find(|board| board.line.name == *line) else { return };
        match what {
            What::OriginAnswered { origin, .. } => {
                if let Some(origin) = board.origin(origin) {
                    (origin.sight, origin.looked_at, origin.said) = (Sight::Well, Some(*at), None);
                }
            }
            What::OriginFailed { origin: name, fault, .. } => {
                let told = words::origin_did(name, &fault.host, &fault.told(&board.line.zone));
                if let Some(origin) = board.origin(name) {
                    let said = Some(words::clean(&told, &redactor));
                    (origin.sight, origin.looked_at, origin.said) = (Sight::Failing, Some(*at), said);
                }
            }
            What::Switched { to, .. } => board.in_use.clone_from(to),
            What::Behind { origin, lacks } => {
                if let Some(origin) = board.origin(origin) {
                    origin.lacks = Some(*lacks);
                }
            }
            What::CaughtUp { origin } => {
                if let Some(origin) = board.origin(origin) {
                    origin.lacks = None;
                }
            }
            What::CertificateSeen { origin: Some(origin), certificate, .. } => {
                if let Some(origin) = board.origin(origin) {
                    origin.certificate = Some(Arc::clone(certificate));
                }
            }
            What::CertificateRefused { origin: Some(origin), fault }
                if let (Some(origin), Some(certificate)) = (board.origin(origin), &fault.certificate) =>
            {
                origin.certificate = Some(Arc::new((**certificate).clone()));
            }
            What::Held { origin, reason, id } => {
                let id = words::clean(id, &redactor);
                let list = HeldList { id: id.clone(), since: *at, why: words::held(origin, *reason) };
                if board.held.len() < MAX_HELD {
                    board.held.entry(id).or_insert(list);
                }
            }
            What::Released { id, .. } => {
                board.held.remove(&words::clean(id, &redactor));
            }
            What::Published { origin, number, recordings, .. } => {
                let snapshot = Snapshot { number: *number, recordings: Some(*recordings), offered_at: *at };
                (board.snapshot, board.fresh_at) = (Some(snapshot), Some(*at));
                board.in_use = Some(origin.clone());
            }
            What::Restored { number, .. } => {
                board.snapshot = Some(Snapshot { number: *number, recordings: None, offered_at: *at });
            }
            What::Empty => (board.snapshot, board.newest) = (None, None),
            What::CycleEnded { fresh } => {
                board.checked_at = Some(*at);
                board.fresh_at = if *fresh { Some(*at) } else { board.fresh_at };
            }
            _ => {}
        }
    }

    /// Who speaks on a line.
    pub(super) fn speaks(&mut self, line: &str, voice: &str) {
        let voice = words::clean(voice, &self.redactor);
        if let Some(board) = self.lines.iter_mut().find(|board| board.line.name == line) {
            board.voice = Some(voice);
        }
    }

    /// What a line offers: its church, the newest recording, and how many there are. Told by whoever
    /// publishes the catalogue.
    pub(crate) fn offered(
        &mut self,
        line: &str,
        church: Option<String>,
        newest: Option<Newest>,
        recordings: usize,
    ) {
        let Some(board) = self.lines.iter_mut().find(|board| board.line.name == line) else { return };
        let clean = |text: String| words::clean(&text, &self.redactor);
        board.church = church.map(clean);
        board.newest = newest.map(|newest| Newest { name: clean(newest.name), ..newest });
        if let Some(snapshot) = &mut board.snapshot {
            snapshot.recordings = Some(recordings);
        }
    }
}

impl LineBoard {
    fn new(line: &WatchedLine) -> Self {
        Self {
            line: line.clone(),
            church: None,
            voice: None,
            newest: None,
            snapshot: None,
            checked_at: None,
            fresh_at: None,
            in_use: None,
            origins: BTreeMap::new(),
            held: BTreeMap::new(),
        }
    }

    /// None for an origin that is not of this line.
    fn origin(&mut self, name: &str) -> Option<&mut OriginBoard> {
        self.line.origins.iter().any(|own| own == name).then(|| self.origins.entry(name.into()).or_default())
    }
}
