//! Incidents as an Atom feed (RFC 4287). An entry keeps its name for ever, wherever we are served.

use askama::Template;
use sha2::{Digest, Sha256};

use super::view::iso;
use crate::incident::{Incident, Status, words};

/// So many incidents are in the feed.
const MAX_ENTRIES: usize = 50;

#[derive(Template)]
#[template(path = "status/incidents.atom", escape = "html")]
struct Feed {
    id: String,
    title: String,
    updated: String,
    base: String,
    entries: Vec<FeedEntry>,
}

struct FeedEntry {
    id: String,
    name: String,
    title: String,
    published: String,
    updated: String,
    level: &'static str,
    story: String,
    remedy: String,
}

/// The latest incidents as XML.
pub(super) fn atom(status: &Status, public_url: Option<&str>) -> askama::Result<String> {
    let mut latest: Vec<&Incident> = status.all.iter().map(|incident| &**incident).collect();
    latest.sort_by_key(|incident| std::cmp::Reverse(incident.updated_at));
    let churches: Vec<_> =
        status.lines.iter().map(|line| line.church.as_deref().unwrap_or(&line.name)).collect();
    let names: Vec<_> = status.lines.iter().map(|line| line.name.as_str()).collect();
    let updated = latest.first().map_or(status.at, |incident| incident.updated_at);
    Feed {
        id: uuid(&["feed", public_url.unwrap_or_default(), &names.join(" ")]),
        title: match churches.as_slice() {
            [] => "Incidents of the phone line".into(),
            churches => format!("Incidents of the phone line: {}", churches.join(", ")),
        },
        updated: iso(updated),
        base: public_url.unwrap_or_default().to_owned(),
        entries: latest.into_iter().take(MAX_ENTRIES).map(FeedEntry::of).collect(),
    }
    .render()
}

impl FeedEntry {
    fn of(incident: &Incident) -> Self {
        let opened = incident.opened_at.to_string();
        let line = incident.line.as_deref().unwrap_or_default();
        Self {
            id: uuid(&["incident", &incident.id, line, &opened]),
            name: incident.id.clone(),
            title: incident.why.clone(),
            published: iso(incident.opened_at),
            updated: iso(incident.updated_at),
            level: incident.level.name(),
            story: words::story(incident),
            remedy: incident.remedy.clone(),
        }
    }
}

/// A name that follows from what it names (RFC 9562, version 8): it outlives a change of address.
fn uuid(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut bytes: [u8; 16] = hash.finalize()[..16].try_into().expect("SHA-256 has 32 bytes");
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
