//! One process at a time writes to a data folder; the number of that process lies in its lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// So often is the lock tried for.
const ATTEMPTS: u32 = 5;
/// And so long is waited in between.
const BETWEEN: Duration = Duration::from_millis(100);

/// Who may write to a data folder.
pub(crate) enum Lock {
    /// This process, until it is dropped.
    Ours(#[expect(dead_code, reason = "it is held, not used")] File),
    /// Another process.
    Elsewhere,
    /// It cannot be told, for the disk does not let us write.
    Impossible(io::Error),
}

impl Lock {
    /// Takes the lock of a data folder, if nobody has it.
    pub(crate) fn take(data_dir: &Path) -> Self {
        let locked = (|| {
            let mut file =
                OpenOptions::new().create(true).truncate(false).write(true).open(path(data_dir))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            file.set_len(0)?;
            writeln!(file, "{}", std::process::id())?;
            Ok(Some(file))
        })();
        match locked {
            Ok(Some(file)) => Self::Ours(file),
            Ok(None) => Self::Elsewhere,
            Err(error) => Self::Impossible(error),
        }
    }

    /// The same, but one who only looks who has it, or is about to end, is waited for.
    pub(super) async fn take_patiently(data_dir: &Path) -> Self {
        for _ in 0..ATTEMPTS {
            match Self::take(data_dir) {
                Self::Elsewhere => tokio::time::sleep(BETWEEN).await,
                lock => return lock,
            }
        }
        Self::take(data_dir)
    }

    /// The process that has the lock of a data folder, if one has it.
    pub(crate) fn holder(data_dir: &Path) -> Option<u32> {
        let file = OpenOptions::new().write(true).open(path(data_dir)).ok()?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {}
            _ => return None,
        }
        std::fs::read_to_string(path(data_dir)).ok()?.trim().parse().ok()
    }
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("lock")
}
