//! The store's two files: one JSON object a row, appended; a torn row is passed over.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};

use atomic_write_file::AtomicWriteFile;
use dial_core::call::CallRecord;
use jiff::{Timestamp, ToSpan};
use serde::de::DeserializeOwned;

use super::{CallerRow, Write};

/// A caller's place is forgotten after so long.
const CALLER_DAYS: i64 = 365;
/// A call's record is forgotten after so long.
const CALL_DAYS: i64 = 90;
/// No row of ours is longer; a longer one is damage.
const MAX_ROW: u64 = 4096;

pub(super) struct Files {
    dir: PathBuf,
    /// Opened when something is to be written, and anew after a failure.
    open: Option<Open>,
}

struct Open {
    callers: File,
    calls: File,
}

impl Open {
    fn at(dir: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let append =
            |name: &str| OpenOptions::new().create(true).append(true).read(true).open(dir.join(name));
        Ok(Self { callers: append("callers.jsonl")?, calls: append("calls.jsonl")? })
    }
}

impl Files {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.into(), open: None }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The last row of each caller that is still of use.
    pub(super) fn callers(&self, now: Timestamp) -> Vec<CallerRow> {
        let rows = rows::<CallerRow>(&self.dir.join("callers.jsonl"));
        let latest: HashMap<_, _> = rows.map(|row| ((row.line.clone(), row.caller.clone()), row)).collect();
        let fresh = cutoff(now, CALLER_DAYS);
        latest.into_values().filter(|row| row.left_at >= fresh).collect()
    }

    /// Appends rows; they are on the disk when it returns.
    pub(super) fn append(&mut self, batch: &[Write]) -> io::Result<()> {
        let (mut callers, mut calls) = (String::new(), String::new());
        for write in batch {
            let (rows, row) = match write {
                Write::Caller(row) => (&mut callers, serde_json::to_string(row)?),
                Write::Call(record) => (&mut calls, serde_json::to_string(record)?),
                Write::End => continue,
            };
            // The line break comes first, so that a row torn by a crash cannot swallow this one.
            rows.extend(["\n", &row, "\n"]);
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => Open::at(&self.dir)?,
        };
        for (file, rows) in [(&mut open.callers, callers), (&mut open.calls, calls)] {
            if !rows.is_empty() {
                file.write_all(rows.as_bytes())?;
                file.sync_data()?;
            }
        }
        self.open = Some(open);
        Ok(())
    }

    pub(super) fn compact(&mut self, now: Timestamp) -> io::Result<()> {
        let callers = self.callers(now);
        let fresh = cutoff(now, CALL_DAYS);
        let calls =
            rows::<CallRecord>(&self.dir.join("calls.jsonl")).filter(|call| call.answered_at >= fresh);
        self.open = None;
        std::fs::create_dir_all(&self.dir)?;
        replace(&self.dir.join("callers.jsonl"), callers.iter())?;
        replace(&self.dir.join("calls.jsonl"), calls)
    }
}

fn cutoff(now: Timestamp, days: i64) -> Timestamp {
    now.checked_sub((days * 24).hours()).unwrap_or(Timestamp::MIN)
}

fn replace<T: serde::Serialize>(path: &Path, rows: impl Iterator<Item = T>) -> io::Result<()> {
    let mut file = AtomicWriteFile::open(path)?;
    for row in rows {
        writeln!(file, "{}", serde_json::to_string(&row)?)?;
    }
    file.commit()
}

/// The readable rows of a file, one at a time.
fn rows<T: DeserializeOwned>(path: &Path) -> impl Iterator<Item = T> + use<T> {
    let mut reader = File::open(path).ok().map(BufReader::new);
    std::iter::from_fn(move || {
        loop {
            let mut row = Vec::new();
            let read = reader.as_mut()?.by_ref().take(MAX_ROW).read_until(b'\n', &mut row).ok()?;
            if read == 0 {
                return None;
            }
            if let Ok(row) = serde_json::from_slice(&row) {
                return Some(row);
            }
        }
    })
}
