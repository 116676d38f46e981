//! A bucket that speaks S3, with a folder in it that holds `data.json` and `audio/`.
//!
//! It signs and reads; what to do about a fault is for others to decide. It tries nothing twice: whoever
//! asks it knows when to ask again.

mod credentials;
mod wire;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dial_core::catalogue::{Entry, Manifest};
use futures_util::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Key;
use object_store::{GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig};
use tokio::time::timeout;

use self::credentials::Credentials;
use self::wire::{Clock, Wire, fault_of};
use super::{Item, Listing, Origin, Progress, Wait};
use crate::fault::{Fault, FaultKind};

/// The largest list, in bytes.
const MAX_LIST: u64 = 2_000_000;
/// The largest recording, in bytes.
const MAX_AUDIO: u64 = 500_000_000;
/// Objects beyond so many are not looked at.
const MAX_OBJECTS: usize = 20_000;
/// Bucket and folder have to be listed within this.
const LIST_WAIT: Duration = Duration::from_secs(20);
/// The slowest speed at which a recording may come, in bytes for each second, and the least time it has.
const MIN_SPEED: u64 = 32_000;
const MIN_WAIT: Duration = Duration::from_mins(1);
/// The longest time in which nothing comes.
const IDLE_WAIT: Duration = Duration::from_secs(30);

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
    folder: String,
    host: String,
    store: Option<Arc<dyn ObjectStore>>,
    /// The list as it came last, so that it is fetched again only when it changes.
    list: Option<List>,
    last: Option<Arc<Listing>>,
    /// The draft that was begun last, and the mark of what it is a part of.
    begun: Option<(PathBuf, String)>,
}

/// How the store is made anew, once its credentials are refused.
enum Way {
    Settings(Settings, reqwest::Client),
    Given,
}

struct List {
    bytes: Vec<u8>,
    etag: Option<String>,
    changed_at: Option<Timestamp>,
    clock: Option<Timestamp>,
}

impl Bucket {
    /// A bucket that is spoken to with a client. Nothing is read or asked yet.
    pub fn new(settings: Settings, client: reqwest::Client) -> Self {
        let host = match &settings.endpoint {
            Some(endpoint) => {
                let bare = endpoint.split_once("://").map_or(endpoint.as_str(), |(_, bare)| bare);
                bare.split('/').next().unwrap_or_default().to_owned()
            }
            None => format!("{}.s3.{}.amazonaws.com", settings.bucket, settings.region),
        };
        let folder = settings.folder.trim_matches('/').to_owned();
        Self {
            way: Way::Settings(settings, client),
            folder,
            host,
            store: None,
            list: None,
            last: None,
            begun: None,
        }
    }

    /// A folder in any store of objects; `host` is what faults call it.
    pub fn over(store: Arc<dyn ObjectStore>, folder: &str, host: &str) -> Self {
        let folder = folder.trim_matches('/').to_owned();
        let host = host.to_owned();
        Self { way: Way::Given, folder, host, store: Some(store), list: None, last: None, begun: None }
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
        if let (None, Way::Settings(settings, client)) = (&self.store, &self.way) {
            self.store = Some(open(settings, client.clone(), &self.host)?);
        }
        self.store.clone().ok_or_else(|| self.fault(FaultKind::Forbidden))
    }

    async fn listing(&mut self, zone: &TimeZone) -> Result<Arc<Listing>, Fault> {
        let store = self.store()?;
        let list = self.read_list(&*store).await;
        if matches!(&list, Err(fault) if fault.kind == FaultKind::Forbidden)
            && matches!(self.way, Way::Settings(..))
        {
            // The file may hold new credentials the next time.
            self.store = None;
        }
        list?;
        let Some(list) = &self.list else { return Err(self.fault(FaultKind::NoContent)) };
        let reading = Manifest::read(&list.bytes, zone);
        let Some(manifest) = reading.manifest else {
            return Err(self.fault(FaultKind::List(reading.defects)));
        };
        let (changed_at, clock) = (list.changed_at, list.clock);
        let stamps = self.stamps(&*store, &manifest.entries).await?;
        let items = manifest.entries.into_iter().map(|entry| self.item(entry, &stamps));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        let church_name = manifest.church_name;
        let listing = Listing { church_name, items, changed_at, clock, defects: reading.defects };
        match &self.last {
            // The clock goes on without that anything has changed.
            Some(last) if Listing { clock: last.clock, ..listing.clone() } == **last => Ok(last.clone()),
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
        if answer.meta.size > MAX_LIST {
            return Err(self.fault(FaultKind::TooLarge(MAX_LIST)));
        }
        let clock = answer.extensions.get::<Clock>().map(|clock| clock.0);
        let etag = answer.meta.e_tag.clone();
        let changed_at = Timestamp::from_second(answer.meta.last_modified.timestamp()).ok();
        let size = answer.meta.size;
        let mut bytes = Vec::new();
        let mut parts = answer.into_stream();
        while let Some(part) = parts.next().await {
            bytes.extend_from_slice(&part.map_err(|error| self.failed(&error))?);
            if bytes.len() as u64 > MAX_LIST {
                return Err(self.fault(FaultKind::TooLarge(MAX_LIST)));
            }
        }
        if bytes.len() as u64 != size {
            return Err(self.fault(FaultKind::WrongLength { stated: size, came: bytes.len() as u64 }));
        }
        self.list = Some(List { bytes, etag, changed_at, clock });
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
        Ok(Item { entry, place, mark, len, sha256: None, duration_ms: None })
    }

    async fn download(
        &mut self,
        item: &Item,
        draft: &Path,
        progress: Progress<'_>,
    ) -> Result<PathBuf, Fault> {
        let store = self.store()?;
        let key = Key::parse(&item.place)
            .map_err(|error| self.fault(FaultKind::Missing).with_detail(error.to_string()))?;
        let (answer, start) = self.open_object(&*store, &key, draft).await?;
        let size = answer.meta.size;
        if size > MAX_AUDIO {
            return Err(self.fault(FaultKind::TooLarge(MAX_AUDIO)));
        }
        self.begun = answer.meta.e_tag.clone().map(|etag| (draft.to_owned(), etag));
        let file = if start > 0 { OpenOptions::new().append(true).open(draft) } else { File::create(draft) };
        let mut file = file.map_err(|error| self.disk(&error))?;
        let wait = MIN_WAIT.max(Duration::from_secs(size / MIN_SPEED));
        let came = timeout(wait, self.receive(answer, start, &mut file, progress)).await;
        let came = came.map_err(|_| self.fault(FaultKind::Slow))??;
        file.sync_all().map_err(|error| self.disk(&error))?;
        if came != size {
            return Err(self.fault(FaultKind::WrongLength { stated: size, came }));
        }
        self.begun = None;
        Ok(draft.to_owned())
    }

    /// Asks for an object, from where an earlier attempt stopped if it is still the same object.
    async fn open_object(
        &mut self,
        store: &dyn ObjectStore,
        key: &Key,
        draft: &Path,
    ) -> Result<(GetResult, u64), Fault> {
        let begun = self.begun.take().filter(|(path, _)| path == draft);
        let start = std::fs::metadata(draft).map_or(0, |meta| meta.len());
        if let (Some((_, etag)), 1..) = (begun, start) {
            let range = Some(GetRange::Offset(start));
            let options = GetOptions { if_match: Some(etag), range, ..GetOptions::default() };
            let rest = timeout(IDLE_WAIT, store.get_opts(key, options)).await;
            // Whatever the reason is: from the beginning it may still be had.
            if let Ok(Ok(rest)) = rest
                && rest.range.start == start
            {
                return Ok((rest, start));
            }
        }
        let whole = timeout(IDLE_WAIT, store.get(key)).await.map_err(|_| self.fault(FaultKind::NoAnswer))?;
        Ok((whole.map_err(|error| self.failed(&error))?, 0))
    }

    async fn receive(
        &self,
        answer: GetResult,
        start: u64,
        file: &mut File,
        progress: Progress<'_>,
    ) -> Result<u64, Fault> {
        let size = answer.meta.size;
        let mut parts = answer.into_stream();
        let mut came = start;
        loop {
            let part = timeout(IDLE_WAIT, parts.next()).await.map_err(|_| self.fault(FaultKind::Slow))?;
            let Some(part) = part else { return Ok(came) };
            let part = part.map_err(|error| self.failed(&error))?;
            file.write_all(&part).map_err(|error| self.disk(&error))?;
            came += part.len() as u64;
            progress(came, Some(size));
        }
    }
}

impl Origin for Bucket {
    fn list<'a>(&'a mut self, zone: &'a TimeZone) -> Wait<'a, Result<Arc<Listing>, Fault>> {
        let slow = self.fault(FaultKind::Slow);
        Box::pin(async move { timeout(LIST_WAIT, self.listing(zone)).await.unwrap_or(Err(slow)) })
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

fn open(settings: &Settings, client: reqwest::Client, host: &str) -> Result<Arc<dyn ObjectStore>, Fault> {
    let retry = RetryConfig { max_retries: 0, retry_timeout: LIST_WAIT, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&settings.bucket)
        .with_region(&settings.region)
        .with_virtual_hosted_style_request(settings.addressing == Addressing::Host)
        .with_retry(retry)
        .with_http_connector(Wire { client, host: host.to_owned() });
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
    }
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
