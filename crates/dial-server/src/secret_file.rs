//! Keys of our own making, each in a file that only its owner can read.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tracing::warn;

/// The length of every key of ours, in bytes.
const LEN: usize = 32;

/// Reads a key of 32 bytes; makes it if there is none.
pub(crate) fn open_or_make(path: &Path) -> Result<[u8; LEN]> {
    if !path.exists() {
        make(path).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let Ok(key) = bytes.try_into() else {
        bail!(
            "`{}` is not a key of {LEN} bytes: restore it from a copy, or remove it to have a new one made",
            path.display()
        )
    };
    Ok(key)
}

/// The same, but a key that can be neither read nor written is replaced by one for this run alone: the line
/// answers all the same. An error only if the machine gives no random bytes.
pub(crate) fn open_or_lend(path: &Path) -> Result<[u8; LEN]> {
    open_or_make(path).or_else(|error| {
        warn!("A key of this run alone is used: {error:#}");
        random()
    })
}

fn random() -> Result<[u8; LEN]> {
    let mut key = [0; LEN];
    getrandom::fill(&mut key).context("this machine gives no random bytes")?;
    Ok(key)
}

/// Writes a new key beside its place, and links it there: of two makers at once, one wins whole.
fn make(path: &Path) -> Result<()> {
    let folder = path.parent().context("a key lies in a folder")?;
    std::fs::create_dir_all(folder)?;
    let key = random()?;
    let draft = folder.join(format!(".key-{}-{:02x}{:02x}", std::process::id(), key[0], key[1]));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(&key)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets/a.key");
        let key = open_or_make(&path).unwrap();
        assert_eq!(open_or_make(&path).unwrap(), key);
        assert_ne!(open_or_make(&dir.path().join("b.key")).unwrap(), key);
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(&path, b"short").unwrap();
        assert!(open_or_make(&path).unwrap_err().to_string().contains("restore it from a copy"));
    }
}
