//! Asks every origin for its list, all at the same time.

use jiff::{SignedDuration, Timestamp};

use super::{Keeper, Place, Reporter};
use crate::event::What;
use crate::fault::Fault;

/// Clocks may differ by so much.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// So many origins have to agree that our clock is wrong.
const WITNESSES: usize = 2;

impl Keeper {
    /// Asks those that are due; if none of them is of use, also those that are not, unless they asked to be
    /// left alone: caution never leaves us with nobody to ask.
    pub(super) async fn ask_all(&mut self, reporter: &mut dyn Reporter) {
        let now = reporter.now();
        for place in &mut self.places {
            place.listing = None;
        }
        let due: Vec<bool> = self.places.iter().map(|place| place.fortune.is_due(now)).collect();
        self.ask_those(&due, reporter).await;
        if self.places.iter().all(|place| place.listing.is_none()) {
            let rest = |(place, due): (&Place, &bool)| !due && place.fortune.may_be_asked(now);
            let rest: Vec<bool> = self.places.iter().zip(&due).map(rest).collect();
            self.ask_those(&rest, reporter).await;
        }
    }

    async fn ask_those(&mut self, wanted: &[bool], reporter: &mut dyn Reporter) {
        let asked = {
            let (clock, zone) = (&*reporter, &self.zone);
            let ask = |(number, place): (usize, _)| async move {
                let place: &mut Place = place;
                let begun = clock.now();
                let answer = place.origin.list(zone).await;
                (number, answer, millis(begun, clock.now()))
            };
            let places = self.places.iter_mut().enumerate();
            let wanted = places.filter(|(number, _)| wanted.get(*number).copied().unwrap_or(false));
            futures_util::future::join_all(wanted.map(ask)).await
        };
        for (number, answer, took_ms) in asked {
            let Some(place) = self.places.get_mut(number) else { continue };
            let origin = place.name.clone();
            match answer {
                Ok(listing) => {
                    place.fortune.succeed();
                    place.listing = Some(listing);
                    reporter.tell(What::OriginAnswered { origin, took_ms });
                }
                Err(fault) => {
                    let (now, chance) = (reporter.now(), reporter.chance());
                    place.fortune.fail(&fault, now, self.settings.poll, chance);
                    let cycles = place.fortune.failures;
                    reporter.tell(What::OriginFailed { origin, fault, cycles, took_ms });
                }
            }
        }
    }

    /// Two origins that agree with each other are right about the time.
    pub(super) fn compare_clocks(&mut self, reporter: &mut dyn Reporter) {
        let now = reporter.now();
        let clocks = self.places.iter().filter_map(|place| place.listing.as_ref().and(place.origin.clock()));
        let ahead: Vec<SignedDuration> = clocks.map(|clock| now.duration_since(clock)).collect();
        if ahead.len() < WITNESSES {
            return;
        }
        let wrong = ahead.iter().all(|ahead| ahead.abs() > CLOCK_TOLERANCE);
        if wrong && !self.clock_is_wrong {
            let ahead_s = ahead.first().map_or(0, SignedDuration::as_secs);
            reporter.tell(What::ClockWrong { ahead_s });
        } else if !wrong && self.clock_is_wrong {
            reporter.tell(What::ClockRight);
        }
        self.clock_is_wrong = wrong;
    }
}

/// What an origin that is asked no more may have said of it.
pub(super) fn same_fault(a: &Fault, b: &Fault) -> bool {
    a.kind == b.kind && a.host == b.host
}

fn millis(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0)
}
