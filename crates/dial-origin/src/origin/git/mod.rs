//! A branch of a Git repository with `data.json` and `audio/` in it, read with the user's `git`
//! (2.32 or newer).
//!
//! The list is read from the newest commit, which comes without its history and without its files. Each
//! recording is fetched by the id of its content only when it is asked for, and that id is its mark: what
//! is known is never fetched again. So the folder that we need holds little: the newest commit's folders
//! and list, and one recording at a time. Only where a server knows no filters does it hold the newest
//! commit's files.

mod address;
mod bare;
mod branch;
mod lfs;
mod program;
mod run;
mod take;
mod told;
mod tree;
mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dial_core::catalogue::{FileName, Manifest};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

pub use address::{Address, AddressError, Network};
pub use branch::{Branch, BranchError};

use self::bare::{Bare, Commit};
use self::program::Reach;
use self::tree::Tree;
use self::work::{Work, disk};
use super::{Item, Listing, Origin, Progress, Wait};
use crate::fault::{Fault, FaultKind};
use crate::http::Policy;

/// What the names of a commit's files may take, in bytes: about 100,000 files.
const MAX_TREE: u64 = 16 * 1024 * 1024;
/// The oldest git that can be used.
const OLDEST: (u32, u32) = (2, 32);

/// Which repository is read, and how.
#[derive(Debug, Clone)]
pub struct GitSettings {
    /// Where it is.
    pub address: Address,
    /// The branch; none: the one that the repository calls its `HEAD`.
    pub branch: Option<Branch>,
    /// The folder in it where `data.json` and `audio/` lie; none: its top.
    pub folder: Option<FileName>,
    /// A file whose first line is a token, or `user:password`, for https. It is read at every visit.
    pub token: Option<PathBuf>,
    /// A file with the certificate authorities to trust (PEM) in place of this machine's.
    pub authorities: Option<PathBuf>,
    /// How long one visit may take, besides the time in which its bytes come at the least speed.
    pub within: Duration,
    /// The least speed, in bytes a second, on average over a visit.
    pub min_speed: u64,
    /// The largest list, in bytes.
    pub max_list: u64,
    /// The largest recording, in bytes.
    pub max_audio: u64,
}

impl GitSettings {
    /// The newest commit of an address, with what every origin is allowed.
    pub fn new(address: Address) -> Self {
        let (branch, folder, token, authorities) = (None, None, None, None);
        let Policy { least_speed: min_speed, max_list, max_audio, .. } = Policy::default();
        let within = Policy::default().visit();
        Self { address, branch, folder, token, authorities, within, min_speed, max_list, max_audio }
    }
}

/// A branch of a Git repository.
#[derive(Debug)]
pub struct Git {
    settings: GitSettings,
    folder: PathBuf,
    list: Bare,
    known: Option<Known>,
    /// Whether our repository was made anew and the origin failed still: then that was not the cause.
    mended: bool,
}

/// What was listed last.
#[derive(Debug)]
struct Known {
    commit: Commit,
    zone: TimeZone,
    tree: Tree,
    listing: Arc<Listing>,
}

impl Git {
    /// A repository whose copy lies in a folder that nobody else uses; it is made when it is needed.
    pub fn new(settings: GitSettings, folder: &Path) -> Self {
        let hash = Sha256::new().chain_update(settings.address.url()).finalize();
        let name: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let list = Bare::new(folder.join(format!("list-{name}.git")));
        Self { settings, folder: folder.into(), list, known: None, mended: false }
    }

    async fn look(&mut self, zone: &TimeZone) -> Result<Arc<Listing>, Fault> {
        self.tidy()?;
        let mut work = Work::new(&self.settings)?;
        if self.known.is_none() {
            self.is_new_enough(&mut work).await?;
        }
        let was_there = self.list.is_there();
        let looked = self.visit(&mut work, zone).await;
        let looked = match looked {
            Err(Fault { kind: FaultKind::Git(_), .. }) if was_there && !self.mended => {
                // What git cannot read may be our own copy.
                self.mended = true;
                self.list.remove()?;
                self.visit(&mut work, zone).await
            }
            looked => looked,
        };
        self.mended &= looked.is_err();
        looked
    }

    /// Older ones do not know `GIT_CONFIG_GLOBAL` and `GIT_CONFIG_COUNT`, on which the strict checks rest.
    async fn is_new_enough(&self, work: &mut Work) -> Result<(), Fault> {
        let done = work.git(&self.folder, Reach::Here, &["version"]).await?;
        let text = String::from_utf8_lossy(&done.out);
        let numbers = text.trim().trim_start_matches("git version ").split('.');
        let numbers: Vec<u32> = numbers.map_while(|number| number.parse().ok()).take(2).collect();
        match numbers[..] {
            [major, minor] if (major, minor) < OLDEST => {
                let why = format!("git {}.{} or newer is needed, not {major}.{minor}", OLDEST.0, OLDEST.1);
                Err(work.fault(FaultKind::Git(why)))
            }
            _ => Ok(()),
        }
    }

    /// Sweeps what a killed run left, and the copies of other addresses.
    fn tidy(&self) -> Result<(), Fault> {
        fs::create_dir_all(&self.folder).map_err(|error| disk(&self.folder, &error))?;
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_copy = path.extension().is_some_and(|ending| ending == "git");
            if is_copy && path != self.list.path() {
                let _ = fs::remove_dir_all(path);
            }
        }
        self.list.sweep();
        Ok(())
    }

    async fn visit(&mut self, work: &mut Work, zone: &TimeZone) -> Result<Arc<Listing>, Fault> {
        let newest = self.newest(work).await?;
        if let Some(known) = &self.known
            && known.commit.id == newest
            && known.zone == *zone
        {
            return Ok(known.listing.clone());
        }
        let commit = self.bring(work, &newest).await?;
        let (data, audio) = (self.inside("data.json"), self.inside("audio"));
        let arguments = ["ls-tree", "-r", "-z", "--full-tree", &commit.id, "--", &data, &audio];
        let tree = work.git_out(self.list.path(), Reach::Here, &arguments, MAX_TREE).await?;
        let tree = Tree::read(&tree.out);
        let id = tree
            .file(&data)
            .map_err(|kind| work.fault(kind).with_detail(format!("{data} at {}", commit.id)))?;
        let bytes = self.list_bytes(work, id).await?;
        let listing = Arc::new(
            listing(&bytes, zone, &commit, &tree, &format!("{audio}/")).map_err(|kind| work.fault(kind))?,
        );
        self.known = Some(Known { commit, zone: zone.clone(), tree, listing: listing.clone() });
        Ok(listing)
    }

    /// The id of the branch's newest commit, as the repository tells it.
    async fn newest(&self, work: &mut Work) -> Result<String, Fault> {
        let (url, branch) = (self.settings.address.url(), self.branch());
        if !self.list.is_there() {
            self.list.make(work, "").await?;
        }
        let done =
            work.git(self.list.path(), Reach::Origin, &["ls-remote", "--quiet", "--", url, &branch]).await?;
        let text = String::from_utf8_lossy(&done.out).into_owned();
        let id = text.lines().find_map(|line| line.split_once('\t').filter(|(_, name)| *name == branch));
        match id {
            Some((id, _)) if tree::is_object_id(id) => Ok(id.into()),
            _ => Err(work.fault(FaultKind::Missing).with_detail(format!("it has no {branch}"))),
        }
    }

    /// Makes sure that the newest commit is here.
    async fn bring(&mut self, work: &mut Work, newest: &str) -> Result<Commit, Fault> {
        let tip = self.list.tip(work).await.ok();
        if let Some(tip) = tip.as_ref().filter(|tip| tip.id == newest) {
            return Ok(tip.clone());
        }
        // Ids of SHA-256 are longer, and a repository has those of one kind.
        let kind = tip.map_or(40, |tip| tip.id.len());
        if kind != newest.len() {
            self.list.make(work, newest).await?;
        }
        let (url, branch) = (self.settings.address.url(), self.branch());
        self.list.bring(work, url, &branch).await?;
        self.list.tip(work).await
    }

    /// The list itself, which stays: after a restart nothing is fetched again.
    async fn list_bytes(&self, work: &mut Work, id: &str) -> Result<Vec<u8>, Fault> {
        if let Ok(bytes) = self.list.bytes(work, id, self.settings.max_list).await {
            return Ok(bytes);
        }
        let (url, branch) = (self.settings.address.url(), self.branch());
        match self.list.bring_object(work, url, id).await {
            Err(fault) if fault.detail.contains("unadvertised object") => {
                // A server of old gives no single object: then the commit is taken with all that is in it.
                self.list.make(work, id).await?;
                self.list.mark_whole()?;
                self.list.bring(work, url, &branch).await?;
            }
            brought => brought?,
        }
        self.list.bytes(work, id, self.settings.max_list).await
    }

    /// As git names it in full.
    fn branch(&self) -> String {
        let name = |branch: &Branch| format!("refs/heads/{}", branch.as_str());
        self.settings.branch.as_ref().map_or_else(|| "HEAD".into(), name)
    }

    /// A path in the repository.
    fn inside(&self, name: &str) -> String {
        match &self.settings.folder {
            Some(folder) => format!("{}/{name}", folder.as_str()),
            None => name.into(),
        }
    }
}

impl Origin for Git {
    fn list<'a>(&'a mut self, zone: &'a TimeZone) -> Wait<'a, Result<Arc<Listing>, Fault>> {
        Box::pin(self.look(zone))
    }

    fn fetch<'a>(
        &'a mut self,
        item: &'a Item,
        draft: &'a Path,
        progress: Progress<'a>,
    ) -> Wait<'a, Result<PathBuf, Fault>> {
        Box::pin(self.take(item, draft, progress))
    }
}

fn listing(
    bytes: &[u8],
    zone: &TimeZone,
    commit: &Commit,
    tree: &Tree,
    audio: &str,
) -> Result<Listing, FaultKind> {
    if lfs::Small::of(bytes) != lfs::Small::Plain {
        return Err(FaultKind::LfsPointer);
    }
    let reading = Manifest::read(bytes, zone);
    let Some(manifest) = reading.manifest else { return Err(FaultKind::List(reading.defects)) };
    Ok(Listing {
        church_name: manifest.church_name,
        items: manifest.entries.into_iter().map(|entry| tree.item(entry, audio)).collect(),
        changed_at: Timestamp::from_second(commit.at_s).ok(),
        defects: reading.defects,
    })
}
