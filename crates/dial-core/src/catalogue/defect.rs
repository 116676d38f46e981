//! What is wrong with a list: where, what, and what to do.

use std::fmt;

/// More defects than this are counted, not listed.
const MAX_DEFECTS: usize = 100;
/// The longest title or church name that is spoken, in bytes.
pub(super) const MAX_TEXT: usize = 300;

/// How bad a defect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// The list cannot be used.
    Refused,
    /// The list is used without this.
    Ignored,
    /// The list is used; this looks like a slip.
    Doubtful,
}

/// Something wrong with the list: where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// How bad it is.
    pub gravity: Gravity,
    /// Where, as `services[12].datetime` or `line 3, column 7`.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.what, self.remedy)
    }
}

/// The defects of one list: a bounded number of them.
#[derive(Debug, Default)]
pub(super) struct Defects {
    listed: Vec<Defect>,
    unlisted: usize,
}

impl Defects {
    /// Takes a defect down, or counts it where there are too many.
    pub(super) fn report(
        &mut self,
        gravity: Gravity,
        place: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(Defect { gravity, place: place.into(), what: what.into(), remedy: remedy.into() });
    }

    /// Takes a defect down, or counts it where there are too many.
    pub(super) fn push(&mut self, defect: Defect) {
        // A refusal is always listed: the list must not pass because it has too many defects.
        if self.listed.len() < MAX_DEFECTS || (defect.gravity == Gravity::Refused && !self.refused()) {
            self.listed.push(defect);
        } else {
            self.unlisted += 1;
        }
    }

    /// Whether the list cannot be used.
    pub(super) fn refused(&self) -> bool {
        self.listed.iter().any(|defect| defect.gravity == Gravity::Refused)
    }

    /// All of them, the gravest first.
    pub(super) fn listed(mut self) -> Vec<Defect> {
        self.listed.sort_by_key(|defect| defect.gravity);
        if self.unlisted > 0 {
            let what = format!("there are {} more defects", self.unlisted);
            self.listed.push(Defect {
                gravity: Gravity::Ignored,
                place: "the list".into(),
                what,
                remedy: "mend those named first".into(),
            });
        }
        self.listed
    }
}

/// The first words of a text that is too long to be spoken.
pub(super) fn shorten(words: &str) -> String {
    let end = (0..=MAX_TEXT).rev().find(|end| words.is_char_boundary(*end)).unwrap_or(0);
    let whole = words[..end].rfind(' ').unwrap_or(end);
    words[..whole].to_owned()
}

/// Enough of a text to find it again.
pub(super) fn excerpt(text: &str) -> String {
    let clean: String =
        text.chars().take(60).map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    if text.chars().nth(60).is_some() { format!("{clean}…") } else { clean }
}
