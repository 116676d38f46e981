//! A certificate in two files that somebody else renews: read again when they change.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::pair::{Pair, PairError};

/// Two files, and how they looked when they were read last.
#[derive(Debug)]
pub(crate) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    read: Option<[Mark; 2]>,
    seen: Option<[Mark; 2]>,
}

/// What changes when a file does, or the file behind a link. A file that is not there has none of it.
type Mark = Option<(Option<SystemTime>, u64, u64)>;

impl Files {
    /// Two files that were not read yet. Both may be one.
    pub(crate) fn new(certificate: &Path, key: &Path) -> Self {
        Self { certificate: certificate.to_owned(), key: key.to_owned(), read: None, seen: None }
    }

    /// Reads them if they have changed, and were left alone since the look before:
    /// whoever renews them writes one after the other.
    pub(super) fn look(&mut self) -> Option<Result<Pair, PairError>> {
        let now = [mark(&self.certificate), mark(&self.key)];
        let settled = self.read.is_none() || self.seen == Some(now);
        self.seen = Some(now);
        (self.read != Some(now) && settled).then(|| self.read_now())
    }

    /// Reads them, changed or not.
    pub(super) fn read_now(&mut self) -> Result<Pair, PairError> {
        // The marks first: a change while they are read is seen by the next look.
        self.read = Some([mark(&self.certificate), mark(&self.key)]);
        Pair::read(&self.certificate, &self.key)
    }

    /// Has the next look read them again.
    pub(super) fn forget(&mut self) {
        self.read = None;
    }
}

fn mark(path: &Path) -> Mark {
    let file = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&file);
    #[cfg(not(unix))]
    let inode = 0;
    Some((file.modified().ok(), file.len(), inode))
}
