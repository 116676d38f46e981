//! The prepared sounds that calls may ask for, by their content. Reading takes no lock.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use dial_origin::sound::Sound;

/// Every prepared sound that a catalogue offers, or offered to a call that still goes on.
#[derive(Default)]
pub(crate) struct Library(ArcSwap<HashMap<String, Arc<Sound>>>);

impl Library {
    /// The sound with a content's name.
    pub(crate) fn find(&self, content: &str) -> Option<Arc<Sound>> {
        self.0.load().get(content).cloned()
    }

    /// Adds sounds; what is there already stays.
    pub(crate) fn add(&self, sounds: &[(String, Arc<Sound>)]) {
        self.0.rcu(|held| {
            let mut held = HashMap::clone(held);
            held.extend(sounds.iter().cloned());
            held
        });
    }

    /// Keeps only the sounds for which the answer is yes.
    pub(crate) fn keep(&self, wanted: impl Fn(&str) -> bool) {
        self.0.rcu(|held| {
            let kept = held.iter().filter(|(content, _)| wanted(content));
            kept.map(|(content, sound)| (content.clone(), Arc::clone(sound))).collect::<HashMap<_, _>>()
        });
    }
}
