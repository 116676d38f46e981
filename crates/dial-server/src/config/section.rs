//! Reads the tables of a TOML document key by key, and collects all that is wrong with them.
//!
//! A key is known because it was asked for, so there is no second list of keys to keep.
//! It must not know the meaning of any key, nor a default: it leaves what the file does not say.

use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::choice;
use super::reading::Reading;

/// One table of the document, or the empty one where the file has none.
pub(super) struct Section<'r, 't> {
    reading: &'r Reading<'t>,
    table: Option<&'r DeTable<'t>>,
    span: Option<Range<usize>>,
    path: String,
    known: Vec<&'static str>,
}

impl<'r, 't> Section<'r, 't> {
    /// The whole document.
    pub(super) fn root(reading: &'r Reading<'t>, table: &'r DeTable<'t>) -> Self {
        Self { reading, table: Some(table), span: None, path: String::new(), known: Vec::new() }
    }

    /// A whole number within bounds.
    pub(super) fn number(&mut self, key: &'static str, bounds: RangeInclusive<u32>, slot: &mut u32) {
        let expected = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        let inside = |number: u32| bounds.contains(&number);
        self.number_where(key, &expected, inside, slot);
    }

    /// A whole number within bounds, or 0, which means never.
    pub(super) fn number_or_never(&mut self, key: &'static str, bounds: RangeInclusive<u32>, slot: &mut u32) {
        let expected = format!("0 for never, or a whole number from {} to {}", bounds.start(), bounds.end());
        let inside = |number: u32| number == 0 || bounds.contains(&number);
        self.number_where(key, &expected, inside, slot);
    }

    fn number_where(
        &mut self,
        key: &'static str,
        expected: &str,
        inside: impl Fn(u32) -> bool,
        slot: &mut u32,
    ) {
        let Some(value) = self.value(key) else { return };
        let Some(integer) = value.get_ref().as_integer() else {
            return self.wrong_type(key, value, expected);
        };
        match u32::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if inside(number) => *slot = number,
            _ => self.wrong(key, value, format!("{integer} is out of bounds"), expected),
        }
    }

    /// Yes or no.
    pub(super) fn switch(&mut self, key: &'static str, slot: &mut bool) {
        let Some(value) = self.value(key) else { return };
        match value.get_ref().as_bool() {
            Some(said) => *slot = said,
            None => self.wrong_type(key, value, "true or false"),
        }
    }

    /// A text that `parse` accepts. A refusal says itself what it may repeat of the text: a secret
    /// may stand there by mistake.
    pub(super) fn text<T, E: Display>(
        &mut self,
        key: &'static str,
        expected: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.value(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, expected);
            return None;
        };
        match parse(text) {
            Ok(parsed) => Some(parsed),
            Err(refusal) => {
                self.wrong(key, value, refusal.to_string(), expected);
                None
            }
        }
    }

    /// One word of a closed set.
    pub(super) fn choice<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        let words = choice::words::<T>().join(", ");
        self.text(key, &format!("one of {words}"), |text| choice::parse(text).map_err(|_| refused(text)))
    }

    /// One word of a table of names.
    pub(super) fn named<T: Copy>(&mut self, key: &'static str, names: &[(&'static str, T)]) -> Option<T> {
        let words: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        self.text(key, &format!("one of {}", words.join(", ")), |text| {
            let named = names.iter().find(|(name, _)| *name == text);
            named.map(|(_, meant)| *meant).ok_or_else(|| refused(text))
        })
    }

    /// A list of texts that `parse` accepts.
    pub(super) fn texts<T, E: Display>(
        &mut self,
        key: &'static str,
        expected: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let expected = format!("a list of {expected}");
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, &expected);
            return Vec::new();
        };
        let mut parsed = Vec::new();
        for (i, item) in array.iter().enumerate() {
            match item.get_ref().as_str().map(&parse) {
                Some(Ok(one)) => parsed.push(one),
                Some(Err(refusal)) => {
                    self.wrong(&format!("{key}[{i}]"), item, refusal.to_string(), &expected);
                }
                None => self.wrong_type(&format!("{key}[{i}]"), item, &expected),
            }
        }
        parsed
    }

    /// A path, from the folder of the configuration file if it is relative.
    pub(super) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        let resolve = path_in(self.reading.folder);
        self.text(key, "the path of a file or folder", resolve)
    }

    /// A list of paths, likewise.
    pub(super) fn paths(&mut self, key: &'static str) -> Vec<PathBuf> {
        let resolve = path_in(self.reading.folder);
        self.texts(key, "paths of files", resolve)
    }

    /// The table below, empty if the file has none.
    pub(super) fn table(&mut self, key: &'static str) -> Section<'r, 't> {
        let value = self.value(key);
        let table = value.and_then(|value| value.get_ref().as_table());
        if let (Some(value), None) = (value, table) {
            self.wrong_type(key, value, &format!("a table, [{}]", self.below(key)));
        }
        self.section(self.below(key), value, table)
    }

    /// The tables below, in their order.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Section<'r, 't>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let expected = format!("tables under [[{}]], in double brackets", self.below(key));
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, &expected);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (i, item) in array.iter().enumerate() {
            match item.get_ref().as_table() {
                Some(table) => {
                    sections.push(self.section(self.below(&format!("{key}[{i}]")), Some(item), Some(table)));
                }
                None => self.wrong_type(&format!("{key}[{i}]"), item, &expected),
            }
        }
        sections
    }

    /// Notes it if the file says nothing for a key, right or wrong.
    pub(super) fn require(&self, key: &str, remedy: &str) {
        if !self.table.is_some_and(|table| table.contains_key(key)) {
            self.reading.fault(&self.below(key), self.span.clone(), "it is missing", remedy.into());
        }
    }

    /// Notes a fault of one key that only shows beside others.
    pub(super) fn conflict(&self, key: &str, what: &str, remedy: &str) {
        let value = self.table.and_then(|table| table.get(key));
        self.reading.fault(
            &self.below(key),
            value.map(Spanned::span).or(self.span.clone()),
            what,
            remedy.into(),
        );
    }

    /// Ends the section: every key that nobody asked for is unknown.
    pub(super) fn finish(self) {
        for (key, _) in self.table.into_iter().flatten() {
            if !self.known.contains(&key.get_ref().as_ref()) {
                self.reading.unknown(&self.path, key.get_ref(), key.span(), &self.known);
            }
        }
    }

    fn value(&mut self, key: &'static str) -> Option<&'r Spanned<DeValue<'t>>> {
        self.known.push(key);
        self.reading.asked(&self.path, key);
        self.table?.get(key)
    }

    fn section(
        &self,
        path: String,
        value: Option<&Spanned<DeValue<'t>>>,
        table: Option<&'r DeTable<'t>>,
    ) -> Section<'r, 't> {
        Section { reading: self.reading, table, span: value.map(Spanned::span), path, known: Vec::new() }
    }

    fn below(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) {
        let found = match value.get_ref().type_str() {
            article @ ("integer" | "array") => format!("found an {article}"),
            other => format!("found a {other}"),
        };
        self.wrong(key, value, found, expected);
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, what: String, expected: &str) {
        self.reading.fault(&self.below(key), Some(value.span()), what, format!("use {expected}"));
    }
}

/// The refusal of a text that may be repeated.
pub(super) fn refused(text: &str) -> String {
    format!("`{}` is not accepted", text.escape_debug())
}

fn path_in(folder: &Path) -> impl Fn(&str) -> Result<PathBuf, &'static str> {
    move |text| {
        if text.is_empty() { Err("it is empty") } else { Ok(folder.join(text)) }
    }
}
