//! May this list replace that one? Pure: no origin, no disk, no clock.
//!
//! A list that is valid and yet implausible is what an empty file, a wrong branch or a half-restored
//! backup looks like. It waits for a person, and callers go on with what they had.

use std::collections::HashSet;

use dial_core::catalogue::RecordingId;
use jiff::Timestamp;

use crate::event::Hold;

/// A list as far as it is judged.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The origin that it came from.
    pub origin: &'a str,
    /// Names its meaning: two lists with the same hash say the same.
    pub hash: &'a str,
    /// What it lists.
    pub recordings: &'a HashSet<RecordingId>,
    /// When it was last changed, if the origin says so.
    pub changed_at: Option<Timestamp>,
}

/// How far a list may shrink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// More of the recordings than this may not go at once, in per cent.
    pub shrink_percent: usize,
    /// Fewer than this may always go.
    pub shrink_at_least: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { shrink_percent: 30, shrink_at_least: 3 }
    }
}

/// The verdict on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It says what is offered already.
    Same,
    /// It replaces what is offered.
    Take,
    /// It is older than what is offered, and lacks so many of its recordings.
    Behind(usize),
    /// A person decides.
    Hold(Hold),
}

/// Judges a list beside the one that is offered.
pub fn judge(candidate: Known<'_>, offered: Option<Known<'_>>, limits: Limits) -> Verdict {
    let Some(offered) = offered else {
        let empty = candidate.recordings.is_empty();
        return if empty { Verdict::Hold(Hold::Empty) } else { Verdict::Take };
    };
    if candidate.hash == offered.hash {
        return Verdict::Same;
    }
    if candidate.recordings.is_empty() {
        return Verdict::Hold(Hold::Empty);
    }
    let gone = offered.recordings.difference(candidate.recordings).count();
    let added = candidate.recordings.difference(offered.recordings).count();
    let older = match (candidate.changed_at, offered.changed_at) {
        (Some(candidate), Some(offered)) => candidate < offered,
        _ => false,
    };
    // Another origin that has nothing new does not take away what the preferred one gave.
    let lags = candidate.origin != offered.origin && added == 0 && gone > 0;
    let of = offered.recordings.len();
    if older || lags {
        Verdict::Behind(gone)
    } else if gone < limits.shrink_at_least {
        Verdict::Take
    } else if gone == of {
        Verdict::Hold(Hold::Changed { of })
    } else if gone * 100 > of * limits.shrink_percent {
        Verdict::Hold(Hold::Shrunken { gone, of })
    } else {
        Verdict::Take
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(numbers: impl IntoIterator<Item = u64>) -> HashSet<RecordingId> {
        numbers.into_iter().map(RecordingId).collect()
    }

    fn verdict(candidate: &HashSet<RecordingId>, offered: &HashSet<RecordingId>) -> Verdict {
        let known = |hash, recordings| Known { origin: "website", hash, recordings, changed_at: None };
        judge(known("new", candidate), Some(known("old", offered)), Limits::default())
    }

    #[test]
    fn a_list_that_grows_or_loses_little_replaces_the_old_one() {
        assert_eq!(verdict(&ids(0..11), &ids(0..10)), Verdict::Take);
        assert_eq!(verdict(&ids(3..10), &ids(0..10)), Verdict::Take, "three of ten is not over 30 per cent");
        assert_eq!(verdict(&ids(0..1), &ids(0..3)), Verdict::Take, "two are few");
        assert_eq!(verdict(&ids(5..6), &ids(1..2)), Verdict::Take, "a church with one recording changes it");
    }

    #[test]
    fn an_empty_a_shrunken_and_a_wholly_changed_list_wait_for_a_person() {
        assert_eq!(verdict(&ids([]), &ids(0..2)), Verdict::Hold(Hold::Empty));
        assert_eq!(verdict(&ids(4..10), &ids(0..10)), Verdict::Hold(Hold::Shrunken { gone: 4, of: 10 }));
        assert_eq!(verdict(&ids(20..30), &ids(0..10)), Verdict::Hold(Hold::Changed { of: 10 }));
    }

    #[test]
    fn the_first_list_of_all_is_taken_unless_it_is_empty() {
        let (some, none) = (ids(0..1), ids([]));
        let known = |recordings| Known { origin: "website", hash: "first", recordings, changed_at: None };
        assert_eq!(judge(known(&some), None, Limits::default()), Verdict::Take);
        assert_eq!(judge(known(&none), None, Limits::default()), Verdict::Hold(Hold::Empty));
    }

    #[test]
    fn a_list_that_was_changed_earlier_is_behind_and_the_same_list_never_is() {
        let (few, many) = (ids(0..9), ids(0..10));
        let at = |second| Some(Timestamp::from_second(second).unwrap());
        let known = |hash, recordings, changed_at| Known { origin: "website", hash, recordings, changed_at };
        let offered = Some(known("b", &many, at(200)));
        assert_eq!(judge(known("a", &few, at(100)), offered, Limits::default()), Verdict::Behind(1));
        assert_eq!(judge(known("a", &few, at(300)), offered, Limits::default()), Verdict::Take);
        assert_eq!(judge(known("b", &many, at(100)), offered, Limits::default()), Verdict::Same);
    }

    #[test]
    fn another_origin_takes_nothing_away_unless_it_brings_something_new() {
        let (few, many, newer) = (ids(0..9), ids(0..10), ids(1..11));
        let of = |origin, hash, recordings| Known { origin, hash, recordings, changed_at: None };
        let offered = Some(of("website", "b", &many));
        assert_eq!(judge(of("copy", "a", &few), offered, Limits::default()), Verdict::Behind(1));
        assert_eq!(judge(of("copy", "c", &newer), offered, Limits::default()), Verdict::Take);
    }
}
