//! One recording of a repository: fetched by the id of its content into a repository of its own, written
//! out, and thrown away with it.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::Git;
use super::bare::Bare;
use super::lfs::{MAX_POINTER, Small};
use super::program::Reach;
use super::tree::is_object_id;
use super::work::{Call, Work, disk};
use crate::fault::{Fault, FaultKind};
use crate::origin::{Item, Progress};

/// What a repository takes besides the recording in it, in bytes.
const MARGIN: u64 = 1024 * 1024;

impl Git {
    pub(super) async fn take(
        &mut self,
        item: &Item,
        draft: &Path,
        progress: Progress<'_>,
    ) -> Result<PathBuf, Fault> {
        let mut work = Work::new(&self.settings)?;
        let Some(id) = item.mark.as_deref().filter(|mark| is_object_id(mark)) else {
            return Err(self.nowhere(&work, item));
        };
        let shelf = Bare::new(self.folder.join("take.git"));
        let taken = self.taken(&mut work, id, &shelf, draft, progress).await;
        shelf.remove()?;
        taken
            .map_err(|fault| if fault.detail.is_empty() { fault.with_detail(&*item.place) } else { fault })?;
        Ok(draft.into())
    }

    /// Why a recording of the list has no content.
    fn nowhere(&self, work: &Work, item: &Item) -> Fault {
        let tree = self.known.as_ref().map(|known| &known.tree);
        let kind = tree.and_then(|tree| tree.file(&item.place).err()).unwrap_or(FaultKind::Missing);
        work.fault(kind).with_detail(&*item.place)
    }

    async fn taken(
        &self,
        work: &mut Work,
        id: &str,
        shelf: &Bare,
        draft: &Path,
        progress: Progress<'_>,
    ) -> Result<(), Fault> {
        let most = self.settings.max_audio;
        let is_here = self.list.is_whole() && self.list.len(work, id).await.is_ok();
        if !is_here {
            shelf.make(work, id).await?;
            let url = self.settings.address.url();
            let arguments = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", url, id];
            work.call(Call {
                repository: shelf.path(),
                reach: Reach::Origin,
                arguments: &arguments,
                stdin: &[],
                stdout: None,
                most_out: MARGIN,
                place: shelf.path(),
                most_in: most + MARGIN,
                progress: &mut |came| progress(came, None),
            })
            .await?;
        }
        let source = if is_here { &self.list } else { shelf };
        let len = source.len(work, id).await?;
        if len > most {
            return Err(work.fault(FaultKind::TooLarge(most)));
        }
        if len <= MAX_POINTER {
            let bytes = source.bytes(work, id, MAX_POINTER).await?;
            if let Small::Pointer(len) = Small::of(&bytes) {
                let len = len.ok_or_else(|| work.fault(FaultKind::LfsPointer))?;
                if len > most {
                    return Err(work.fault(FaultKind::TooLarge(most)));
                }
                shelf.make(work, id).await?;
                return smudge(work, shelf, &bytes, len, draft, progress).await;
            }
        }
        let call = Call {
            repository: source.path(),
            reach: Reach::Here,
            arguments: &["cat-file", "blob", id],
            stdin: &[],
            stdout: Some(create(draft)?),
            most_out: 0,
            place: draft,
            most_in: len + MARGIN,
            progress: &mut |_| (),
        };
        work.call(call).await?;
        check(draft, len)?;
        progress(len, Some(len));
        Ok(())
    }
}

/// Lets `git lfs`, if this machine has it, turn a pointer into what it points to.
async fn smudge(
    work: &mut Work,
    shelf: &Bare,
    pointer: &[u8],
    len: u64,
    draft: &Path,
    progress: Progress<'_>,
) -> Result<(), Fault> {
    if work.git(shelf.path(), Reach::Here, &["lfs", "version"]).await.is_err() {
        return Err(work
            .fault(FaultKind::LfsPointer)
            .with_detail("git lfs is not installed on this machine"));
    }
    let call = Call {
        repository: shelf.path(),
        reach: Reach::Origin,
        arguments: &["lfs", "smudge"],
        stdin: pointer,
        stdout: Some(create(draft)?),
        most_out: 0,
        place: shelf.path(),
        // While it comes it may lie there twice.
        most_in: 2 * len + MARGIN,
        progress: &mut |came| progress(came.min(len), Some(len)),
    };
    work.call(call).await?;
    let came = std::fs::metadata(draft).map_err(|error| disk(draft, &error))?.len();
    if came != len {
        return Err(work.fault(FaultKind::WrongLength { stated: len, came }));
    }
    progress(len, Some(len));
    Ok(())
}

fn create(draft: &Path) -> Result<File, Fault> {
    File::create(draft).map_err(|error| disk(draft, &error))
}

/// git has checked what it fetched; whether all of it was written is seen by its length.
fn check(draft: &Path, len: u64) -> Result<(), Fault> {
    let written = std::fs::metadata(draft).map_err(|error| disk(draft, &error))?.len();
    if written == len {
        return Ok(());
    }
    let why = format!("only {written} of {len} bytes were written");
    Err(Fault::new(FaultKind::Disk(why), draft.display().to_string()))
}
