//! Our bare repository of an origin: the newest commit with its folders and its list, without sound.
//!
//! It holds nothing that cannot be fetched again, so whatever is wrong with it, it is thrown away.
//! A server that cannot leave the sound out gives it all: then the repository is whole, and is as large
//! as the newest commit's files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::program::Reach;
use super::work::{Work, disk};
use crate::fault::{Fault, FaultKind};

/// The newest commit that was taken.
pub(super) const TIP: &str = "refs/dial/tip";
/// Each update brings one pack; at this many the repository is made anew, without what is gone.
const MAX_PACKS: usize = 30;
/// Folders in a repository that are looked into.
const MAX_DEPTH: u32 = 8;

/// A bare repository of ours.
#[derive(Debug)]
pub(super) struct Bare {
    path: PathBuf,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) id: String,
    /// In seconds since 1970.
    pub(super) at_s: i64,
}

impl Bare {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether something is there, good or bad.
    pub(super) fn is_there(&self) -> bool {
        self.path.join("HEAD").exists()
    }

    /// Whether the server gave the sound with the commit.
    pub(super) fn is_whole(&self) -> bool {
        self.marker().exists()
    }

    fn marker(&self) -> PathBuf {
        self.path.join("dial-whole")
    }

    /// Sweeps what a killed git left: locks, and packs that are not complete.
    pub(super) fn sweep(&self) {
        sweep(&self.path, MAX_DEPTH);
    }

    pub(super) fn remove(&self) -> Result<(), Fault> {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(disk(&self.path, &error)),
            _ => Ok(()),
        }
    }

    /// Makes it, empty, for objects with ids of the same kind as one.
    pub(super) async fn make(&self, work: &mut Work, like: &str) -> Result<(), Fault> {
        self.remove()?;
        fs::create_dir_all(&self.path).map_err(|error| disk(&self.path, &error))?;
        let format = if like.len() == 64 { "--object-format=sha256" } else { "--object-format=sha1" };
        work.git(&self.path, Reach::Here, &["init", "--quiet", "--bare", "--template=", format]).await?;
        Ok(())
    }

    /// The commit that is here.
    pub(super) async fn tip(&self, work: &mut Work) -> Result<Commit, Fault> {
        let arguments = ["log", "-1", "--no-show-signature", "--format=%H %ct", TIP];
        let done = work.git(&self.path, Reach::Here, &arguments).await?;
        let text = String::from_utf8_lossy(&done.out);
        let commit = text
            .trim()
            .split_once(' ')
            .and_then(|(id, at)| Some(Commit { id: id.to_owned(), at_s: at.parse().ok()? }));
        commit.ok_or_else(|| work.fault(FaultKind::Git("the newest commit cannot be read".into())))
    }

    /// Brings the newest commit of a branch, without its history, and without its files where the server
    /// can leave them out.
    pub(super) async fn bring(&self, work: &mut Work, url: &str, branch: &str) -> Result<(), Fault> {
        if self.packs() >= MAX_PACKS {
            self.renew(work).await?;
        }
        let branch = format!("+{branch}:{TIP}");
        let mut arguments = vec!["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--depth=1"];
        if !self.is_whole() {
            arguments.push("--filter=blob:none");
        }
        arguments.extend(["--", url, &branch]);
        let done = work.git(&self.path, Reach::Origin, &arguments).await?;
        if done.told.contains("filtering not recognized") {
            self.mark_whole()?;
        }
        Ok(())
    }

    /// From now on the sound is taken with the commit.
    pub(super) fn mark_whole(&self) -> Result<(), Fault> {
        fs::write(self.marker(), "").map_err(|error| disk(&self.path, &error))
    }

    /// Brings one object, such as the list, whose id is known.
    pub(super) async fn bring_object(&self, work: &mut Work, url: &str, id: &str) -> Result<(), Fault> {
        // To say what we have would be to say that we have this too: its commit is here.
        let arguments = ["-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags"];
        let more = ["--no-write-fetch-head", "--filter=blob:none", "--", url, id];
        let arguments = [&arguments[..], &more].concat();
        work.git(&self.path, Reach::Origin, &arguments).await?;
        Ok(())
    }

    /// The bytes of an object that is here, if they are no more than so many.
    pub(super) async fn bytes(&self, work: &mut Work, id: &str, most: u64) -> Result<Vec<u8>, Fault> {
        let done = work.git_out(&self.path, Reach::Here, &["cat-file", "blob", id], most).await?;
        Ok(done.out)
    }

    /// The length of an object that is here, in bytes.
    pub(super) async fn len(&self, work: &mut Work, id: &str) -> Result<u64, Fault> {
        let done = work.git(&self.path, Reach::Here, &["cat-file", "-s", id]).await?;
        let len = String::from_utf8_lossy(&done.out).trim().parse();
        len.map_err(|_| work.fault(FaultKind::Git("the length of a file cannot be read".into())))
    }

    /// Leaves behind what the newest commit no longer has; a whole repository gives it to its successor,
    /// so that nothing is fetched again.
    async fn renew(&self, work: &mut Work) -> Result<(), Fault> {
        let tip = self.tip(work).await?;
        if !self.is_whole() {
            return self.make(work, &tip.id).await;
        }
        let next = Self::new(self.path.with_extension("next.git"));
        next.make(work, &tip.id).await?;
        let from = format!("file://{}", self.path.display().to_string().replace('%', "%25"));
        let branch = format!("+{TIP}:{TIP}");
        let arguments = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--depth=1", "--"];
        let arguments = [&arguments[..], &[&from, &branch]].concat();
        work.git(next.path(), Reach::Disk, &arguments).await?;
        next.mark_whole()?;
        self.remove()?;
        fs::rename(next.path(), &self.path).map_err(|error| disk(&self.path, &error))
    }

    fn packs(&self) -> usize {
        let packs = fs::read_dir(self.path.join("objects/pack")).into_iter().flatten().flatten();
        packs.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "pack")).count()
    }
}

fn sweep(folder: &Path, depth: u32) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth > 0 {
            sweep(&path, depth - 1);
        } else if name.ends_with(".lock") || name.starts_with("tmp_") || name.starts_with(".tmp-") {
            let _ = fs::remove_file(path);
        }
    }
}
