//! What has to survive a restart, row by row: one JSON object each, replaced as a whole.
//!
//! It must not know what the rows are for.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

use super::outbox::Waiting;
use super::schedule::Open;

/// The most that is read, in bytes: what all channels can hold fits.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// Something to remember.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "lowercase")]
pub(super) enum Row {
    /// When it was last looked whether something is due.
    Looked {
        /// Then.
        at: Timestamp,
    },
    /// An incident whose beginning was told.
    Told(Open),
    /// A message that waits.
    Waits {
        /// For this channel.
        channel: String,
        /// It.
        waiting: Waiting,
    },
}

/// The file that holds them.
pub(super) struct Rows {
    path: PathBuf,
}

impl Rows {
    /// In the folder of the alarms.
    pub(super) fn new(folder: &Path) -> Self {
        Self { path: folder.join("pending.jsonl") }
    }

    /// What can be read; a row that is damaged is passed over, and a file that is not there is empty.
    pub(super) async fn read(&self) -> io::Result<Vec<Row>> {
        let length = match fs::metadata(&self.path).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            metadata => metadata?.len(),
        };
        if length > MAX_FILE {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 16 MiB"));
        }
        let bytes = fs::read(&self.path).await?;
        Ok(bytes.split(|byte| *byte == b'\n').filter_map(|row| serde_json::from_slice(row).ok()).collect())
    }

    /// Replaces all; they are on the disk when it returns, and the file is whole at any time. No thread of
    /// the calls waits for the disk meanwhile.
    pub(super) async fn write(&self, rows: &[Row]) -> io::Result<()> {
        let mut text = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut text, row)?;
            text.push(b'\n');
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).await?;
        let draft = self.path.with_extension("draft");
        let mut file = File::create(&draft).await?;
        file.write_all(&text).await?;
        file.sync_all().await?;
        fs::rename(&draft, &self.path).await?;
        #[cfg(unix)]
        File::open(folder).await?.sync_all().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::notice::{NoticeKind, tests::notice};
    use super::*;

    #[tokio::test]
    async fn a_damaged_row_is_passed_over_and_no_file_is_no_rows() {
        let folder = tempfile::tempdir().unwrap();
        let rows = Rows::new(&folder.path().join("alarms"));
        assert_eq!(rows.read().await.unwrap(), []);
        let told =
            Open { notice: notice("a", NoticeKind::Opened), told_at: Timestamp::UNIX_EPOCH, except: None };
        let all = [Row::Looked { at: Timestamp::UNIX_EPOCH }, Row::Told(told)];
        rows.write(&all).await.unwrap();
        rows.write(&all).await.unwrap();
        assert_eq!(rows.read().await.unwrap(), all);
        let path = folder.path().join("alarms/pending.jsonl");
        let torn = std::fs::read_to_string(&path).unwrap().replace("\"told\"", "\"to") + "\u{0}\n{}";
        std::fs::write(&path, torn).unwrap();
        assert_eq!(rows.read().await.unwrap(), all[..1]);
    }
}
