//! How fast a call that is sent ahead is sent: as fast as its parts sound, by what is told and by our own clock.
//!
//! Who plays the sound tells when a part has sounded. Who tells it too early gets nothing before its time; who
//! never tells it is believed to play as the clock says. The clock is an argument: since the feed began.

use std::collections::VecDeque;

use dial_core::key::Key;
use dial_core::time::Millis;

use super::ahead::{AHEAD, Ahead, PART, Part};
use super::{Ended, FRAME, Listener, Live, Reached};

/// So long after its time a part may be told to have sounded: what is sent takes a while to be heard.
const LATE: Millis = Millis(1500);
/// The clock of who plays may be faster than ours by one part in so many: without this a long call would starve.
const DRIFT: u32 = 1000;
const BYTES_PER_MS: usize = FRAME / dial_core::player::TICK.0 as usize;

/// A call that is sent ahead, and its pace.
pub(crate) struct Feed {
    ahead: Ahead,
    /// The parts on their way, and when each is over by our clock.
    due: VecDeque<(u64, Millis)>,
    /// When all that was sent is over.
    over: Millis,
    /// Nothing, once a part was never told to have sounded: then the clock alone says it.
    late: Millis,
}

impl Feed {
    /// A call of which nothing was sent yet.
    pub(crate) fn new(call: Live) -> Self {
        Self { ahead: Ahead::new(call), due: VecDeque::new(), over: Millis::ZERO, late: LATE }
    }

    /// The next part, if it may be sent now.
    pub(crate) fn send(&mut self, now: Millis) -> Option<Part> {
        if self.over.max(now) + PART > theirs(now) + AHEAD {
            return None;
        }
        let part = self.ahead.send()?;
        let length = Millis((part.sound.len() / BYTES_PER_MS) as u32);
        self.over = self.over.max(now) + length;
        self.due.push_back((part.number, self.over));
        Some(part)
    }

    /// When to look again, though nothing is told.
    pub(crate) fn wake(&self) -> Option<Millis> {
        let room = self.ahead.has_room().then(|| ours(self.over + PART - AHEAD));
        let overdue = self.due.front().map(|(_, due)| *due + self.late);
        room.into_iter().chain(overdue).min()
    }

    /// Whether a part is on its way.
    pub(crate) fn awaits(&self, number: u64) -> bool {
        self.due.iter().any(|(part, _)| *part == number)
    }

    /// It was told that a part has sounded, and with it all before it.
    pub(crate) fn sounded(&mut self, number: u64, listener: &mut impl Listener) -> Option<Ended> {
        if self.due.front().is_some_and(|(first, _)| *first <= number) {
            self.late = LATE;
        }
        self.pass(number, listener)
    }

    /// What has sounded by the clock, though nobody told it.
    pub(crate) fn overdue(&mut self, now: Millis, listener: &mut impl Listener) -> Option<Ended> {
        let overdue = self.due.iter().take_while(|(_, due)| *due + self.late <= now).last();
        let (number, _) = *overdue?;
        self.late = Millis::ZERO;
        // By the clock there may be more by now.
        let by_clock = self.due.iter().take_while(|(_, due)| *due <= now).last();
        self.pass(by_clock.map_or(number, |(number, _)| *number), listener)
    }

    /// A key, so long after the last part that sounded, or the last key. What is on its way is to be thrown away.
    pub(crate) fn press(
        &mut self,
        key: Key,
        since: Millis,
        now: Millis,
        listener: &mut impl Listener,
    ) -> Option<Ended> {
        self.due.clear();
        self.over = now;
        self.ahead.press(key, since, listener)
    }

    /// The caller hangs up, so long after the last part that sounded, or the last key.
    pub(crate) fn hang_up(&mut self, since: Millis, listener: &mut impl Listener) -> Ended {
        self.due.clear();
        self.ahead.hang_up(since, listener)
    }

    /// What the caller has heard, to the part.
    pub(crate) fn heard(&self) -> Reached {
        self.ahead.heard()
    }

    fn pass(&mut self, number: u64, listener: &mut impl Listener) -> Option<Ended> {
        while self.due.front().is_some_and(|(first, _)| *first <= number) {
            self.due.pop_front();
        }
        self.ahead.sounded(number, listener)
    }
}

/// What the clock of who plays may show, at most, when ours shows this.
fn theirs(ours: Millis) -> Millis {
    ours + Millis(ours.0 / DRIFT)
}

/// What ours shows when theirs may show this.
fn ours(theirs: Millis) -> Millis {
    theirs - Millis(theirs.0 / (DRIFT + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use bytes::Bytes;
    use dial_core::catalogue::{Catalogue, FileName, Recording, RecordingId, Sound, When};
    use dial_core::phrase::PhraseBook;
    use dial_core::session::{Memory, Rules};
    use jiff::{Timestamp, tz::TimeZone};

    use crate::channel::transcript::TranscriptEvent;
    use crate::library::Library;
    use crate::line::Line;
    use crate::prompts::PromptBook;

    struct Deaf;

    impl Listener for Deaf {
        fn event(&mut self, _: &TranscriptEvent) {}
    }

    /// A call that was just answered.
    fn greeting() -> Live {
        let (zone, library) = (TimeZone::UTC, Library::default());
        let file = FileName::new("matins.mp3").unwrap();
        let (id, sound) = (RecordingId::of(&file), Sound::plain(Millis::seconds(1800), "matins"));
        let recording = Recording { id, file, title: None, when: When::Unknown, sound };
        let played = dial_origin::sound::Sound::in_memory("matins", Bytes::from(vec![0x55; 1800 * 8000]));
        library.add(&[("matins".into(), Arc::new(played))]);
        let (phrases, book) = (PhraseBook::default(), PromptBook::without_voice());
        let line = Line::new("st-annes".into(), Rules::default(), phrases, book, zone.clone());
        line.publish(Catalogue::new("St Anne's".into(), zone, vec![recording]));
        Live::answer(Arc::new(line), Arc::new(library), Timestamp::UNIX_EPOCH, Memory::default())
    }

    /// How many parts are sent at a moment.
    fn sent(feed: &mut Feed, now: u32) -> usize {
        std::iter::from_fn(|| feed.send(Millis(now))).count()
    }

    #[test]
    fn half_a_second_is_sent_ahead_and_a_part_for_each_that_sounds() {
        let mut feed = Feed::new(greeting());
        assert_eq!(sent(&mut feed, 0), 5);
        assert_eq!(sent(&mut feed, 100), 0, "the first may not have sounded yet");
        feed.sounded(0, &mut Deaf);
        assert_eq!(sent(&mut feed, 100), 1);
    }

    #[test]
    fn who_tells_too_early_that_parts_have_sounded_gets_nothing_before_its_time() {
        let mut feed = Feed::new(greeting());
        let mut total = 0;
        for now in [0, 0, 0, 50, 99] {
            total += sent(&mut feed, now);
            feed.sounded(u64::MAX, &mut Deaf);
        }
        assert_eq!(total, 5);
        assert_eq!(feed.wake(), Some(Millis(100)));
        assert_eq!(sent(&mut feed, 100), 1);
    }

    #[test]
    fn who_never_tells_that_parts_have_sounded_is_believed_to_play_by_the_clock() {
        let mut feed = Feed::new(greeting());
        sent(&mut feed, 0);
        assert_eq!(feed.wake(), Some(Millis(1600)));
        feed.overdue(Millis(1600), &mut Deaf);
        assert_eq!(sent(&mut feed, 1600), 5, "all of them are over by now");
        assert_eq!(feed.wake(), Some(Millis(1700)), "from now on without patience");
        feed.overdue(Millis(1700), &mut Deaf);
        assert_eq!(sent(&mut feed, 1700), 1);
        assert_eq!(feed.heard().at, Millis(600));
        feed.sounded(6, &mut Deaf);
        assert_eq!(sent(&mut feed, 1800), 1);
        assert_eq!(feed.wake(), Some(Millis(1900 + 1500)), "until somebody tells again");
    }

    #[test]
    fn who_plays_by_a_clock_that_is_a_little_faster_never_starves() {
        let mut feed = Feed::new(greeting());
        let mut on_the_way = VecDeque::new();
        for played in 0..15_000u32 {
            // Theirs is faster by 500 parts in a million.
            let now = Millis((u64::from(played) * 100 * 1_000_000 / 1_000_500) as u32);
            on_the_way.extend(std::iter::from_fn(|| feed.send(now)).map(|part| part.number));
            assert!(on_the_way.len() >= 4, "{played}");
            let number = on_the_way.pop_front().unwrap();
            assert_eq!(feed.sounded(number, &mut Deaf), None);
        }
    }

    #[test]
    fn after_a_key_what_follows_is_sent_at_once() {
        let mut feed = Feed::new(greeting());
        sent(&mut feed, 0);
        assert_eq!(feed.press(Key::digit(1).unwrap(), Millis(40), Millis(40), &mut Deaf), None);
        assert_eq!(sent(&mut feed, 40), 5);
    }
}
