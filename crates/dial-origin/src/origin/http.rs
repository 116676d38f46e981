//! A web address with `data.json` and `audio/` under it: a website, a CDN, the raw files of a code host.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::Url;

use super::{Item, Listing, Origin, Progress, Seen, Wait, content};
use crate::fault::{Fault, FaultKind};
use crate::http::{AddressError, Answer, Ask, Client, Credentials, Document, Validators};

/// The list's name under the address.
const LIST: &str = "data.json";

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
        self.clock = answer.date();
        let document = match (answer, last) {
            (Answer::Unchanged { .. }, Some(last)) => return Ok(last.listing.clone()),
            (Answer::Unchanged { .. }, None) => return Err(Fault::new(FaultKind::NoContent, self.host())),
            (Answer::Document(document), _) => document,
        };
        let listing = match last.filter(|last| last.bytes == document.bytes) {
            Some(last) => last.listing.clone(),
            None => Arc::new(self.read(&document, zone).map_err(|kind| Fault::new(kind, self.host()))?),
        };
        let Document { bytes, validators, .. } = *document;
        self.last = Some(Last { bytes, validators, zone: zone.clone(), listing: listing.clone() });
        Ok(listing)
    }

    fn read(&self, document: &Document, zone: &TimeZone) -> Result<Listing, FaultKind> {
        let (manifest, defects) = content::list(&document.bytes, zone)?;
        let item = |entry: dial_core::catalogue::Entry| Item {
            place: self.url(["audio"].into_iter().chain(entry.file.as_str().split('/'))).into(),
            entry,
            mark: None,
            len: None,
            sha256: None,
            duration_ms: None,
            chapters_at: None,
        };
        Ok(Listing {
            church_name: manifest.church_name,
            items: manifest.entries.into_iter().map(item).collect(),
            changed_at: document.changed_at,
            defects,
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

    fn address(&self, item: &Item) -> Result<Url, Fault> {
        Url::parse(&item.place).map_err(|_| Fault::new(FaultKind::Garbled, self.host()))
    }

    fn ask<'a>(&'a self, url: &'a Url, item: &Item) -> Ask<'a> {
        Ask {
            url,
            credentials: self.credentials.as_ref().filter(|_| url.origin() == self.base.origin()),
            known: None,
            cap: self.client.policy().max_audio,
            stated: item.len,
        }
    }
}

impl Origin for Http {
    fn list<'a>(&'a mut self, zone: &'a TimeZone) -> Wait<'a, Result<Arc<Listing>, Fault>> {
        Box::pin(self.look(zone))
    }

    fn clock(&self) -> Option<Timestamp> {
        self.clock
    }

    fn inspect<'a>(&'a mut self, item: &'a Item) -> Wait<'a, Result<Option<Seen>, Fault>> {
        Box::pin(async move {
            let url = self.address(item)?;
            self.client.inspect(&self.ask(&url, item)).await
        })
    }

    fn fetch<'a>(
        &'a mut self,
        item: &'a Item,
        draft: &'a Path,
        progress: Progress<'a>,
    ) -> Wait<'a, Result<PathBuf, Fault>> {
        Box::pin(async move {
            let url = self.address(item)?;
            self.client.download(&self.ask(&url, item), draft, progress).await?;
            content::recording(draft, item, self.host())
        })
    }
}
