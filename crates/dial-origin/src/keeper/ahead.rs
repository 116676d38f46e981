//! Files of this machine are prepared ahead, several at the same time; what is gathered then lies ready.

use super::gather::key;
use super::{Keeper, Reporter, Stage};
use crate::origin::Item;
use crate::sound::several::{Near, prepare_all};

impl Keeper {
    /// Prepares what an origin of this machine lists; for other origins this does nothing.
    pub(super) async fn prepare_ahead(&mut self, place: usize, items: &[&Item], reporter: &mut dyn Reporter) {
        if items.len() < 2 || self.is_full() {
            return;
        }
        let now = reporter.now();
        let Some(place) = self.places.get_mut(place).filter(|place| place.origin.is_local()) else { return };
        let (mut files, mut names) = (Vec::new(), Vec::new());
        for item in items {
            if self.attempts.get(&key(&place.name, item)).is_some_and(|attempt| attempt.next > now) {
                continue;
            }
            // What is on this machine is not fetched to anywhere.
            if let Ok(path) = place.origin.fetch(item, "".as_ref(), &mut |_, _| {}).await {
                files.push(Near { path, sha256: item.sha256 });
                names.push(item.entry.file.as_str());
            }
        }
        prepare_all(&self.sounds, files, &mut |place, done| {
            if let Some(name) = names.get(place) {
                reporter.progress(name, Stage::Preparing(done));
            }
        });
    }
}
