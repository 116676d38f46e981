//! A church's repository as it is pushed to, the bare one that others read, and a folder of ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use dial_origin::fault::Fault;
use dial_origin::origin::git::{Address, Git, GitSettings, Network};
use dial_origin::origin::{Item, Listing, Origin};
use jiff::tz::TimeZone;
use tempfile::TempDir;

use crate::server::{Kind, Server};

pub(crate) struct Bench {
    pub(crate) dir: TempDir,
}

/// Runs git as the church does, at a fixed time.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = church(folder).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?} failed: {told}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(crate) fn church(folder: &Path) -> Command {
    let mut command = Command::new("git");
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "St Anne's"),
        ("GIT_AUTHOR_EMAIL", "anne@example.org"),
        ("GIT_COMMITTER_NAME", "St Anne's"),
        ("GIT_COMMITTER_EMAIL", "anne@example.org"),
        ("GIT_COMMITTER_DATE", "2026-11-22T10:00:00+00:00"),
    ] {
        command.env(name, value);
    }
    for name in ["GIT_DIR", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_TRACE_CURL"] {
        command.env_remove(name);
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Bytes that no packer makes smaller.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

pub(crate) fn list_of(names: &[&str]) -> String {
    let services: Vec<String> = names.iter().map(|name| format!(r#"{{"file": "{name}"}}"#)).collect();
    format!(r#"{{"church_name": "St Anne's", "services": [{}]}}"#, services.join(", "))
}

impl Bench {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        git(root, &["init", "--quiet", "--bare", "--initial-branch=main", "line.git"]);
        git(root, &["init", "--quiet", "--initial-branch=main", "church"]);
        git(&root.join("line.git"), &["config", "uploadpack.allowFilter", "true"]);
        fs::create_dir(root.join("church/audio")).unwrap();
        Self { dir }
    }

    pub(crate) fn church(&self) -> PathBuf {
        self.dir.path().join("church")
    }

    pub(crate) fn line(&self) -> PathBuf {
        self.dir.path().join("line.git")
    }

    pub(crate) fn ours(&self) -> PathBuf {
        self.dir.path().join("ours")
    }

    /// Ours too, for what comes over https.
    pub(crate) fn far(&self) -> PathBuf {
        self.dir.path().join("far")
    }

    pub(crate) fn draft(&self) -> PathBuf {
        self.dir.path().join("draft")
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.church().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Writes recordings of 100 kB, and a list of them.
    pub(crate) fn offer(&self, names: &[&str]) {
        for (at, name) in names.iter().enumerate() {
            self.write(&format!("audio/{name}"), noise(at as u64 + 1, 100_000));
        }
        self.write("data.json", list_of(names));
    }

    pub(crate) fn push(&self) -> String {
        git(&self.church(), &["add", "--all"]);
        git(&self.church(), &["commit", "--quiet", "--allow-empty", "--message=Services"]);
        git(&self.church(), &["push", "--quiet", "--force", "../line.git", "HEAD"]);
        git(&self.church(), &["rev-parse", "HEAD"])
    }

    pub(crate) fn server(&self) -> Server {
        Server::start(self.dir.path(), Kind::Good)
    }

    pub(crate) fn on_disk(&self) -> Git {
        Git::new(settings(self.line().to_str().unwrap()), &self.ours())
    }

    pub(crate) fn over_https(&self, server: &Server) -> Git {
        Git::new(trusting(server, &server.address("line.git")), &self.far())
    }

    pub(crate) fn fetched(&self, git: &mut Git, item: &Item) -> Result<Vec<u8>, Fault> {
        let path = wait(git.fetch(item, &self.draft(), &mut |_, _| ()))?;
        Ok(fs::read(path).unwrap())
    }
}

pub(crate) fn settings(address: &str) -> GitSettings {
    GitSettings::new(Address::new(address, Network::Private).unwrap())
}

pub(crate) fn trusting(server: &Server, address: &str) -> GitSettings {
    GitSettings { authorities: Some(server.authority.clone()), ..settings(address) }
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) fn listed(git: &mut Git) -> Result<Arc<Listing>, Fault> {
    wait(git.list(&TimeZone::get("Europe/London").unwrap()))
}

/// How many bytes lie in a folder.
pub(crate) fn size(folder: &Path) -> u64 {
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => size(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    };
    fs::read_dir(folder).into_iter().flatten().flatten().map(of).sum()
}
