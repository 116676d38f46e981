//! One reading of one document: all that is wrong with it, and all the keys that were asked for.
//!
//! It must not know the meaning of any key.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use super::fault::Fault;
use super::unknown;

/// One reading of one document. Sections share it, hence the cells.
pub(super) struct Reading<'t> {
    text: &'t str,
    /// Where relative paths begin.
    pub(super) folder: &'t Path,
    faults: RefCell<Vec<Fault>>,
    unknown: RefCell<Vec<Unknown>>,
    /// Each key with a table that has it.
    homes: RefCell<BTreeMap<&'static str, String>>,
}

struct Unknown {
    table: String,
    key: String,
    row: usize,
    known: Vec<&'static str>,
}

impl<'t> Reading<'t> {
    /// Of a text whose relative paths begin at `folder`.
    pub(super) fn new(text: &'t str, folder: &'t Path) -> Self {
        let (faults, unknown, homes) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self { text, folder, faults, unknown, homes }
    }

    /// Notes a fault.
    pub(super) fn fault(
        &self,
        path: &str,
        span: Option<Range<usize>>,
        what: impl Into<String>,
        remedy: String,
    ) {
        let row = span.map(|span| self.row(&span));
        self.faults.borrow_mut().push(Fault { path: path.into(), row, what: what.into(), remedy });
    }

    /// Notes a key that its table does not know. What to do about it shows when all has been read.
    pub(super) fn unknown(&self, table: &str, key: &str, span: Range<usize>, known: &[&'static str]) {
        let (table, key, row) = (table.into(), key.into(), self.row(&span));
        self.unknown.borrow_mut().push(Unknown { table, key, row, known: known.to_vec() });
    }

    /// Notes that a table knows a key.
    pub(super) fn asked(&self, table: &str, key: &'static str) {
        self.homes.borrow_mut().entry(key).or_insert_with(|| header(table));
    }

    /// All that is wrong, in the order of the file; what is missing altogether comes last.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        let homes = self.homes.into_inner();
        for Unknown { table, key, row, known } in self.unknown.into_inner() {
            let remedy = unknown::remedy(&key, &known, homes.get(key.as_str()).map(String::as_str));
            let path = if table.is_empty() { key } else { format!("{table}.{key}") };
            faults.push(Fault { path, row: Some(row), what: "unknown key".into(), remedy });
        }
        faults.sort_by_key(|fault| fault.row.unwrap_or(usize::MAX));
        faults
    }

    /// Every key that was asked for.
    #[cfg(test)]
    pub(super) fn into_keys(self) -> impl Iterator<Item = &'static str> {
        self.homes.into_inner().into_keys()
    }

    fn row(&self, span: &Range<usize>) -> usize {
        self.text.get(..span.start).unwrap_or_default().matches('\n').count() + 1
    }
}

/// How a table is written in the file: `[[line.origin]]` for `line[0].origin[1]`.
fn header(table: &str) -> String {
    let name: Vec<&str> = table.split('.').map(|part| part.split('[').next().unwrap_or(part)).collect();
    let name = name.join(".");
    match table {
        "" => "the top of the file".into(),
        several if several.ends_with(']') => format!("[[{name}]]"),
        _ => format!("[{name}]"),
    }
}
