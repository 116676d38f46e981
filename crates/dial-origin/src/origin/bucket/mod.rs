//! A bucket that speaks S3, with a folder in it that holds `data.json` and `audio/`.
//!
//! It signs and reads; what to do about a fault is for others to decide. It tries nothing twice: whoever
//! asks it knows when to ask again.

mod credentials;
mod wire;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dial_core::catalogue::Entry;
use futures_util::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Key;
use object_store::{
    Attribute, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig,
};
use reqwest::Url;
use tokio::time::timeout;

use self::credentials::Credentials;
use self::wire::{Clock, Wire, fault_of};
use super::{Item, Listing, Origin, Progress, Wait, content};
use crate::fault::{Fault, FaultKind};
use crate::http::{AddressError, Begun, Client, Draft, Policy, unpack};

/// Objects beyond so many are not looked at.
const MAX_OBJECTS: usize = 20_000;

/// Where a bucket is, and how it is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its name.
    pub bucket: String,
    /// The folder in it that holds `data.json` and `audio/`; empty for the bucket itself.
    pub folder: String,
    /// Its region, such as `eu-west-2`; most servers other than Amazon's want `us-east-1` or `auto`.
    pub region: String,
    /// The address of the server, without the bucket; none for Amazon's own.
    pub endpoint: Option<String>,
    /// Where the bucket's name stands in an address.
    pub addressing: Addressing,
    /// A file in the form of `~/.aws/credentials`; none for a bucket that everybody may read.
    pub credentials: Option<PathBuf>,
}

/// Where a bucket's name stands in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressing {
    /// Behind the host: `https://host/bucket/`. Every server understands it.
    Path,
    /// In the host: `https://bucket.host/`.
    Host,
}

/// A bucket that speaks S3.
pub struct Bucket {
    way: Way,
    policy: Policy,
    folder: String,
    host: String,
    store: Option<Arc<dyn ObjectStore>>,
    /// The list as it came last, so that it is fetched again only when it changes.
    list: Option<List>,
    last: Option<Arc<Listing>>,
    clock: Arc<Clock>,
}

/// How the store is made anew, once its credentials are refused.
enum Way {
    Server {
        settings: Box<Settings>,
        /// With the bucket in its host, if it stands there.
        endpoint: Url,
        client: Arc<Client>,
    },
    Given,
}

struct List {
    bytes: Vec<u8>,
    etag: Option<String>,
    changed_at: Option<Timestamp>,
}

impl Bucket {
    /// A bucket that is spoken to with a client, whose policy must allow its server. Nothing is read or asked yet.
    pub fn new(settings: Settings, client: Client) -> Result<Self, AddressError> {
        let policy = client.policy().clone();
        let endpoint = endpoint(&settings, &policy)?;
        let (folder, host) = (bare(&settings.folder), endpoint.host_str().unwrap_or_default().to_owned());
        let way = Way::Server { settings: Box::new(settings), endpoint, client: Arc::new(client) };
        let (store, list, last, clock) = (None, None, None, Arc::default());
        Ok(Self { way, policy, folder, host, store, list, last, clock })
    }

    /// A folder in any store of objects; `host` is what faults call it.
    pub fn over(store: Arc<dyn ObjectStore>, folder: &str, host: &str) -> Self {
        let (folder, host, policy) = (bare(folder), host.to_owned(), Policy::default());
        let (way, store, list, last, clock) = (Way::Given, Some(store), None, None, Arc::default());
        Self { way, policy, folder, host, store, list, last, clock }
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault::new(kind, &self.host)
    }

    fn failed(&self, error: &object_store::Error) -> Fault {
        fault_of(error, &self.host)
    }

    fn disk(&self, error: &io::Error) -> Fault {
        self.fault(FaultKind::Disk(error.to_string()))
    }

    fn key(&self, name: &str) -> Result<Key, Fault> {
        let slash = if self.folder.is_empty() { "" } else { "/" };
        let key = format!("{}{slash}{name}", self.folder);
        Key::parse(&key).map_err(|error| self.fault(FaultKind::Missing).with_detail(error.to_string()))
    }

    fn store(&mut self) -> Result<Arc<dyn ObjectStore>, Fault> {
        if let (None, Way::Server { settings, endpoint, client }) = (&self.store, &self.way) {
            let (client, host, clock) = (Arc::clone(client), self.host.clone(), Arc::clone(&self.clock));
            let wire = Wire { client, host, clock };
            self.store = Some(open(settings, endpoint, wire)?);
        }
        self.store.clone().ok_or_else(|| self.fault(FaultKind::Forbidden))
    }

    async fn listing(&mut self, zone: &TimeZone) -> Result<Arc<Listing>, Fault> {
        let store = self.store()?;
        let list = self.read_list(&*store).await;
        if matches!(&list, Err(fault) if fault.kind == FaultKind::Forbidden)
            && matches!(self.way, Way::Server { .. })
        {
            // The file may hold new credentials the next time.
            self.store = None;
        }
        list?;
        let Some(list) = &self.list else { return Err(self.fault(FaultKind::NoContent)) };
        let (manifest, defects) = content::list(&list.bytes, zone).map_err(|kind| self.fault(kind))?;
        let changed_at = list.changed_at;
        let stamps = self.stamps(&*store, &manifest.entries).await?;
        let items = manifest.entries.into_iter().map(|entry| self.item(entry, &stamps));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        let church_name = manifest.church_name;
        let listing = Listing { church_name, items, changed_at, defects };
        match &self.last {
            Some(last) if listing == **last => Ok(last.clone()),
            _ => Ok(self.last.insert(Arc::new(listing)).clone()),
        }
    }

    /// Fetches the list, unless it is the one that we have.
    async fn read_list(&mut self, store: &dyn ObjectStore) -> Result<(), Fault> {
        let if_none_match = self.list.as_ref().and_then(|list| list.etag.clone());
        let options = GetOptions { if_none_match, ..GetOptions::default() };
        let answer = match store.get_opts(&self.key("data.json")?, options).await {
            Err(object_store::Error::NotModified { .. }) if self.list.is_some() => return Ok(()),
            answer => answer.map_err(|error| self.failed(&error))?,
        };
        let (cap, coding) = (self.policy.max_list, coding(&answer));
        if answer.meta.size > cap {
            return Err(self.fault(FaultKind::TooLarge(cap)));
        }
        let etag = answer.meta.e_tag.clone();
        let changed_at = Timestamp::from_second(answer.meta.last_modified.timestamp()).ok();
        let size = answer.meta.size;
        let mut bytes = Vec::new();
        let mut parts = answer.into_stream();
        while let Some(part) = parts.next().await {
            bytes.extend_from_slice(&part.map_err(|error| self.failed(&error))?);
            if bytes.len() as u64 > cap {
                return Err(self.fault(FaultKind::TooLarge(cap)));
            }
        }
        if bytes.len() as u64 != size {
            return Err(self.fault(FaultKind::WrongLength { stated: size, came: bytes.len() as u64 }));
        }
        let bytes = unpack(&coding, bytes, cap).map_err(|kind| self.fault(kind))?;
        if bytes.is_empty() {
            return Err(self.fault(FaultKind::NoContent));
        }
        self.list = Some(List { bytes, etag, changed_at });
        Ok(())
    }

    /// What the bucket says of the recordings, by key.
    async fn stamps(
        &self,
        store: &dyn ObjectStore,
        entries: &[Entry],
    ) -> Result<HashMap<String, ObjectMeta>, Fault> {
        let by_key = |meta: ObjectMeta| (meta.location.as_ref().to_owned(), meta);
        let listed =
            store.list(Some(&self.key("audio")?)).take(MAX_OBJECTS).map_ok(by_key).try_collect().await;
        let fault = match listed {
            Ok(stamps) => return Ok(stamps),
            Err(error) => self.failed(&error),
        };
        // Whoever may read objects may not always list them: then they are asked for one by one.
        if fault.kind != FaultKind::Forbidden {
            return Err(fault);
        }
        let mut stamps = HashMap::new();
        for entry in entries {
            match store.head(&self.key(&format!("audio/{}", entry.file.as_str()))?).await {
                Ok(meta) => {
                    stamps.insert(meta.location.as_ref().to_owned(), meta);
                }
                Err(error) => match self.failed(&error) {
                    // S3 says that something missing is forbidden to whoever may not list.
                    Fault { kind: FaultKind::Missing | FaultKind::Forbidden, .. } => {}
                    fault => return Err(fault),
                },
            }
        }
        Ok(stamps)
    }

    fn item(&self, entry: Entry, stamps: &HashMap<String, ObjectMeta>) -> Result<Item, Fault> {
        let place = self.key(&format!("audio/{}", entry.file.as_str()))?.as_ref().to_owned();
        let stamp = stamps.get(&place);
        let (mark, len) = (stamp.map(mark), stamp.map(|stamp| stamp.size));
        Ok(Item { entry, place, mark, len, sha256: None, duration_ms: None, chapters_at: None })
    }

    async fn download(&mut self, item: &Item, path: &Path, progress: Progress<'_>) -> Result<PathBuf, Fault> {
        let draft = Draft::new(path, &format!("{}/{}", self.host, item.place));
        if let Err(fault) = self.receive_into(item, &draft, progress).await {
            draft.give_up(&fault.kind);
            return Err(fault);
        }
        content::recording(path, item, &self.host)
    }

    async fn receive_into(
        &mut self,
        item: &Item,
        draft: &Draft,
        progress: Progress<'_>,
    ) -> Result<(), Fault> {
        let store = self.store()?;
        let key = Key::parse(&item.place)
            .map_err(|error| self.fault(FaultKind::Missing).with_detail(error.to_string()))?;
        let (answer, start) = self.open_object(&*store, &key, draft.begun()).await?;
        let (size, cap) = (answer.meta.size, self.policy.max_audio);
        match size {
            0 => return Err(self.fault(FaultKind::NoContent)),
            size if size > cap => return Err(self.fault(FaultKind::TooLarge(cap))),
            _ if !matches!(&*coding(&answer), "" | "identity") => {
                return Err(self.fault(FaultKind::BadEncoding));
            }
            _ => {}
        }
        let tag = answer.meta.e_tag.as_deref().filter(|tag| !tag.starts_with("W/"));
        let file = if start > 0 { draft.go_on() } else { draft.begin(tag) };
        let mut file = BufWriter::new(file.map_err(|error| self.disk(&error))?);
        let came = self.receive(answer, start, &mut file, progress).await;
        let kept = file.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all());
        let came = came?;
        kept.map_err(|error| self.disk(&error))?;
        if came != size {
            return Err(self.fault(FaultKind::WrongLength { stated: size, came }));
        }
        draft.forget().map_err(|error| self.disk(&error))
    }

    /// Asks for an object, from where an earlier attempt stopped if it is still the same object.
    async fn open_object(
        &self,
        store: &dyn ObjectStore,
        key: &Key,
        begun: Option<Begun>,
    ) -> Result<(GetResult, u64), Fault> {
        if let Some(Begun { len, etag }) = begun {
            let range = Some(GetRange::Offset(len));
            let options = GetOptions { if_match: Some(etag), range, ..GetOptions::default() };
            match store.get_opts(key, options).await {
                Ok(rest) if rest.range.start == len => return Ok((rest, len)),
                // It is another object now, or shorter: from the beginning it may still be had.
                Ok(_) => {}
                Err(error) => match self.failed(&error) {
                    Fault { kind: FaultKind::Status(412 | 416) | FaultKind::Garbled, .. } => {}
                    fault => return Err(fault),
                },
            }
        }
        Ok((store.get(key).await.map_err(|error| self.failed(&error))?, 0))
    }

    async fn receive(
        &self,
        answer: GetResult,
        start: u64,
        file: &mut BufWriter<File>,
        progress: Progress<'_>,
    ) -> Result<u64, Fault> {
        let size = answer.meta.size;
        let mut parts = answer.into_stream();
        let mut came = start;
        progress(came, Some(size));
        while let Some(part) = parts.next().await {
            let part = part.map_err(|error| self.failed(&error))?;
            file.write_all(&part).map_err(|error| self.disk(&error))?;
            came += part.len() as u64;
            progress(came, Some(size));
        }
        Ok(came)
    }
}

impl Origin for Bucket {
    fn list<'a>(&'a mut self, zone: &'a TimeZone) -> Wait<'a, Result<Arc<Listing>, Fault>> {
        let slow = self.fault(FaultKind::Slow);
        let wait = self.policy.bucket();
        Box::pin(async move { timeout(wait, self.listing(zone)).await.unwrap_or(Err(slow)) })
    }

    fn clock(&self) -> Option<Timestamp> {
        self.clock.told()
    }

    fn fetch<'a>(
        &'a mut self,
        item: &'a Item,
        draft: &'a Path,
        progress: Progress<'a>,
    ) -> Wait<'a, Result<PathBuf, Fault>> {
        Box::pin(self.download(item, draft, progress))
    }
}

/// What changes when an object does: its entity tag (RFC 9110, section 8.8.3), else its time and length.
fn mark(meta: &ObjectMeta) -> String {
    meta.e_tag.clone().unwrap_or_else(|| format!("{}+{}", meta.last_modified.timestamp_millis(), meta.size))
}

/// How the bytes of an object are packed. Some servers still say `aws-chunked`, which is only how it was uploaded.
fn coding(answer: &GetResult) -> String {
    let stated = answer.attributes.get(&Attribute::ContentEncoding).map_or("", |coding| coding.as_ref());
    let codings = stated.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked");
    codings.collect::<Vec<_>>().join(",")
}

fn bare(folder: &str) -> String {
    folder.trim_matches('/').to_owned()
}

fn endpoint(settings: &Settings, policy: &Policy) -> Result<Url, AddressError> {
    let mut endpoint = match &settings.endpoint {
        Some(endpoint) => policy.address(endpoint)?,
        None => policy.address(&format!("https://s3.{}.amazonaws.com", settings.region))?,
    };
    if settings.addressing == Addressing::Host {
        let host = format!("{}.{}", settings.bucket, endpoint.host_str().unwrap_or_default());
        endpoint.set_host(Some(&host)).map_err(|_| AddressError::Unreadable)?;
    }
    Ok(endpoint)
}

fn open(settings: &Settings, endpoint: &Url, wire: Wire) -> Result<Arc<dyn ObjectStore>, Fault> {
    let retry_timeout = wire.client.policy().bucket();
    let retry = RetryConfig { max_retries: 0, retry_timeout, ..RetryConfig::default() };
    let host = wire.host.clone();
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&settings.bucket)
        .with_region(&settings.region)
        .with_virtual_hosted_style_request(settings.addressing == Addressing::Host)
        .with_endpoint(endpoint.as_str().trim_end_matches('/'))
        .with_allow_http(endpoint.scheme() == "http")
        .with_retry(retry)
        .with_http_connector(wire);
    builder = match &settings.credentials {
        None => builder.with_skip_signature(true),
        Some(path) => {
            let credentials = Credentials::read(path).map_err(|error| {
                Fault::new(FaultKind::Folder(error.to_string()), path.display().to_string())
            })?;
            let builder =
                builder.with_access_key_id(credentials.id).with_secret_access_key(credentials.secret);
            match credentials.token {
                Some(token) => builder.with_token(token),
                None => builder,
            }
        }
    };
    let store = builder.build();
    let store = store.map_err(|error| Fault::new(FaultKind::Garbled, host).with_detail(error.to_string()))?;
    Ok(Arc::new(store))
}
