//! A website's podcast feed as an origin, with the pages that it goes on to.
//!
//! A length that a feed states is a hint: WordPress often has it wrong. No recording is refused by it; the
//! server's own length, a full decoding and the duration decide. A changed hint changes the mark, so that
//! the file is looked at again.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dial_core::catalogue::chapters::MAX_CHAPTERS_FILE;
use dial_core::catalogue::feed::{self, Next, Page};
use dial_core::catalogue::{Defect, FileName, Gravity};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::Url;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::{Item, Listing, Origin, Progress, Seen, Wait, content};
use crate::fault::{Fault, FaultKind};
use crate::http::{AddressError, Answer, Ask, Client, Credentials, Document, Validators};

/// What a feed may take, where nothing else is set.
pub const USUAL: Bounds = Bounds { items: 200, pages: 20 };

/// How far a feed is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// So many recordings, the newest first.
    pub items: usize,
    /// So many pages.
    pub pages: usize,
}

/// A website's podcast feed.
pub struct Feed {
    client: Client,
    address: Url,
    credentials: Option<Credentials>,
    bounds: Bounds,
    /// What tells whether the first page has changed.
    validators: Validators,
    last: Option<Arc<Listing>>,
    clock: Option<Timestamp>,
}

impl Feed {
    /// The feed at an address, which the client's policy must allow. Nothing is asked yet.
    pub fn new(
        client: Client,
        address: &str,
        credentials: Option<Credentials>,
        bounds: Bounds,
    ) -> Result<Self, AddressError> {
        let address = client.policy().page(address)?;
        let validators = Validators::default();
        Ok(Self { client, address, credentials, bounds, validators, last: None, clock: None })
    }

    async fn listing(&mut self, zone: &TimeZone) -> Result<Arc<Listing>, Fault> {
        let known = self.last.as_ref().map(|_| &self.validators);
        let answer = self.client.get(&self.ask(&self.address, known)).await?;
        self.clock = answer.date();
        let (first, last) = match (answer, &self.last) {
            (Answer::Unchanged { .. }, Some(last)) => return Ok(last.clone()),
            (Answer::Unchanged { .. }, None) => return Err(fault(&self.address, FaultKind::NoContent)),
            (Answer::Document(first), last) => (first, last.clone()),
        };
        let validators = first.validators.clone();
        let listing = self.pages(*first, zone).await?;
        self.validators = validators;
        match last {
            // A feed may be written anew without that anything in it has changed.
            Some(last) if listing == *last => Ok(last),
            _ => Ok(self.last.insert(Arc::new(listing)).clone()),
        }
    }

    fn ask<'a>(&'a self, url: &'a Url, known: Option<&'a Validators>) -> Ask<'a> {
        // What a feed names may lie elsewhere, and nobody there is to see how we are let in here.
        let credentials = self.credentials.as_ref().filter(|_| url.origin() == self.address.origin());
        Ask { url, credentials, known, cap: self.client.policy().max_feed, stated: None }
    }

    fn place(&self, item: &Item) -> Result<Url, Fault> {
        Url::parse(&item.place).map_err(|_| fault(&self.address, FaultKind::Missing))
    }

    /// Follows a feed from its first page. A page that fails, fails the list: a part of it is none.
    async fn pages(&self, first: Document, zone: &TimeZone) -> Result<Listing, Fault> {
        let (page, mut defects) = read(&first, zone)?;
        let (church_name, changed_at) = (page.church_name.clone(), page.changed_at);
        let mut items = Items::new(self.bounds.items);
        items.take(&page, &first.address, &mut defects);
        let mut next = self.next(&page.next, &first.address, 2)?;
        for number in 2..=self.bounds.pages {
            let Some(address) = next.take().filter(|_| !items.full()) else { break };
            let answer = match self.client.get(&self.ask(&address, None)).await {
                // So WordPress says that there are no more.
                Err(Fault { kind: FaultKind::Missing, .. }) => break,
                Ok(Answer::Unchanged { .. }) => return Err(fault(&address, FaultKind::NoContent)),
                Ok(Answer::Document(document)) => *document,
                Err(fault) => return Err(fault),
            };
            let (page, more) = read(&answer, zone)?;
            defects.extend(more);
            // A site that does not know of pages sends its first again.
            if items.take(&page, &answer.address, &mut defects) == 0 {
                break;
            }
            next = self.next(&page.next, &answer.address, number + 1)?;
        }
        Ok(Listing { church_name, items: items.taken, changed_at, defects })
    }

    /// The address of a page, counted from 1.
    fn next(&self, next: &Next, here: &Url, number: usize) -> Result<Option<Url>, Fault> {
        let there = match next {
            Next::Nowhere => return Ok(None),
            Next::At(address) => here.join(address).map_err(|_| fault(here, FaultKind::Garbled))?,
            Next::Paged => {
                let mut there = self.address.clone();
                let kept: Vec<(String, String)> =
                    there.query_pairs().into_owned().filter(|(key, _)| key != "paged").collect();
                there.query_pairs_mut().clear().extend_pairs(kept).append_pair("paged", &number.to_string());
                there
            }
        };
        match (here.scheme(), there.scheme()) {
            (_, "https") | ("http", "http") => Ok(Some(there)),
            ("https", "http") => Err(fault(here, FaultKind::Downgrade)),
            _ => Err(fault(here, FaultKind::Garbled)),
        }
    }
}

impl Origin for Feed {
    fn list<'a>(&'a mut self, zone: &'a TimeZone) -> Wait<'a, Result<Arc<Listing>, Fault>> {
        let slow = fault(&self.address, FaultKind::Slow);
        let wait = self.client.policy().visit();
        Box::pin(async move { timeout(wait, self.listing(zone)).await.unwrap_or(Err(slow)) })
    }

    fn clock(&self) -> Option<Timestamp> {
        self.clock
    }

    fn inspect<'a>(&'a mut self, item: &'a Item) -> Wait<'a, Result<Option<Seen>, Fault>> {
        Box::pin(async move {
            let address = self.place(item)?;
            self.client.inspect(&self.ask(&address, None)).await
        })
    }

    fn chapters<'a>(&'a mut self, item: &'a Item) -> Wait<'a, Result<Option<Vec<u8>>, Fault>> {
        Box::pin(async move {
            let Some(address) = item.chapters_at.as_deref().and_then(|at| Url::parse(at).ok()) else {
                return Ok(None);
            };
            match self.client.get(&Ask { cap: MAX_CHAPTERS_FILE, ..self.ask(&address, None) }).await? {
                Answer::Document(document) => Ok(Some(document.bytes)),
                Answer::Unchanged { .. } => Ok(None),
            }
        })
    }

    fn fetch<'a>(
        &'a mut self,
        item: &'a Item,
        draft: &'a Path,
        progress: Progress<'a>,
    ) -> Wait<'a, Result<PathBuf, Fault>> {
        Box::pin(async move {
            let address = self.place(item)?;
            let ask = Ask { cap: self.client.policy().max_audio, ..self.ask(&address, None) };
            self.client.download(&ask, draft, progress).await?;
            content::recording(draft, item, address.host_str().unwrap_or_default())
        })
    }
}

fn read(answer: &Document, zone: &TimeZone) -> Result<(Page, Vec<Defect>), Fault> {
    let reading = Page::read(&answer.bytes, zone);
    match reading.page {
        Some(page) => Ok((page, reading.defects)),
        None => Err(fault(&answer.address, FaultKind::List(reading.defects))),
    }
}

fn fault(address: &Url, kind: FaultKind) -> Fault {
    Fault::new(kind, address.host_str().unwrap_or_default())
}

/// The items of all pages, each once.
struct Items {
    taken: Vec<Item>,
    places: HashMap<FileName, String>,
    max: usize,
}

impl Items {
    fn new(max: usize) -> Self {
        Self { taken: Vec::new(), places: HashMap::new(), max }
    }

    fn full(&self) -> bool {
        self.taken.len() >= self.max
    }

    /// Takes a page's items; returns how many of them are new.
    fn take(&mut self, page: &Page, here: &Url, defects: &mut Vec<Defect>) -> usize {
        let before = self.taken.len();
        for item in &page.items {
            if self.full() {
                break;
            }
            let Some(place) = place(&item.address, here) else {
                defects.push(ignored(&item.address, "is no address", "correct the address of the enclosure"));
                continue;
            };
            match self.places.get(&item.entry.file) {
                // A page moves on by one when a recording is published while we read.
                Some(known) if *known == place => {}
                Some(known) => {
                    let what = format!("has the same GUID as {known}");
                    defects.push(ignored(&place, &what, "give each item a GUID of its own"));
                }
                None => {
                    self.places.insert(item.entry.file.clone(), place.clone());
                    self.taken.push(listed(item, place, here));
                }
            }
        }
        self.taken.len() - before
    }
}

fn ignored(place: &str, what: &str, remedy: &str) -> Defect {
    Defect { gravity: Gravity::Ignored, place: place.into(), what: what.into(), remedy: remedy.into() }
}

fn listed(item: &feed::Item, place: String, here: &Url) -> Item {
    let mark = mark(item, &place);
    Item {
        entry: item.entry.clone(),
        place,
        mark: Some(mark),
        len: item.len,
        sha256: item.sha256,
        duration_ms: item.duration_ms,
        chapters_at: item.chapters_at.as_deref().and_then(|address| self::place(address, here)),
    }
}

/// The address of an enclosure. A site that is read over https has its own files there as well, though old
/// posts still say http.
fn place(address: &str, here: &Url) -> Option<String> {
    let mut place = here.join(address).ok()?;
    if !matches!(place.scheme(), "http" | "https") {
        return None;
    }
    let same = bare(&place) == bare(here) && place.port().is_none();
    if here.scheme() == "https" && place.scheme() == "http" && same {
        place.set_scheme("https").ok()?;
    }
    Some(place.into())
}

fn bare(address: &Url) -> &str {
    let host = address.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

/// What a feed tells of a file: GUID, length and address, so that a replaced file is seen where it is told.
fn mark(item: &feed::Item, place: &str) -> String {
    let guid = item.guid.as_deref().unwrap_or_default();
    let mut hash = Sha256::new_with_prefix(format!("{guid}\n{}\n{place}", item.len.unwrap_or_default()));
    if let Some(chapters_at) = &item.chapters_at {
        hash.update(format!("\n{chapters_at}"));
    }
    let hash = hash.finalize();
    hash.iter().take(16).fold(String::new(), |mut mark, byte| {
        let _written = write!(mark, "{byte:02x}");
        mark
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Policy, Surroundings};

    #[test]
    fn files_of_the_same_site_are_fetched_over_https_where_the_feed_is() {
        let place = |address: &str| place(address, &Url::parse("https://www.a.example/feed/").unwrap());
        let table = [
            ("http://a.example/1.mp3", "https://a.example/1.mp3"),
            ("//cdn.example/a b.mp3", "https://cdn.example/a%20b.mp3"),
            ("../1.mp3", "https://www.a.example/1.mp3"),
            ("http://cdn.example/1.mp3", "http://cdn.example/1.mp3"),
            ("http://a.example:8080/1.mp3", "http://a.example:8080/1.mp3"),
        ];
        for (address, expected) in table {
            assert_eq!(place(address).as_deref(), Some(expected));
        }
        assert_eq!((place("http://"), place("ftp://a.example/1.mp3")), (None, None));
    }

    #[test]
    fn a_feed_that_goes_on_over_http_is_not_followed() {
        let here = Url::parse("https://a.example/feed/?x=1&paged=7").unwrap();
        let client = Client::new(Policy::default(), Surroundings::default());
        let feed = Feed::new(client, here.as_str(), None, USUAL).unwrap();
        let next = |next| feed.next(&next, &here, 2).map(|next| next.map(String::from));
        assert_eq!(next(Next::Paged), Ok(Some("https://a.example/feed/?x=1&paged=2".into())));
        assert_eq!(next(Next::Nowhere), Ok(None));
        let downgraded = next(Next::At("http://a.example/feed/2".into())).map_err(|fault| fault.kind);
        assert_eq!(downgraded, Err(FaultKind::Downgrade));
    }

    #[test]
    fn a_replaced_file_has_another_mark_as_far_as_the_feed_tells() {
        let text = "<rss><channel><title>A</title><item><guid>1</guid>\
            <enclosure url='a.mp3' length='9' type='audio/mpeg'/></item></channel></rss>";
        let read = |text: &str| Page::read(text.as_bytes(), &TimeZone::UTC).page.unwrap().items.remove(0);
        let first = mark(&read(text), "https://a.example/a.mp3");
        assert_eq!(
            first,
            mark(&read(&text.replace("<guid>", "<title>T</title><guid>")), "https://a.example/a.mp3")
        );
        assert_ne!(first, mark(&read(&text.replace("'9'", "'8'")), "https://a.example/a.mp3"));
        assert_ne!(first, mark(&read(text), "https://a.example/b.mp3"));
    }
}
