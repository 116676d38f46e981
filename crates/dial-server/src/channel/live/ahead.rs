//! A call whose sound is sent ahead of the ear, to somebody who plays it and tells how far he is: a media stream of a
//! telephone company, a browser.
//!
//! What is sent is not heard yet. With each part that is sent the call is kept as it was before; when a key comes, the
//! call goes back to what was really heard, and on from there.

use std::collections::VecDeque;

use dial_core::key::Key;
use dial_core::player::TICK;
use dial_core::session::Piece;
use dial_core::time::Millis;

use super::{Ended, FRAME, Frame, Listener, Live, Reached};
use crate::channel::transcript::TranscriptEvent;
use crate::prompts::SILENCE;

/// Ticks of a part: 100 ms.
const TICKS: usize = 5;
/// So many parts are sent ahead: half a second.
const PARTS: usize = 5;
/// How long a part is.
pub(super) const PART: Millis = Millis(TICK.0 * TICKS as u32);
/// How much is sent ahead.
pub(super) const AHEAD: Millis = Millis(TICK.0 * (TICKS * PARTS) as u32);

/// A part of the sound, and its number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Counts up; who plays it tells it when it has sounded.
    pub(crate) number: u64,
    /// Mu-law, 100 ms or, at the end of a call, less.
    pub(crate) sound: Vec<u8>,
}

/// A call that is sent ahead.
pub(crate) struct Ahead {
    call: Live,
    ended: Option<Ended>,
    sent: VecDeque<Sent>,
    next: u64,
}

/// A part that was sent and has not sounded yet.
struct Sent {
    number: u64,
    before: Live,
    told: Told,
}

/// What happens in a part, to be told when it sounds.
#[derive(Default)]
struct Told(Vec<Word>);

enum Word {
    Event(TranscriptEvent),
    Begins(String, Piece),
}

impl Listener for Told {
    fn event(&mut self, event: &TranscriptEvent) {
        self.0.push(Word::Event(event.clone()));
    }

    fn begins(&mut self, title: &str, piece: &Piece) {
        self.0.push(Word::Begins(title.to_owned(), *piece));
    }
}

impl Told {
    fn tell(self, listener: &mut impl Listener) {
        for word in self.0 {
            match word {
                Word::Event(event) => listener.event(&event),
                Word::Begins(title, piece) => listener.begins(&title, &piece),
            }
        }
    }
}

impl Ahead {
    /// A call of which nothing was sent yet.
    pub(crate) fn new(call: Live) -> Self {
        Self { call, ended: None, sent: VecDeque::with_capacity(PARTS), next: 0 }
    }

    /// The next part to be sent; none while enough is sent ahead, or when nothing follows.
    pub(crate) fn send(&mut self) -> Option<Part> {
        if !self.has_room() {
            return None;
        }
        let (before, mut told) = (self.call.clone(), Told::default());
        let mut sound = Vec::with_capacity(TICKS * FRAME);
        let mut frame: Frame = [SILENCE; FRAME];
        for _ in 0..TICKS {
            self.ended = self.call.tick(&mut frame, &mut told);
            if self.ended.is_some() {
                break;
            }
            sound.extend_from_slice(&frame);
        }
        let number = self.next;
        self.next += 1;
        self.sent.push_back(Sent { number, before, told });
        Some(Part { number, sound })
    }

    /// A part has sounded, and so has what was sent before it. Tells how the call ended, if that was the last.
    pub(crate) fn sounded(&mut self, number: u64, listener: &mut impl Listener) -> Option<Ended> {
        while self.sent.front().is_some_and(|part| part.number <= number) {
            if let Some(part) = self.sent.pop_front() {
                part.told.tell(listener);
            }
        }
        self.ended.filter(|_| self.sent.is_empty())
    }

    /// A key, so long after the last part that sounded. What was sent and has not sounded is to be thrown away.
    pub(crate) fn press(&mut self, key: Key, since: Millis, listener: &mut impl Listener) -> Option<Ended> {
        if let Some(ended) = self.go_back(since, listener) {
            return Some(ended);
        }
        self.call.press(key, listener);
        None
    }

    /// The caller hangs up, so long after the last part that sounded.
    pub(crate) fn hang_up(&mut self, since: Millis, listener: &mut impl Listener) -> Ended {
        self.go_back(since, listener).unwrap_or_else(|| self.call.hang_up(listener))
    }

    /// What the caller has heard, to the part.
    pub(crate) fn heard(&self) -> Reached {
        self.sent.front().map_or(&self.call, |part| &part.before).heard()
    }

    /// Whether a part may follow before another has sounded.
    pub(super) fn has_room(&self) -> bool {
        self.ended.is_none() && self.sent.len() < PARTS
    }

    /// Goes back to the tick that sounds now. Tells how the call ended, if it had by then.
    fn go_back(&mut self, since: Millis, listener: &mut impl Listener) -> Option<Ended> {
        let parts = self.sent.len();
        let Some(first) = self.sent.pop_front() else { return self.ended };
        self.sent.clear();
        (self.call, self.ended) = (first.before, None);
        let mut frame: Frame = [SILENCE; FRAME];
        let ticks = (since.0 / TICK.0) as usize + 1;
        (0..ticks.min(parts * TICKS)).find_map(|_| self.call.tick(&mut frame, listener))
    }
}
