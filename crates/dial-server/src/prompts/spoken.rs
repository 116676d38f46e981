//! Who says how much on a line, so that people can see it.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Filling;
use super::clip::Voice;
use super::gap::Gap;

/// Who says how much on a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spoken {
    /// Clips of the church.
    pub(crate) clips: usize,
    /// Files among them that cannot be used, and why.
    pub(crate) faults: Vec<String>,
    /// Words that other voices filled in, by voice.
    pub(crate) filled: Vec<(Voice, usize)>,
    /// Words that nobody says here.
    pub(crate) unsaid: Vec<String>,
    /// Why voices failed, if they did.
    pub(crate) failures: Vec<String>,
}

impl Spoken {
    /// Who speaks, in words.
    pub(crate) fn told(&self) -> String {
        let count =
            |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        let mut told = Vec::new();
        if self.clips > 0 {
            told.push(count(self.clips, "clip of your own"));
        }
        told.push("the built-in voice".to_owned());
        for (voice, filled) in &self.filled {
            let voice = match voice {
                Voice::Neural => "the neural voice",
                _ => "a speech program",
            };
            if *filled > 0 {
                told.push(format!("{voice} ({})", count(*filled, "name")));
            }
        }
        let mut told = told.join(", ");
        if !self.unsaid.is_empty() {
            told.push_str(&format!(
                "; {} here without a voice, see `dial voice`",
                count(self.unsaid.len(), "name")
            ));
        }
        if !self.failures.is_empty() || !self.faults.is_empty() {
            told.push_str("; something could not be used, see `dial voice`");
        }
        told
    }

    /// Who filled in what, of all that is to be said.
    pub(super) fn of(fillings: &HashMap<Gap, Filling>, gaps: &HashSet<Gap>) -> Self {
        let by = |voice| (voice, fillings.values().filter(|filling| filling.voice == voice).count());
        let unsaid = gaps.iter().filter(|gap| !fillings.contains_key(gap)).map(|gap| gap.words.clone());
        let unsaid: BTreeSet<String> = unsaid.collect();
        let filled = vec![by(Voice::Neural), by(Voice::Program)];
        Self { filled, unsaid: unsaid.into_iter().collect(), ..Self::default() }
    }
}
