//! Which of the lists is offered: the first that may replace what is offered now.

use std::collections::HashSet;
use std::sync::Arc;

use dial_core::catalogue::RecordingId;
use jiff::Timestamp;

use super::state::Held;
use super::{Keeper, Reporter};
use crate::event::{Hold, Release, What};
use crate::judge::{Known, Verdict, judge};
use crate::origin::Listing;

/// A held list is called by so many digits of its hash.
const ID_DIGITS: usize = 8;

/// The list that was chosen.
pub(super) struct Chosen {
    /// Which origin it comes from, by its place in the order.
    pub(super) place: usize,
    pub(super) listing: Arc<Listing>,
    /// Names its meaning.
    pub(super) hash: String,
}

impl Keeper {
    pub(super) fn choose(&mut self, reporter: &mut dyn Reporter) -> Option<Chosen> {
        let now = reporter.now();
        let mut chosen = None;
        let mut implausible: Option<(String, Hold, String, usize)> = None;
        let listings: Vec<(usize, Arc<Listing>, String)> = self
            .places
            .iter()
            .enumerate()
            .filter_map(|(number, place)| Some((number, Arc::clone(place.listing.as_ref()?))))
            .map(|(number, listing)| (number, Arc::clone(&listing), hash(&listing)))
            .collect();
        for (number, listing, hash) in &listings {
            if self.state.refused.as_ref() == Some(hash) {
                continue;
            }
            let verdict = self.verdict(*number, listing, hash);
            self.tell_lag(*number, verdict, reporter);
            match verdict {
                Verdict::Same | Verdict::Take if chosen.is_none() => {
                    chosen =
                        Some(Chosen { place: *number, listing: Arc::clone(listing), hash: hash.clone() });
                }
                Verdict::Hold(hold) if implausible.is_none() => {
                    let name = self.places.get(*number).map(|place| place.name.clone()).unwrap_or_default();
                    implausible = Some((name, hold, hash.clone(), *number));
                }
                _ => {}
            }
        }
        let Some((origin, reason, hash, place)) = implausible else {
            self.release(Release::Withdrawn, reporter);
            return chosen;
        };
        let agreed = listings.iter().all(|(_, _, other)| *other == hash);
        let since = self.hold(&origin, reason, &hash, agreed, now, reporter);
        let long_enough = self.settings.accept_after.is_some_and(|after| now.duration_since(since) > after);
        let (_, listing, _) = listings.into_iter().find(|(number, ..)| *number == place)?;
        if chosen.is_none() && agreed && long_enough && reason != Hold::Empty {
            self.release(Release::Agreed, reporter);
            return Some(Chosen { place, listing, hash });
        }
        chosen
    }

    /// Whether an origin still gives the list that a person went back from.
    pub(super) fn gives_refused(&self) -> bool {
        let listings = self.places.iter().filter_map(|place| place.listing.as_ref());
        self.state.refused.is_some()
            && listings.into_iter().any(|listing| self.state.refused.as_deref() == Some(&hash(listing)))
    }

    fn verdict(&self, place: usize, listing: &Listing, hash: &str) -> Verdict {
        // As nearly always: then nothing needs to be compared.
        if self.current.as_ref().is_some_and(|current| current.record.list == hash) {
            return Verdict::Same;
        }
        let recordings = ids(listing);
        let origin = self.places.get(place).map(|place| place.name.as_str()).unwrap_or_default();
        let candidate = Known { origin, hash, recordings: &recordings, changed_at: listing.changed_at };
        if self.state.approved.as_deref() == Some(hash) {
            return Verdict::Take;
        }
        let Some(current) = &self.current else { return judge(candidate, None, self.settings.limits) };
        let listed = current.listed();
        let record = &current.record;
        let offered = Known {
            origin: &record.origin,
            hash: &record.list,
            recordings: &listed,
            changed_at: record.changed_at,
        };
        judge(candidate, Some(offered), self.settings.limits)
    }

    /// Divergence between origins is told once, and once when it ends.
    fn tell_lag(&mut self, number: usize, verdict: Verdict, reporter: &mut dyn Reporter) {
        let Some(place) = self.places.get_mut(number) else { return };
        let origin = place.name.clone();
        match verdict {
            Verdict::Behind(lacks) if !place.behind => {
                place.behind = true;
                reporter.tell(What::Behind { origin, lacks });
            }
            Verdict::Same | Verdict::Take if place.behind => {
                place.behind = false;
                reporter.tell(What::CaughtUp { origin });
            }
            _ => {}
        }
    }

    /// Holds a list for a person. Returns since when all origins that answer agree on it.
    fn hold(
        &mut self,
        origin: &str,
        reason: Hold,
        list: &str,
        agreed: bool,
        now: Timestamp,
        reporter: &mut dyn Reporter,
    ) -> Timestamp {
        let known = self.state.held.as_ref().filter(|held| held.list == list);
        let known = known.map(|held| (held.since, held.agreed_since));
        if known.is_none() {
            self.release(Release::Withdrawn, reporter);
        }
        let (since, agreed_since) = known.unwrap_or((now, None));
        let agreed_since = agreed.then(|| agreed_since.unwrap_or(now));
        let id = list.get(..ID_DIGITS).unwrap_or(list).to_owned();
        let held =
            Held { id: id.clone(), list: list.into(), origin: origin.into(), reason, since, agreed_since };
        if self.state.held.as_ref() != Some(&held) {
            self.state.held = Some(held);
            self.save_state(reporter);
        }
        if known.is_none() {
            reporter.tell(What::Held { origin: origin.into(), reason, id });
        }
        agreed_since.unwrap_or(now)
    }

    pub(super) fn release(&mut self, how: Release, reporter: &mut dyn Reporter) {
        if let Some(held) = self.state.held.take() {
            self.save_state(reporter);
            reporter.tell(What::Released { id: held.id, how });
        }
    }

    /// Tells when the list comes from elsewhere than before.
    pub(super) fn note_source(&mut self, chosen: Option<&Chosen>, reporter: &mut dyn Reporter) {
        let to = chosen.and_then(|chosen| self.places.get(chosen.place)).map(|place| place.name.clone());
        if to == self.source {
            return;
        }
        let from = self.source.take();
        // The first cycle of all chooses, it does not switch, unless the preferred origin is of no use.
        let preferred = chosen.is_some_and(|chosen| chosen.place == 0);
        if from.is_some() || !preferred {
            reporter.tell(What::Switched { from, to: to.clone() });
        }
        self.source = to;
    }
}

/// What a list names.
pub(super) fn ids(listing: &Listing) -> HashSet<RecordingId> {
    listing.items.iter().map(|item| RecordingId::of(&item.entry.file)).collect()
}

/// Names what a list says to callers: church, files, titles, times and chapters, in order.
pub(super) fn hash(listing: &Listing) -> String {
    let mut hash = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        hash.update(&(bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(listing.church_name.as_bytes());
    for item in &listing.items {
        part(item.entry.file.as_str().as_bytes());
        part(item.entry.title.as_deref().unwrap_or_default().as_bytes());
        let instant = item.entry.when.instant().map_or(0, Timestamp::as_nanosecond);
        part(&instant.to_be_bytes());
        part(&[u8::from(item.entry.when.hidden_until().is_some())]);
        for chapter in &item.entry.chapters {
            part(&chapter.start.0.to_be_bytes());
            part(chapter.name.as_deref().unwrap_or_default().as_bytes());
        }
    }
    hash.finalize().to_hex().to_string()
}
