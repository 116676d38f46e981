//! A web address with `data.json` and `audio/` under it: a website, a CDN, the raw files of a code host.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dial_audio::decode::{DecodeError, Decoder};
use dial_core::catalogue::Manifest;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::Url;
use sha2::{Digest, Sha256};

use super::{Item, Listing, Origin, Progress, Wait};
use crate::fault::{Fault, FaultKind};
use crate::http::{AddressError, Answer, Ask, Client, Credentials, Document, Validators};

/// The list's name under the address.
const LIST: &str = "data.json";
/// Bytes of a recording that are read at once.
const BUFFER: usize = 128 * 1024;

/// A web address with `data.json` and `audio/` under it.
pub struct Http {
    client: Client,
    base: Url,
    credentials: Option<Credentials>,
    last: Option<Last>,
    clock: Option<Timestamp>,
}

/// The list as it came last.
struct Last {
    bytes: Vec<u8>,
    validators: Validators,
    zone: TimeZone,
    listing: Arc<Listing>,
}

impl Http {
    /// An origin at an address, which the client's policy must allow.
    pub fn new(
        client: Client,
        address: &str,
        credentials: Option<Credentials>,
    ) -> Result<Self, AddressError> {
        let base = client.policy().address(address)?;
        Ok(Self { client, base, credentials, last: None, clock: None })
    }

    /// What asks for it, and knows its certificates.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The host of its address.
    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    async fn look(&mut self, zone: &TimeZone) -> Result<Arc<Listing>, Fault> {
        let url = self.url([LIST]);
        let last = self.last.as_ref().filter(|last| last.zone == *zone);
        let ask = Ask {
            url: &url,
            credentials: self.credentials.as_ref(),
            known: last.map(|last| &last.validators),
            cap: self.client.policy().max_list,
            stated: None,
        };
        let answer = self.client.get(&ask).await?;
        let (Answer::Unchanged { date } | Answer::Document(Document { date, .. })) = &answer;
        self.clock = *date;
        let document = match (answer, last) {
            (Answer::Unchanged { .. }, Some(last)) => return Ok(last.listing.clone()),
            (Answer::Unchanged { .. }, None) => return Err(Fault::new(FaultKind::NoContent, self.host())),
            (Answer::Document(document), _) => document,
        };
        let listing = match last.filter(|last| last.bytes == document.bytes) {
            Some(last) => last.listing.clone(),
            None => Arc::new(self.read(&document, zone).map_err(|kind| Fault::new(kind, self.host()))?),
        };
        let Document { bytes, validators, .. } = document;
        self.last = Some(Last { bytes, validators, zone: zone.clone(), listing: listing.clone() });
        Ok(listing)
    }

    fn read(&self, document: &Document, zone: &TimeZone) -> Result<Listing, FaultKind> {
        let text = document.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&document.bytes).trim_ascii_start();
        if text.starts_with(b"<") {
            return Err(FaultKind::WrongContent("a web page instead of the list".into()));
        }
        if text.starts_with(b"version https://git-lfs") {
            return Err(FaultKind::LfsPointer);
        }
        let reading = Manifest::read(&document.bytes, zone);
        let Some(manifest) = reading.manifest else {
            return Err(FaultKind::List(reading.defects));
        };
        let item = |entry: dial_core::catalogue::Entry| Item {
            place: self.url(["audio"].into_iter().chain(entry.file.as_str().split('/'))).into(),
            entry,
            mark: None,
            len: None,
            sha256: None,
            duration_ms: None,
        };
        Ok(Listing {
            church_name: manifest.church_name,
            items: manifest.entries.into_iter().map(item).collect(),
            changed_at: document.changed_at,
            clock: document.date,
            defects: reading.defects,
        })
    }

    /// An address under the base; each part is encoded, so that `a?b#c.mp3` is a file's name too.
    fn url<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("Policy::address allows only http and https, which have a path")
            .pop_if_empty()
            .extend(parts);
        url
    }

    async fn bring(&self, item: &Item, draft: &Path, progress: Progress<'_>) -> Result<PathBuf, Fault> {
        let refuse = |kind| Fault::new(kind, self.host()).with_detail(item.entry.file.as_str());
        let url = Url::parse(&item.place).map_err(|_| refuse(FaultKind::Garbled))?;
        let ask = Ask {
            url: &url,
            credentials: self.credentials.as_ref().filter(|_| url.origin() == self.base.origin()),
            known: None,
            cap: self.client.policy().max_audio,
            stated: item.len,
        };
        self.client.download(&ask, draft, progress).await?;
        check(draft, item).map_err(|kind| {
            // It came whole, and is of no use; if it cannot be removed, the next attempt writes over it.
            let _ = fs::remove_file(draft);
            refuse(kind)
        })?;
        Ok(draft.into())
    }
}

impl Origin for Http {
    fn list<'a>(&'a mut self, zone: &'a TimeZone) -> Wait<'a, Result<Arc<Listing>, Fault>> {
        Box::pin(self.look(zone))
    }

    fn clock(&self) -> Option<Timestamp> {
        self.clock
    }

    fn fetch<'a>(
        &'a mut self,
        item: &'a Item,
        draft: &'a Path,
        progress: Progress<'a>,
    ) -> Wait<'a, Result<PathBuf, Fault>> {
        Box::pin(self.bring(item, draft, progress))
    }
}

/// Whether a file that came whole is the recording, as far as its first bytes and its hash tell.
fn check(path: &Path, item: &Item) -> Result<(), FaultKind> {
    let disk = |error: io::Error| FaultKind::Disk(error.to_string());
    let extension = Path::new(item.entry.file.as_str()).extension().and_then(|extension| extension.to_str());
    match Decoder::open(Box::new(File::open(path).map_err(disk)?), extension) {
        Ok(_) => {}
        Err(DecodeError::LfsPointer) => return Err(FaultKind::LfsPointer),
        Err(DecodeError::WebPage { .. }) => {
            return Err(FaultKind::WrongContent("a web page instead of the recording".into()));
        }
        Err(DecodeError::NotSound { start }) => {
            let what = format!("something else than a recording, which begins with `{start}`");
            return Err(FaultKind::WrongContent(what));
        }
        Err(DecodeError::Read(error)) => return Err(disk(error)),
        Err(error) => return Err(FaultKind::Sound(error.to_string())),
    }
    let same = match item.sha256 {
        Some(stated) => sha256(path).map_err(disk)? == stated,
        None => true,
    };
    let other = || FaultKind::Sound("it is not the one that the list means, for its SHA-256 differs".into());
    if same { Ok(()) } else { Err(other()) }
}

fn sha256(path: &Path) -> io::Result<[u8; 32]> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; BUFFER];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&buffer[..read]),
        }
    }
}
