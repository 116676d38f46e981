//! One sentence that the voice says, and which of its words are kept as clips.

use std::fmt;

use crate::words::spoken;

/// How a clip ends, by what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// The sentence runs on at once.
    Running,
    /// It pauses, and goes on.
    Rising,
    /// It ends.
    Falling,
}

impl Tone {
    /// All three, as the pack's file counts them.
    pub const ALL: [Self; 3] = [Self::Running, Self::Rising, Self::Falling];

    /// The tone before a pause.
    pub fn before(pause: Option<char>) -> Self {
        match pause {
            None => Self::Running,
            Some(',') => Self::Rising,
            Some(_) => Self::Falling,
        }
    }
}

/// Words of a clip, as the pack knows them: small letters, with the pauses inside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// The words.
    pub words: String,
    /// How they end.
    pub tone: Tone,
}

/// A sentence to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Take {
    /// All its words, in the form that is said, each with its pause.
    pub words: Vec<String>,
    /// The words that are kept, from one to before another, and their label.
    pub clips: Vec<(std::ops::Range<usize>, Label)>,
}

impl Take {
    /// Reads `For [Evensong], Sunday [the [third]] of May.`; nothing if every clip of it is known already.
    pub(super) fn read(sentence: &str, known: impl Fn(&Label) -> bool) -> Option<Self> {
        let mut take = Self { words: Vec::new(), clips: Vec::new() };
        let mut open = Vec::new();
        let mut rest = sentence;
        while let Some(at) = rest.find(['[', ']']) {
            let (part, after) = rest.split_at(at);
            // The pause after a clip stands behind its brackets.
            let behind = after.trim_start_matches(']');
            let pause = behind.chars().next().filter(|sign| after.starts_with(']') && ",.?".contains(*sign));
            take.words.extend(words(&format!("{part}{}", pause.map_or(String::new(), String::from))));
            for _ in 0..after.len() - behind.len() {
                let start = open.pop()?;
                take.keep(start, &known);
            }
            rest = behind.strip_prefix([',', '.', '?']).filter(|_| pause.is_some()).unwrap_or(behind);
            if let Some(inside) = after.strip_prefix('[') {
                open.push(take.words.len());
                rest = inside;
            }
        }
        take.words.extend(words(rest));
        take.clips.sort_by_key(|(words, _)| (words.start, words.end));
        (!take.clips.is_empty()).then_some(take)
    }

    /// Keeps the words from a place on as a clip, unless there is one, or nothing to keep.
    fn keep(&mut self, start: usize, known: impl Fn(&Label) -> bool) {
        if start < self.words.len() {
            let label = label(&self.words[start..]);
            if !known(&label) && !self.has(&label) {
                self.clips.push((start..self.words.len(), label));
            }
        }
    }

    pub(super) fn has(&self, label: &Label) -> bool {
        self.clips.iter().any(|(_, known)| known == label)
    }
}

/// Words as the dictionary counts them: what a hyphen joins is two.
fn words(text: &str) -> Vec<String> {
    spoken(text).replace('-', " ").split_whitespace().map(str::to_owned).collect()
}

/// The label of some words, by the pause after the last one.
pub(super) fn label(words: &[String]) -> Label {
    let text = words.join(" ").to_lowercase();
    let inner = text.trim_end_matches([',', '.', '?']);
    Label { tone: Tone::before(text[inner.len()..].chars().next()), words: inner.into() }
}

/// `For [Evensong], press four.`
impl fmt::Display for Take {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.words.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            let starts = self.clips.iter().filter(|(words, _)| words.start == at).count();
            let ends = self.clips.iter().filter(|(words, _)| words.end == at + 1).count();
            write!(f, "{space}{}{word}{}", "[".repeat(starts), "]".repeat(ends))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_take_keeps_what_stands_in_brackets_once() {
        let take = Take::read("For [Evensong], [Sunday [the 27th]] of May, [press 4].", |_| false).unwrap();
        let told: Vec<_> =
            take.clips.iter().map(|(at, label)| (at.clone(), label.words.as_str(), label.tone)).collect();
        assert_eq!(
            told,
            [
                (1..2, "evensong", Tone::Rising),
                (2..6, "sunday the twenty seventh", Tone::Running),
                (3..6, "the twenty seventh", Tone::Running),
                (8..10, "press four", Tone::Falling)
            ]
        );
        assert_eq!(Take::read("This is [Evensong].", |label| label.words == "evensong"), None);
    }
}
