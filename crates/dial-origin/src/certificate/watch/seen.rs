//! What hosts presented before, in one small file, so that a change is noticed across a restart.
//!
//! Only what stood the strict check is remembered: a stranger in between must not spoil the memory.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::certificate::Certificate;
use crate::disk::{self, RealDisk};

/// More hosts than this are not remembered; the one that was not seen for longest is forgotten.
const MAX_HOSTS: usize = 500;
/// More issuers than this of one host are not remembered.
const MAX_ISSUERS: usize = 8;
/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// What hosts presented before.
#[derive(Debug)]
pub(super) struct Seen {
    file: PathBuf,
    hosts: BTreeMap<String, Remembered>,
    changed: bool,
}

/// What one host presented before, on any address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    /// Organisations that issued its certificates, the latest last.
    issuers: Vec<String>,
    /// The latest beginning of a certificate.
    pub(super) newest: Timestamp,
    /// When it was seen last.
    at: Timestamp,
}

impl Remembered {
    /// The issuer before, if this one is not known.
    pub(super) fn other_issuer(&self, issuer: &str) -> Option<&str> {
        let known = self.issuers.iter().any(|known| known == issuer);
        self.issuers.last().filter(|_| !known).map(String::as_str)
    }
}

impl Seen {
    /// Reads the file. One that is missing or torn is an empty memory.
    pub(super) fn open(file: PathBuf) -> Self {
        let hosts = disk::read(&file, MAX_FILE).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Self { file, hosts: hosts.unwrap_or_default(), changed: false }
    }

    pub(super) fn of(&self, host: &str) -> Option<&Remembered> {
        self.hosts.get(host)
    }

    /// Remembers what a host presented at a moment.
    pub(super) fn add(&mut self, host: &str, certificate: &Certificate, at: Timestamp) {
        let issuer = certificate.organisation();
        let new = || Remembered { issuers: Vec::new(), newest: certificate.not_before, at };
        let host = self.hosts.entry(host.to_owned()).or_insert_with(new);
        host.issuers.retain(|known| known != issuer);
        host.issuers.push(issuer.to_owned());
        if host.issuers.len() > MAX_ISSUERS {
            host.issuers.remove(0);
        }
        host.newest = host.newest.max(certificate.not_before);
        host.at = at;
        self.changed = true;
        if self.hosts.len() > MAX_HOSTS {
            let oldest = self.hosts.iter().min_by_key(|(_, host)| host.at).map(|(name, _)| name.clone());
            oldest.map(|name| self.hosts.remove(&name));
        }
    }

    /// Puts it on the disk, if anything is new.
    pub(super) fn keep(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.changed) {
            return Ok(());
        }
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        disk::replace(&RealDisk, &self.file, &serde_json::to_vec(&self.hosts)?)
    }
}
