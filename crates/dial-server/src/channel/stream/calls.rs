//! The calls whose streams go on here, or ended here lately: how far each was heard.
//!
//! A call that comes back by a webhook goes on from there. On another node, or much later, nothing is known of it,
//! and it begins anew.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dial_core::call::CallId;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::Limits;
use crate::channel::live::Reached;

/// So many calls are known; those that ended first are forgotten first.
const KNOWN: usize = 10_000;
/// A call comes back within seconds, or not at all.
const KNOWN_FOR: SignedDuration = SignedDuration::from_mins(10);

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// With the call.
    Over,
    /// In mid-call, when so much was heard.
    At(Reached),
}

/// Why a stream may not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoStream {
    #[error("as many go on as may")]
    Full,
    #[error("the call has, or had, another one")]
    Another,
}

/// The calls of this node that have or had a stream.
#[derive(Default)]
pub(super) struct Calls(Mutex<Rows>);

#[derive(Default)]
struct Rows {
    known: HashMap<CallId, Row>,
    /// Those that have ended, the first to end first.
    ended: VecDeque<(CallId, Timestamp)>,
    /// How many go on, by line.
    going: HashMap<String, usize>,
}

struct Row {
    line: String,
    heard: Reached,
    ending: Ending,
    cut: CancellationToken,
}

#[derive(PartialEq, Eq)]
enum Ending {
    GoesOn,
    Over,
    Broken,
}

/// A stream that goes on. Dropped, it has failed, unless the call is over.
pub(super) struct Going<'a> {
    calls: &'a Calls,
    call: CallId,
    now: &'a crate::clock::Clock,
    /// Cancelled when the call comes back by another way.
    pub(super) cut: CancellationToken,
}

impl Calls {
    pub(super) fn has_room(&self, line: &str, limits: &Limits) -> bool {
        self.lock().has_room(line, limits)
    }

    pub(super) fn going_on(&self) -> usize {
        self.lock().going.values().sum()
    }

    /// A stream begins.
    pub(super) fn begin<'a>(
        &'a self,
        (call, line): (&CallId, &str),
        heard: Reached,
        limits: &Limits,
        now: &'a crate::clock::Clock,
    ) -> Result<Going<'a>, NoStream> {
        let mut rows = self.lock();
        rows.forget(now.now());
        if rows.known.contains_key(call) {
            return Err(NoStream::Another);
        }
        if !rows.has_room(line, limits) {
            return Err(NoStream::Full);
        }
        *rows.going.entry(line.into()).or_default() += 1;
        let cut = CancellationToken::new();
        let row = Row { line: line.into(), heard, ending: Ending::GoesOn, cut: cut.clone() };
        rows.known.insert(call.clone(), row);
        Ok(Going { calls: self, call: call.clone(), now, cut })
    }

    /// The call comes back by another way. A repeated question has the same answer.
    pub(super) fn come_back(&self, call: &CallId, now: Timestamp) -> Option<Left> {
        let mut rows = self.lock();
        rows.forget(now);
        rows.end(call, Ending::Broken, now);
        let row = rows.known.get(call)?;
        row.cut.cancel();
        Some(if row.ending == Ending::Over { Left::Over } else { Left::At(row.heard) })
    }

    /// The call is over, as was told by another way: what its stream was heard of, if that went on until now.
    pub(super) fn hang_up(&self, call: &CallId, now: Timestamp) -> Option<Reached> {
        let mut rows = self.lock();
        let row = rows.known.get(call).filter(|row| row.ending == Ending::GoesOn)?;
        row.cut.cancel();
        let heard = row.heard;
        rows.end(call, Ending::Over, now);
        Some(heard)
    }

    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn has_room(&self, line: &str, limits: &Limits) -> bool {
        let of_line = self.going.get(line).copied().unwrap_or_default();
        of_line < limits.per_line && self.going.values().sum::<usize>() < limits.streams
    }

    fn end(&mut self, call: &CallId, ending: Ending, now: Timestamp) {
        let Some(row) = self.known.get_mut(call).filter(|row| row.ending == Ending::GoesOn) else { return };
        row.ending = ending;
        self.ended.push_back((call.clone(), now));
        if let Some(going) = self.going.get_mut(&row.line) {
            *going -= 1;
            if *going == 0 {
                self.going.remove(&row.line);
            }
        }
    }

    fn forget(&mut self, now: Timestamp) {
        let old = |ended: &Timestamp| now.duration_since(*ended) > KNOWN_FOR;
        while self.ended.front().is_some_and(|(_, ended)| old(ended)) || self.ended.len() > KNOWN {
            if let Some((call, _)) = self.ended.pop_front() {
                self.known.remove(&call);
            }
        }
    }
}

impl Going<'_> {
    /// So much was heard.
    pub(super) fn heard(&self, heard: Reached) {
        // Whoever asked for the place of a call that came back is asked to give it again the same.
        if let Some(row) = self.calls.lock().known.get_mut(&self.call)
            && row.ending == Ending::GoesOn
        {
            row.heard = heard;
        }
    }

    /// The stream has failed. Says whether that is news: the call may have come back already.
    pub(super) fn fail(&self, heard: Reached) -> bool {
        self.heard(heard);
        let mut rows = self.calls.lock();
        let goes_on = |row: &Row| row.ending == Ending::GoesOn;
        let news = rows.known.get(&self.call).is_some_and(goes_on);
        rows.end(&self.call, Ending::Broken, self.now.now());
        news
    }

    /// The call is over, and not only its stream.
    pub(super) fn over(&self) {
        self.calls.lock().end(&self.call, Ending::Over, self.now.now());
    }
}

impl Drop for Going<'_> {
    fn drop(&mut self) {
        self.calls.lock().end(&self.call, Ending::Broken, self.now.now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use dial_core::session::State;
    use dial_core::time::Millis;

    fn heard(seconds: u32) -> Reached {
        let state = State::new(Timestamp::UNIX_EPOCH);
        Reached { state, heard: Millis::seconds(seconds), at: Millis::seconds(seconds) }
    }

    fn clock() -> Clock {
        Clock::from_fn(|| Timestamp::UNIX_EPOCH)
    }

    fn later(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn call(number: usize) -> CallId {
        CallId::new(&format!("CA{number}")).unwrap()
    }

    #[test]
    fn a_call_that_comes_back_is_told_where_it_was_and_again_the_same() {
        let (calls, clock) = (Calls::default(), clock());
        let going = calls.begin((&call(1), "st-annes"), heard(0), &Limits::default(), &clock).unwrap();
        going.heard(heard(7));
        assert_eq!(calls.come_back(&call(1), later(0)), Some(Left::At(heard(7))));
        assert!(going.cut.is_cancelled(), "its stream is ended");
        going.heard(heard(9));
        assert!(!going.fail(heard(9)), "that is known already");
        drop(going);
        assert_eq!(calls.come_back(&call(1), later(1)), Some(Left::At(heard(7))));
        assert_eq!(calls.come_back(&call(2), later(1)), None);
        assert_eq!(calls.going_on(), 0);
    }

    #[test]
    fn a_call_that_is_over_does_not_go_on_and_is_forgotten_after_a_while() {
        let (calls, clock) = (Calls::default(), clock());
        let going = calls.begin((&call(1), "st-annes"), heard(0), &Limits::default(), &clock).unwrap();
        going.over();
        drop(going);
        assert_eq!(calls.come_back(&call(1), later(10)), Some(Left::Over));
        assert_eq!(calls.come_back(&call(1), later(11)), None);
    }

    #[test]
    fn streams_are_bounded_in_all_and_for_each_line_and_a_call_has_one() {
        let (calls, clock) = (Calls::default(), clock());
        let limits = Limits { streams: 3, per_line: 2, ..Limits::default() };
        let begin = |number, line| calls.begin((&call(number), line), heard(0), &limits, &clock);
        let (first, _second) = (begin(1, "st-annes").unwrap(), begin(2, "st-annes").unwrap());
        assert_eq!(begin(3, "st-annes").err(), Some(NoStream::Full));
        let _third = begin(3, "st-johns").unwrap();
        assert_eq!(begin(4, "st-johns").err(), Some(NoStream::Full));
        assert_eq!(begin(1, "st-johns").err(), Some(NoStream::Another));
        drop(first);
        assert_eq!(begin(1, "st-annes").err(), Some(NoStream::Another), "a token is of use once");
        assert!(begin(4, "st-annes").is_ok());
    }

    #[test]
    fn what_has_ended_takes_a_bounded_memory() {
        let (calls, clock) = (Calls::default(), clock());
        for number in 0..KNOWN + 500 {
            let _ = calls.begin((&call(number), "st-annes"), heard(0), &Limits::default(), &clock).unwrap();
        }
        assert!(calls.lock().known.len() <= KNOWN + 2);
        assert_eq!(calls.come_back(&call(0), later(0)), None);
    }
}
