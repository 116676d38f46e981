//! What is kept of an authority on the disk: our account, and the certificate with its key.
//!
//! Only the owner may read either. Each is replaced whole.

use std::io::{self, Write};
use std::path::PathBuf;

use atomic_write_file::AtomicWriteFile;
use instant_acme::AccountCredentials;
use serde_json::Value;

use super::super::pair::{Pair, PairError};

/// The largest account that is read, in bytes.
const MAX_ACCOUNT: u64 = 64 * 1024;

/// The folder of what is kept.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The account with an authority; none that is of use, none.
    pub(super) fn account(&self, directory: &str) -> Option<AccountCredentials> {
        let path = self.0.join("account.json");
        let text =
            (std::fs::metadata(&path).ok()?.len() <= MAX_ACCOUNT).then(|| std::fs::read(&path).ok())??;
        let account: Value = serde_json::from_slice(&text).ok()?;
        // Another authority does not know this account.
        let same = account.get("directory").and_then(Value::as_str) == Some(directory);
        same.then(|| serde_json::from_value(account).ok())?
    }

    pub(super) fn keep_account(&self, account: &AccountCredentials) -> io::Result<()> {
        self.write("account.json", &serde_json::to_vec(account)?)
    }

    pub(super) fn forget_account(&self) {
        let _ = std::fs::remove_file(self.0.join("account.json"));
    }

    /// The certificate with its key; none if there was none yet.
    pub(super) fn certificate(&self) -> Option<Result<Pair, PairError>> {
        let path = self.0.join("certificate.pem");
        path.exists().then(|| Pair::read(&path, &path))
    }

    /// Both in one file, so that neither is ever without the other.
    pub(super) fn keep_certificate(&self, chain: &str, key: &str) -> io::Result<()> {
        self.write("certificate.pem", format!("{}\n{}\n", key.trim_end(), chain.trim_end()).as_bytes())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut folders = std::fs::DirBuilder::new();
        folders.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        folders.create(&self.0)?;
        let mut options = AtomicWriteFile::options();
        #[cfg(unix)]
        {
            atomic_write_file::unix::OpenOptionsExt::preserve_mode(&mut options, false);
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let mut file = options.open(self.0.join(name))?;
        file.write_all(bytes)?;
        file.commit()
    }
}
