//! Which content a file had when it was last seen, so that an unchanged folder is not read again.
//! It may be lost without harm.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use atomic_write_file::AtomicWriteFile;
use serde::{Deserialize, Serialize};

use super::source::Stamp;

/// More files than this are not remembered.
const MAX_FILES: usize = 100_000;
/// A larger table is damage.
const MAX_TABLE: u64 = 64 * 1024 * 1024;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Row {
    stamp: Stamp,
    content: String,
}

#[derive(Debug)]
pub(super) struct Seen {
    file: PathBuf,
    rows: HashMap<PathBuf, Row>,
    changed: bool,
}

impl Seen {
    pub(super) fn open(file: &Path) -> Self {
        let small = fs::metadata(file).is_ok_and(|meta| meta.len() <= MAX_TABLE);
        let bytes = if small { fs::read(file).unwrap_or_default() } else { Vec::new() };
        let rows = serde_json::from_slice(&bytes).unwrap_or_default();
        Self { file: file.into(), rows, changed: false }
    }

    pub(super) fn find(&self, path: &Path, stamp: &Stamp) -> Option<String> {
        let row = self.rows.get(path).filter(|row| row.stamp == *stamp)?;
        Some(row.content.clone())
    }

    pub(super) fn note(&mut self, path: &Path, stamp: Stamp, content: &str) {
        let known = self.rows.get(path).is_some_and(|row| row.stamp == stamp && row.content == content);
        if !known && self.rows.len() < MAX_FILES {
            self.rows.insert(path.into(), Row { stamp, content: content.into() });
            self.changed = true;
        }
    }

    fn save(&mut self) -> std::io::Result<()> {
        let mut file = AtomicWriteFile::open(&self.file)?;
        file.write_all(&serde_json::to_vec(&self.rows)?)?;
        file.commit()
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        if self.changed {
            // Lost, it costs only the time to read the files once more.
            let _ = self.save();
        }
    }
}
