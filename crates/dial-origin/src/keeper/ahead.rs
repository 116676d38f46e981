//! Prepares files of this machine ahead, one on each processor: a first copy of many recordings takes its time.
//!
//! What comes of it lies in the store; whoever gathers finds it there, and meets every fault again by itself.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::thread;

use jiff::Timestamp;

use super::gather::key;
use super::{Keeper, Reporter, Stage};
use crate::origin::Item;

/// How many files are prepared at the same time.
pub(super) fn at_once() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// A file that lies on this machine.
struct Near<'a> {
    item: &'a Item,
    path: PathBuf,
}

impl Keeper {
    /// Prepares what an origin of this machine lists; for other origins this does nothing.
    pub(super) async fn prepare_ahead(&mut self, place: usize, items: &[&Item], reporter: &mut dyn Reporter) {
        if items.len() < 2 || self.is_full() {
            return;
        }
        let near = self.near(place, items, reporter.now()).await;
        let next = Mutex::new(near.iter());
        let sounds = &self.sounds;
        thread::scope(|scope| {
            let (teller, told) = channel();
            for _ in 0..at_once().min(near.len()) {
                let (teller, next) = (teller.clone(), &next);
                scope.spawn(move || {
                    while let Some(Near { item, path }) = take(next) {
                        let mut progress = |done| _ = teller.send((item.entry.file.as_str(), done));
                        let _ = sounds.prepare_file(path, item.sha256, &mut progress);
                    }
                });
            }
            drop(teller);
            for (file, done) in told {
                reporter.progress(file, Stage::Preparing(done));
            }
        });
    }

    async fn near<'a>(&mut self, place: usize, items: &[&'a Item], now: Timestamp) -> Vec<Near<'a>> {
        let Some(place) = self.places.get_mut(place).filter(|place| place.origin.is_local()) else {
            return Vec::new();
        };
        let mut near = Vec::new();
        for item in items {
            let rests = self.attempts.get(&key(&place.name, item)).is_some_and(|attempt| attempt.next > now);
            // What is on this machine is not fetched to anywhere.
            let path =
                if rests { None } else { place.origin.fetch(item, "".as_ref(), &mut |_, _| {}).await.ok() };
            near.extend(path.map(|path| Near { item, path }));
        }
        near
    }
}

fn take<'a, 'b>(next: &Mutex<std::slice::Iter<'a, Near<'b>>>) -> Option<&'a Near<'b>> {
    next.lock().unwrap_or_else(PoisonError::into_inner).next()
}
