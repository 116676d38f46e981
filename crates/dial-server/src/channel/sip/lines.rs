//! Which line is rung.

use std::sync::Arc;

use dial_core::call::PhoneNumber;
use dial_sip::call::{Parties, Party};

use crate::line::Line;

/// The lines, and what leads to each.
pub(crate) struct Lines {
    /// The lines with their numbers.
    pub(crate) lines: Vec<(Arc<Line>, Vec<PhoneNumber>)>,
    /// The line that all calls of a trunk or account are for, by their names.
    pub(crate) of_trunks: Vec<(String, String)>,
}

impl Lines {
    /// The line of a call: what its trunk says; else the number that was rung, be it written without the plus or
    /// in the form of its country; else the name of the line, as in `sip:st-marys@…`; else the only one there is.
    pub(super) fn rung(&self, trunk: &str, parties: &Parties) -> Option<&Arc<Line>> {
        if let Some((_, line)) = self.of_trunks.iter().find(|(name, _)| name == trunk) {
            return self.named(line);
        }
        let mut called = parties.called.iter().chain(&parties.original);
        called.find_map(|party| self.numbered(party).or_else(|| self.named(party.expose()))).or(
            match self.lines.as_slice() {
                [(only, _)] => Some(only),
                _ => None,
            },
        )
    }

    fn named(&self, name: &str) -> Option<&Arc<Line>> {
        self.lines.iter().find(|(line, _)| line.name.eq_ignore_ascii_case(name)).map(|(line, _)| line)
    }

    fn numbered(&self, party: &Party) -> Option<&Arc<Line>> {
        let digits: String = party.expose().chars().filter(char::is_ascii_digit).collect();
        // As in +44 113 …, 0044 113 …, 44 113 …; in 0113 … the country is missing.
        let digits = digits.strip_prefix("00").unwrap_or(&digits);
        let national = digits.strip_prefix('0').filter(|national| national.len() >= MIN_NATIONAL);
        let is = |number: &PhoneNumber| {
            let ours = number.expose().trim_start_matches('+');
            ours == digits || national.is_some_and(|national| ours.ends_with(national))
        };
        self.lines.iter().find(|(_, numbers)| numbers.iter().any(is)).map(|(line, _)| line)
    }
}

/// A shorter number without its country says too little.
const MIN_NATIONAL: usize = 8;
