//! Looks whether a file was replaced under its name, where the list alone does not tell.
//!
//! Looks are spread over the time: each file has its turn once a day, the newest, which a person most likely
//! mends, once an hour.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::choose::Chosen;
use super::{Keeper, Reporter};
use crate::event::What;
use crate::origin::Seen;

/// So many of the newest recordings are looked at more often.
const NEWEST: usize = 4;
/// How often they are.
const OFTEN: SignedDuration = SignedDuration::from_hours(1);
/// How often all others are.
const SELDOM: SignedDuration = SignedDuration::from_hours(24);
/// So many looks in one cycle: ten thousand recordings have their turn within a day of minutes.
const LOOKS: usize = 8;

/// When each file has its turn, and which were replaced.
#[derive(Default)]
pub(super) struct Turns {
    next: HashMap<String, Timestamp>,
    /// What was not known when it was fetched.
    seen: HashMap<String, Seen>,
    replaced: HashSet<String>,
}

impl Turns {
    /// Those whose turn it is, of `files`, the newest first.
    fn due(&mut self, files: &[&str], now: Timestamp) -> Vec<String> {
        let named: HashSet<&str> = files.iter().copied().collect();
        self.next.retain(|file, _| named.contains(file.as_str()));
        self.seen.retain(|file, _| named.contains(file.as_str()));
        self.replaced.retain(|file| named.contains(file.as_str()));
        let mut due = Vec::new();
        for (number, file) in files.iter().enumerate() {
            let (period, of) = if number < NEWEST { (OFTEN, NEWEST) } else { (SELDOM, files.len()) };
            let Some(next) = self.next.get_mut(*file) else {
                // The first turns are spread, so that not all come at once.
                let place = i32::try_from(number % of).unwrap_or(i32::MAX).saturating_add(1);
                let wait = period / i32::try_from(of).unwrap_or(i32::MAX) * place;
                self.next.insert((*file).to_owned(), after(now, wait));
                continue;
            };
            // What has become one of the newest does not wait for its day.
            *next = (*next).min(after(now, period));
            if *next <= now && due.len() < LOOKS {
                *next = after(now, period);
                due.push((*file).to_owned());
            }
        }
        due
    }

    pub(super) fn is_replaced(&self, file: &str) -> bool {
        self.replaced.contains(file)
    }

    /// The file was fetched anew.
    pub(super) fn fetched(&mut self, file: &str) {
        self.replaced.remove(file);
        self.seen.remove(file);
    }
}

impl Keeper {
    /// Looks at the files whose turn it is. The first fault ends the round: lists come first.
    pub(super) async fn inspect(&mut self, chosen: &Chosen, reporter: &mut dyn Reporter) {
        let (Some(current), Some(place)) = (self.current.clone(), self.places.get_mut(chosen.place)) else {
            return;
        };
        let rows = &current.record.recordings;
        let known: HashMap<&str, Option<&Seen>> = rows
            .iter()
            .filter(|row| row.source.origin == place.name)
            .map(|row| (row.file.as_str(), row.source.seen.as_ref()))
            .collect();
        let newest_first: Vec<&str> = current
            .catalogue
            .all()
            .iter()
            .map(|recording| recording.file.as_str())
            .filter(|file| known.contains_key(file))
            .collect();
        let due = self.turns.due(&newest_first, reporter.now());
        for file in due {
            let items = &chosen.listing.items;
            let Some(item) = items.iter().find(|item| item.entry.file.as_str() == file) else { continue };
            let seen = match place.origin.inspect(item).await {
                Ok(Some(seen)) => seen,
                Ok(None) => continue,
                Err(_) => return,
            };
            let known = known.get(file.as_str()).copied().flatten();
            match known.or(self.turns.seen.get(&file)) {
                Some(known) if known.is_same(&seen) => {}
                Some(_) => {
                    if self.turns.replaced.insert(file.clone()) {
                        reporter.tell(What::Replaced { origin: place.name.clone(), file });
                    }
                }
                None => drop(self.turns.seen.insert(file, seen)),
            }
        }
    }
}

fn after(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_a_day_every_file_has_its_turn_and_the_newest_have_it_each_hour() {
        let names: Vec<String> = (0..500).map(|number| format!("{number}.mp3")).collect();
        let files: Vec<&str> = names.iter().map(String::as_str).collect();
        let (mut turns, begun) = (Turns::default(), Timestamp::UNIX_EPOCH);
        let mut looks: HashMap<String, usize> = HashMap::new();
        for minute in 0..=24 * 60 {
            let due = turns.due(&files, after(begun, SignedDuration::from_mins(minute)));
            assert!(due.len() <= LOOKS);
            for file in due {
                *looks.entry(file).or_default() += 1;
            }
        }
        let looks: Vec<usize> =
            files.iter().map(|file| looks.get(*file).copied().unwrap_or_default()).collect();
        assert!(looks[..NEWEST].iter().all(|looks| (23..=24).contains(looks)), "{:?}", &looks[..NEWEST]);
        assert!(looks[NEWEST..].iter().all(|looks| *looks == 1), "{looks:?}");
    }

    #[test]
    fn a_file_is_the_same_if_its_length_is_and_its_tag_or_its_time() {
        let seen = |etag: &str, last_modified: &str, len| Seen {
            etag: Some(etag.into()).filter(|text: &String| !text.is_empty()),
            last_modified: Some(last_modified.into()).filter(|text: &String| !text.is_empty()),
            len: Some(len),
        };
        let first = seen("\"a\"", "Sat", 10);
        for (other, same) in [
            (seen("\"a\"", "Sat", 10), true),
            (seen("\"b\"", "Sat", 10), true),
            (seen("\"a\"", "Sun", 10), true),
            (seen("\"b\"", "Sun", 10), false),
            (seen("\"a\"", "Sat", 11), false),
            (seen("", "Sun", 10), false),
        ] {
            assert_eq!(first.is_same(&other), same, "{other:?}");
        }
        assert!(seen("", "", 10).is_same(&seen("", "", 10)));
    }
}
