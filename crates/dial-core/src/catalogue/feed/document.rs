//! The XML of a feed: walked once, forgiving what WordPress plugins really break, expanding no entity.
//!
//! It knows where in a feed things stand, not what they mean: that is for `item.rs`.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::chapters::MAX_CHAPTERS;
use super::super::{Defect, Gravity};
use super::words;

/// Elements nested deeper than this are refused.
const MAX_DEPTH: usize = 100;
/// The longest text or attribute that is kept, in bytes; what is longer is cut.
const MAX_FIELD: usize = 4096;
/// More recordings than this of one item are not looked at.
const MAX_SOUNDS: usize = 20;
/// Recordings further down than this are not read.
pub(super) const MAX_ITEMS: usize = 10_000;

/// A feed's fields, as they are written.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) title: Option<String>,
    pub(super) changed: Option<String>,
    pub(super) published: Option<String>,
    pub(super) generator: Option<String>,
    pub(super) next: Option<String>,
    pub(super) items: Vec<Raw>,
    /// Items beyond the bound.
    pub(super) unread: usize,
}

/// An item's fields, as they are written.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) title: Option<String>,
    pub(super) itunes_title: Option<String>,
    pub(super) published: Option<String>,
    pub(super) updated: Option<String>,
    pub(super) guid: Option<String>,
    pub(super) duration: Option<String>,
    pub(super) sounds: Vec<Sound>,
    pub(super) integrities: Vec<Integrity>,
    /// Podlove Simple Chapters: start and title.
    pub(super) chapters: Vec<(String, String)>,
    /// `podcast:chapters`: address and type.
    pub(super) chapters_at: Option<(String, String)>,
}

/// Where an item says that its sound lies.
#[derive(Debug, Default, Clone)]
pub(super) struct Sound {
    pub(super) address: String,
    pub(super) kind: String,
    pub(super) len: String,
    pub(super) duration: String,
}

/// What an item says of the hash of a sound.
#[derive(Debug, Default)]
pub(super) struct Integrity {
    /// The addresses of what it is the hash of.
    pub(super) addresses: Vec<String>,
    /// It is the hash of the item's own enclosure (`default="true"`).
    pub(super) of_enclosure: bool,
    /// `sha256-` and base64 (Subresource Integrity), or 64 hexadecimal digits.
    pub(super) hash: String,
}

/// A field whose text is kept.
#[derive(Debug, Clone, Copy)]
enum Field {
    FeedTitle,
    FeedChanged,
    FeedPublished,
    Generator,
    Title,
    ItunesTitle,
    Published,
    Updated,
    Guid,
    Duration,
    Hash,
}

/// The text of a field, as far as it was read.
struct Capture {
    depth: usize,
    field: Field,
    text: String,
}

/// Walks a feed to the end of its root; what stands behind that is overlooked.
pub(super) fn read(text: &str) -> Result<Document, Defect> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut walker = Walker::default();
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(_) if walker.html => return Err(no_feed("is a page in HTML, not a feed")),
            Err(error) => return Err(broken(text, reader.error_position(), &error.to_string())),
        };
        match event {
            Event::Start(element) => walker.start(&element, false)?,
            Event::Empty(element) => walker.start(&element, true)?,
            Event::End(element) => walker.end(element.name().as_ref()),
            Event::Text(words) => walker.text(&words),
            Event::CData(words) => walker.text(&words),
            Event::GeneralRef(name) => match words::entity(&name) {
                Some(sign) => walker.text(&sign),
                None => walker.text(&format!("&{};", &*name)),
            },
            Event::DocType(declared) => walker.doctype(&declared)?,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if walker.html => return Err(no_feed("is a page in HTML, not a feed")),
            Event::Eof if walker.open.is_empty() => return Err(no_feed("is not a feed in RSS or Atom")),
            // Elements that are never closed are forgiven, but not an end that never came: items may be missing.
            Event::Eof => return Err(broken(text, text.len() as u64, "it breaks off")),
        }
        if walker.ended {
            return Ok(walker.document);
        }
    }
}

fn refused(place: impl Into<String>, what: impl Into<String>, remedy: &str) -> Defect {
    Defect { gravity: Gravity::Refused, place: place.into(), what: what.into(), remedy: remedy.into() }
}

fn no_feed(what: &str) -> Defect {
    refused(
        "the feed",
        what,
        "open the address in a browser: it must show RSS, such as https://example.org/feed/podcast/",
    )
}

fn broken(text: &str, position: u64, why: &str) -> Defect {
    let mut end = text.len().min(position as usize);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let line = text[..end].matches('\n').count() + 1;
    let column = text[..end].chars().rev().take_while(|sign| *sign != '\n').count() + 1;
    let what = format!("is not whole XML ({why})");
    let remedy = "check the feed with validator.w3.org/feed; a plugin may stop half way";
    refused(format!("line {line}, column {column}"), what, remedy)
}

#[derive(Default)]
struct Walker {
    document: Document,
    /// The names of the elements that are open, from the root.
    open: Vec<String>,
    /// How deep the item lies that is open.
    item: Option<(usize, Raw)>,
    capture: Option<Capture>,
    /// Whether the bytes begin as a page does.
    html: bool,
    /// Whether the root is closed.
    ended: bool,
}

impl Walker {
    fn start(&mut self, element: &BytesStart<'_>, empty: bool) -> Result<(), Defect> {
        let name = name(element.name().as_ref());
        if self.open.is_empty() {
            match name.as_str() {
                "rss" | "feed" | "rdf:rdf" => self.html = false,
                "html" => return Err(no_feed("is a page in HTML, not a feed")),
                // What PHP warns of stands in front of the feed, in HTML.
                _ => return Ok(()),
            }
        }
        if self.open.len() >= MAX_DEPTH {
            let what = format!("nests more than {MAX_DEPTH} elements in each other");
            return Err(refused("the feed", what, "look which plugin writes this"));
        }
        if matches!(name.as_str(), "item" | "entry") {
            self.begin_item();
        }
        let attribute = |key: &str| attribute(element, key);
        match (&mut self.item, name.as_str()) {
            (None, "link") if attribute("rel") == "next" => self.document.next = Some(attribute("href")),
            (Some((_, raw)), "enclosure") => push(&mut raw.sounds, sound(element, "url", "length")),
            (Some((_, raw)), "media:content") => {
                push(&mut raw.sounds, sound(element, "url", "filesize"));
                let addresses = vec![attribute("url")];
                push(&mut raw.integrities, Integrity { addresses, ..Integrity::default() });
            }
            (Some((_, raw)), "link") if attribute("rel") == "enclosure" => {
                push(&mut raw.sounds, sound(element, "href", "length"));
            }
            (Some((_, raw)), "podcast:alternateenclosure") => {
                let of_enclosure = attribute("default").eq_ignore_ascii_case("true");
                push(&mut raw.integrities, Integrity { of_enclosure, ..Integrity::default() });
            }
            (Some((_, raw)), "podcast:source") => {
                if let Some(integrity) =
                    raw.integrities.last_mut().filter(|one| one.addresses.len() < MAX_SOUNDS)
                {
                    integrity.addresses.push(attribute("uri"));
                }
            }
            (Some((_, raw)), "podcast:integrity") => {
                if let Some(integrity) = raw.integrities.last_mut() {
                    integrity.hash = attribute("value");
                }
            }
            (Some((_, raw)), "psc:chapter") if raw.chapters.len() < MAX_CHAPTERS => {
                raw.chapters.push((attribute("start"), attribute("title")));
            }
            (Some((_, raw)), "podcast:chapters") => {
                raw.chapters_at = Some((attribute("url"), attribute("type").to_ascii_lowercase()));
            }
            _ => {}
        }
        if empty || matches!(name.as_str(), "br" | "hr" | "img" | "input") {
            return Ok(());
        }
        let field = self.field(&name);
        self.open.push(name);
        if let (None, Some(field)) = (&self.capture, field) {
            self.capture = Some(Capture { depth: self.open.len(), field, text: String::new() });
        }
        Ok(())
    }

    /// An item begins, though the one before may never have ended.
    fn begin_item(&mut self) {
        if let Some((depth, _)) = self.item {
            self.close(depth);
        }
        if self.document.items.len() < MAX_ITEMS {
            self.item = Some((self.open.len(), Raw::default()));
        } else {
            self.document.unread += 1;
        }
    }

    /// The field that an element's text is, by where it stands.
    fn field(&self, name: &str) -> Option<Field> {
        let parent = self.open.last().map(String::as_str);
        match &self.item {
            Some((depth, _)) if self.open.len() == depth + 1 => match name {
                "title" => Some(Field::Title),
                "itunes:title" => Some(Field::ItunesTitle),
                "pubdate" | "published" | "dc:date" | "issued" => Some(Field::Published),
                "updated" | "modified" | "dcterms:modified" => Some(Field::Updated),
                "guid" | "id" => Some(Field::Guid),
                "itunes:duration" => Some(Field::Duration),
                "media:hash" => Some(Field::Hash),
                _ => None,
            },
            Some(_) if name == "media:hash" => Some(Field::Hash),
            None if matches!(parent, Some("channel" | "feed")) => match name {
                "title" => Some(Field::FeedTitle),
                "lastbuilddate" | "updated" => Some(Field::FeedChanged),
                "pubdate" => Some(Field::FeedPublished),
                "generator" => Some(Field::Generator),
                _ => None,
            },
            _ => None,
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(capture) = &mut self.capture {
            capture.text.push_str(cut(text, MAX_FIELD.saturating_sub(capture.text.len())));
        }
    }

    fn end(&mut self, written: &str) {
        let name = name(written);
        // An end without a start is overlooked; starts without an end, such as `<br>`, end with their parent.
        if let Some(depth) = self.open.iter().rposition(|open| *open == name) {
            self.close(depth);
            self.ended = depth == 0;
        }
    }

    /// Closes whatever is open, down to a depth.
    fn close(&mut self, depth: usize) {
        self.open.truncate(depth);
        if let Some(capture) = self.capture.take_if(|capture| capture.depth > depth) {
            self.fill(capture.field, capture.text.trim());
        }
        if let Some((_, raw)) = self.item.take_if(|(item, _)| *item >= depth) {
            self.document.items.push(raw);
        }
    }

    /// Fills a field; the first of several counts.
    fn fill(&mut self, field: Field, text: &str) {
        let mut none = Raw::default();
        let raw = self.item.as_mut().map_or(&mut none, |(_, raw)| raw);
        let place = match field {
            Field::FeedTitle => &mut self.document.title,
            Field::FeedChanged => &mut self.document.changed,
            Field::FeedPublished => &mut self.document.published,
            Field::Generator => &mut self.document.generator,
            Field::Title => &mut raw.title,
            Field::ItunesTitle => &mut raw.itunes_title,
            Field::Published => &mut raw.published,
            Field::Updated => &mut raw.updated,
            Field::Guid => &mut raw.guid,
            Field::Duration => &mut raw.duration,
            Field::Hash => {
                if let Some(integrity) = raw.integrities.last_mut() {
                    integrity.hash = text.into();
                }
                return;
            }
        };
        if place.is_none() && !text.is_empty() {
            *place = Some(text.into());
        }
    }

    fn doctype(&mut self, declared: &str) -> Result<(), Defect> {
        // No feed needs entities of its own; they are what XML bombs are made of.
        if declared.contains('[') {
            let what = "declares entities of its own";
            return Err(refused("the DOCTYPE", what, "somebody may mean harm; look who writes this"));
        }
        self.html |= declared.trim_start().to_ascii_lowercase().starts_with("html");
        Ok(())
    }
}

/// An element's name in small letters; Atom's has no prefix.
fn name(written: &str) -> String {
    let name = written.trim().to_ascii_lowercase();
    match name.split_once(':') {
        Some(("atom" | "atom10" | "a10", local)) => local.into(),
        _ => name,
    }
}

fn attribute(element: &BytesStart<'_>, key: &str) -> String {
    let mut attributes = element.html_attributes();
    let found = attributes
        .with_checks(false)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.as_ref().eq_ignore_ascii_case(key));
    let value = found.map(|attribute| words::decoded(cut(&attribute.value, MAX_FIELD)));
    value.map(|value| value.trim().to_owned()).unwrap_or_default()
}

fn sound(element: &BytesStart<'_>, address: &str, len: &str) -> Sound {
    Sound {
        address: attribute(element, address),
        kind: attribute(element, "type").to_ascii_lowercase(),
        len: attribute(element, len),
        duration: attribute(element, "duration"),
    }
}

fn push<T>(list: &mut Vec<T>, one: T) {
    if list.len() < MAX_SOUNDS {
        list.push(one);
    }
}

fn cut(text: &str, len: usize) -> &str {
    let end = (0..=len.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}
