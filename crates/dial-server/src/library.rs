//! The prepared sounds that calls may ask for, by their content. Reading takes no lock.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use dial_origin::sound::Sound;

/// Every prepared sound that a catalogue offers, or offered to a call that still goes on.
#[derive(Default)]
pub(crate) struct Library {
    sounds: ArcSwap<HashMap<String, Arc<Sound>>>,
    is_late: OnceLock<Box<dyn Fn() -> bool + Send + Sync>>,
}

impl Library {
    /// Whoever plays tells whether sound goes out late. The first that does is asked ever after.
    pub(crate) fn asks_whether_late(&self, is_late: impl Fn() -> bool + Send + Sync + 'static) {
        let _ = self.is_late.set(Box::new(is_late));
    }

    /// Whether sound goes out late, so that calls are to be played in the cheapest way.
    pub(crate) fn is_late(&self) -> bool {
        self.is_late.get().is_some_and(|is_late| is_late())
    }

    /// The sound with a content's name.
    pub(crate) fn find(&self, content: &str) -> Option<Arc<Sound>> {
        self.sounds.load().get(content).cloned()
    }

    /// Adds sounds; what is there already stays.
    pub(crate) fn add(&self, sounds: &[(String, Arc<Sound>)]) {
        self.sounds.rcu(|held| {
            let mut held = HashMap::clone(held);
            held.extend(sounds.iter().cloned());
            held
        });
    }

    /// Keeps only the sounds for which the answer is yes.
    pub(crate) fn keep(&self, wanted: impl Fn(&str) -> bool) {
        self.sounds.rcu(|held| {
            let kept = held.iter().filter(|(content, _)| wanted(content));
            kept.map(|(content, sound)| (content.clone(), Arc::clone(sound))).collect::<HashMap<_, _>>()
        });
    }
}
