//! A source file: which content it has, and whether it changed.

use std::fmt::Write;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The largest recording, in bytes.
pub(crate) const MAX_FILE: u64 = 2_000_000_000;
/// Half of SHA-256 is enough of a name, and keeps addresses short.
const NAME_BYTES: usize = 16;

/// Changes when a file is written to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) len: u64,
    pub(super) modified_ns: u64,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let meta = fs::metadata(path)?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        let since = |modified: SystemTime| modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        let modified_ns = meta.modified().map(since).unwrap_or_default().as_nanos();
        Ok(Self { len: meta.len(), modified_ns: u64::try_from(modified_ns).unwrap_or(u64::MAX) })
    }
}

/// The name of a file's content, prepared in a certain way.
pub(super) fn content(path: &Path, way: &str) -> io::Result<String> {
    let mut file = File::open(path)?.take(MAX_FILE + 1);
    let mut hash = Sha256::new_with_prefix(way);
    let mut buffer = vec![0; 128 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    let mut name = String::with_capacity(NAME_BYTES * 2);
    for byte in &hash.finalize()[..NAME_BYTES] {
        write!(name, "{byte:02x}").expect("a string takes all that is written to it");
    }
    Ok(name)
}
