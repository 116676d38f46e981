//! A website's podcast feed (RSS 2.0, Atom), read as WordPress and its plugins really write it.
//!
//! Reading is total: whatever the bytes are, the answer is a page of a feed, or defects that name place and
//! remedy. It is `quick-xml` beneath, and no reader of whole feeds, because one broken item must not cost the
//! others, and because the hashes of Podcasting 2.0 are wanted. It expands no entity that a feed declares.

mod document;
mod identity;
mod item;
mod moment;
#[cfg(test)]
mod tests;
mod text;
mod words;

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::document::{Document, MAX_ITEMS};
use self::identity::Key;
use self::text::Text;
use super::defect::Defects;
use super::{Defect, Entry, Gravity, When};

/// The largest page of a feed that is read, in bytes.
pub const MAX_PAGE: usize = 20 * 1024 * 1024;

/// One page of a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The name that the line greets with: the title of the feed.
    pub church_name: String,
    /// The recordings in the order of the feed.
    pub items: Vec<Item>,
    /// How many items have nothing to listen to, and are left out.
    pub left_out: usize,
    /// When the feed says that it was last changed (`lastBuildDate`, `updated`).
    pub changed_at: Option<Timestamp>,
    /// Where older recordings are listed.
    pub next: Next,
}

/// One recording of a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What the feed says of it; the file's name is made of the GUID, and stays when all else is corrected.
    pub entry: Entry,
    /// What the feed knows it by.
    pub guid: Option<String>,
    /// Where its file lies: an address, which may stand in relation to that of the feed.
    pub address: String,
    /// How many bytes the file is said to have. WordPress often states it wrongly, and 0 or 1 where it does
    /// not know it (which is none here): a hint, by which no recording may be refused.
    pub len: Option<u64>,
    /// SHA-256 of the file, where `podcast:integrity` or `media:hash` states it for this very address.
    pub sha256: Option<[u8; 32]>,
    /// How long it is said to last, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Where its chapters lie as JSON (`podcast:chapters`), as it is written in the feed.
    pub chapters_at: Option<String>,
}

/// Where a feed goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// At the address that it states (RFC 5005, section 3), which may stand in relation to its own.
    At(String),
    /// At its own address with `paged=2`, `paged=3` and so on, as WordPress does without stating it.
    Paged,
    /// Nowhere.
    Nowhere,
}

/// What reading a page gave: none where a defect refuses it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The page, if it can be used.
    pub page: Option<Page>,
    /// What is wrong with it, the gravest first.
    pub defects: Vec<Defect>,
}

impl Page {
    /// Reads a page of at most 20 MiB; dates without an offset are in the zone.
    pub fn read(bytes: &[u8], zone: &TimeZone) -> Reading {
        let mut defects = Defects::default();
        let page = page(bytes, zone, &mut defects);
        let refused = defects.refused();
        Reading { page: page.filter(|_| !refused), defects: defects.listed() }
    }
}

fn page(bytes: &[u8], zone: &TimeZone, defects: &mut Defects) -> Option<Page> {
    if bytes.len() > MAX_PAGE {
        let what = format!("is larger than {} MiB", MAX_PAGE >> 20);
        defects.report(Gravity::Refused, "the feed", what, "let it list fewer items");
        return None;
    }
    let Text { text, damaged } = Text::of(bytes);
    if text.trim().is_empty() {
        let remedy = "open its address in a browser: a plugin may have failed";
        defects.report(Gravity::Refused, "the feed", "is empty", remedy);
        return None;
    }
    if damaged {
        let what = "holds bytes that are no signs in its encoding";
        defects.report(Gravity::Doubtful, "the feed", what, "save titles as UTF-8");
    }
    let document = document::read(&text).map_err(|defect| defects.push(defect)).ok()?;
    let Some(church_name) = document.title.as_deref().and_then(words::plain) else {
        defects.report(Gravity::Refused, "channel.title", "is missing", "give the podcast the church's name");
        return None;
    };
    let (items, left_out) = items(&document, zone, defects);
    Some(Page { church_name, items, left_out, changed_at: changed_at(&document, zone), next: next(document) })
}

fn items(document: &Document, zone: &TimeZone, defects: &mut Defects) -> (Vec<Item>, usize) {
    if document.unread > 0 {
        let what = format!("has {} more items than the {MAX_ITEMS} that are read", document.unread);
        defects.report(Gravity::Ignored, "the feed", what, "let it list fewer items");
    }
    let mut left_out = 0;
    let mut read: Vec<(usize, Key, Item)> = Vec::with_capacity(document.items.len());
    for (at, raw) in document.items.iter().enumerate() {
        match item::read(&format!("items[{at}]"), raw, zone, defects) {
            Some((key, item)) => read.push((at, key, item)),
            None => left_out += 1,
        }
    }
    (distinct(read, defects), left_out)
}

/// Leaves out what is listed twice, and tells apart what only shares its GUID.
fn distinct(read: Vec<(usize, Key, Item)>, defects: &mut Defects) -> Vec<Item> {
    let mut addresses: HashMap<Key, HashSet<String>> = HashMap::new();
    for (_, key, item) in &read {
        addresses.entry(key.clone()).or_default().insert(item.address.clone());
    }
    let mut first_places = HashMap::new();
    let mut items = Vec::with_capacity(read.len());
    for (at, key, mut item) in read {
        if addresses.get(&key).is_some_and(|sharing| sharing.len() > 1) {
            item.entry.file = key.name_beside_others(&item.address);
            if let Key::Guid(guid) = &key {
                let what = format!("`{}` is the GUID of other recordings, too", super::defect::excerpt(guid));
                let remedy = "give each item its own: a copied post keeps that of the first";
                defects.report(Gravity::Doubtful, format!("items[{at}].guid"), what, remedy);
            }
        }
        match first_places.get(&item.entry.file) {
            Some(first) => {
                let what = format!("is listed already as items[{first}]");
                defects.report(Gravity::Ignored, format!("items[{at}]"), what, "remove one of the two");
            }
            None => {
                first_places.insert(item.entry.file.clone(), at);
                items.push(item);
            }
        }
    }
    items
}

fn changed_at(document: &Document, zone: &TimeZone) -> Option<Timestamp> {
    let stated = document.changed.as_ref().or(document.published.as_ref())?;
    match moment::when(stated, zone) {
        Ok(When::Told(instant)) => Some(instant),
        _ => None,
    }
}

fn next(document: Document) -> Next {
    let wordpress = document.generator.is_some_and(|name| name.to_ascii_lowercase().contains("wordpress"));
    match document.next.filter(|address| !address.is_empty()) {
        Some(address) => Next::At(address),
        None if wordpress => Next::Paged,
        None => Next::Nowhere,
    }
}
