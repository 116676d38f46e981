//! A source file: which content it has, and whether it changed.

use std::fmt::Write;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

/// The largest recording, in bytes.
pub(crate) const MAX_FILE: u64 = 2_000_000_000;
/// Half of BLAKE3 is enough of a name, and keeps addresses short.
const NAME_BYTES: usize = 16;

/// Changes when a file is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) len: u64,
    pub(crate) modified_ns: u64,
}

impl Stamp {
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let meta = fs::metadata(path)?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        let since = |modified: SystemTime| modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        let modified_ns = meta.modified().map(since).unwrap_or_default().as_nanos();
        Ok(Self { len: meta.len(), modified_ns: u64::try_from(modified_ns).unwrap_or(u64::MAX) })
    }
}

/// What a source file is.
pub(super) struct Source {
    /// The name of its content, prepared in a certain way.
    pub(super) content: String,
    /// SHA-256 of it, where that was asked for.
    pub(super) sha256: Option<[u8; 32]>,
}

/// Reads a file once.
pub(super) fn read(path: &Path, way: &str, with_sha256: bool) -> io::Result<Source> {
    let mut file = File::open(path)?.take(MAX_FILE + 1);
    let mut blake3 = blake3::Hasher::new();
    blake3.update(way.as_bytes());
    let mut sha256 = with_sha256.then(Sha256::new);
    let mut buffer = vec![0; 128 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        let part = buffer.get(..read).unwrap_or_default();
        blake3.update(part);
        if let Some(sha256) = &mut sha256 {
            sha256.update(part);
        }
    }
    let name = blake3.finalize();
    let content = hex(&name.as_bytes()[..NAME_BYTES]);
    Ok(Source { content, sha256: sha256.map(|sha256| sha256.finalize().into()) })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all that is written to it");
        text
    })
}
