//! What the pages say, in words: the templates only put it in place.

use askama::Template;
use dial_origin::certificate::Life;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::incident::{Incident, Level, Light, LineStatus, OriginStatus, Sight, Status, words};

/// A time for a machine and for a person.
pub(super) struct Told {
    pub(super) iso: String,
    pub(super) words: String,
}

/// `/status`
#[derive(Template)]
#[template(path = "status/status.html")]
pub(super) struct StatusPage {
    light: &'static str,
    sign: &'static str,
    sentence: &'static str,
    at: Told,
    lines: Vec<LineView>,
    /// Whether each line needs its own sentence.
    several: bool,
    to_do: Vec<Row>,
    open: Vec<Row>,
    recent: Vec<Row>,
}

struct LineView {
    title: String,
    light: &'static str,
    sign: &'static str,
    sentence: &'static str,
    checked: Option<Told>,
    newest: Option<(String, Option<Told>)>,
    recordings: Option<String>,
    fresh: Option<Told>,
    voice: Option<String>,
    origins: Vec<OriginView>,
}

struct OriginView {
    name: String,
    mark: &'static str,
    word: &'static str,
    in_use: bool,
    said: Option<String>,
    lacks: Option<String>,
    certificate: Option<(Told, &'static str)>,
}

/// An incident in a list.
struct Row {
    id: Option<String>,
    level: &'static str,
    text: String,
    more: String,
    at: Told,
}

/// `/status/incidents/{id}`
#[derive(Template)]
#[template(path = "status/incident.html")]
pub(super) struct IncidentPage {
    why: String,
    level: &'static str,
    open: bool,
    opened: Told,
    updated: Told,
    closed: Option<Told>,
    entries: Vec<(Told, String)>,
    heard: String,
    calls: String,
    remedy: String,
    acknowledged: Option<(String, Told)>,
}

/// There is no such incident.
#[derive(Template)]
#[template(path = "status/missing.html")]
pub(super) struct Missing;

impl Told {
    pub(super) fn new(at: Timestamp, zone: &TimeZone) -> Self {
        Self { iso: iso(at), words: words::bare_moment(at, zone) }
    }
}

impl StatusPage {
    pub(super) fn of(status: &Status) -> Self {
        let zone = status.lines.first().map_or(TimeZone::UTC, |line| line.zone.clone());
        let mut to_do: Vec<Row> = Vec::new();
        // A list that waits has an incident, too, but may outlast what is remembered of it.
        let urgent = status.open.iter().filter(|incident| incident.level >= Level::Warning);
        to_do.extend(urgent.map(|incident| Row { text: incident.remedy.clone(), ..Row::of(incident) }));
        for line in &status.lines {
            let waiting = line.held.iter().filter(|list| {
                !status.open.iter().any(|incident| incident.remedy.contains(list.id.as_str()))
            });
            to_do.extend(waiting.map(|list| Row {
                id: None,
                level: Level::Warning.name(),
                text: format!("{} Its name is {}.", list.why, list.id),
                more: String::new(),
                at: Told::new(list.since, &line.zone),
            }));
        }
        Self {
            light: name(status.light),
            sign: sign(status.light),
            sentence: status.sentence,
            at: Told::new(status.at, &zone),
            lines: status.lines.iter().map(LineView::of).collect(),
            several: status.lines.len() > 1,
            to_do,
            open: status.open.iter().map(|incident| Row::of(incident)).collect(),
            recent: status.recent.iter().map(|incident| Row::of(incident)).collect(),
        }
    }
}

impl LineView {
    fn of(line: &LineStatus) -> Self {
        let told = |at: Timestamp| Told::new(at, &line.zone);
        let newest = line.newest.as_ref();
        let recordings = line.snapshot.as_ref().and_then(|snapshot| snapshot.recordings);
        Self {
            title: line.church.clone().unwrap_or_else(|| line.name.clone()),
            light: name(line.light),
            sign: sign(line.light),
            sentence: line.sentence,
            checked: line.checked_at.map(told),
            newest: newest.map(|newest| (newest.name.clone(), newest.audible_since.map(told))),
            recordings: recordings.map(|recordings| words::counted(recordings, "recording")),
            fresh: line.fresh_at.map(told),
            voice: line.voice.clone(),
            origins: line.origins.iter().map(|origin| OriginView::of(origin, &line.zone)).collect(),
        }
    }
}

impl OriginView {
    fn of(origin: &OriginStatus, zone: &TimeZone) -> Self {
        let (mark, word) = match origin.sight {
            Sight::Well => ("✓", "working"),
            Sight::Failing => ("✗", "failing"),
            Sight::Unknown => ("?", "not looked at yet"),
        };
        let life = |life| match life {
            Life::Valid => "",
            Life::Yellow => " (to be renewed soon)",
            Life::Red => " (should be renewed by now)",
            Life::Expired => " (expired)",
        };
        let certificate = origin.certificate_until.zip(origin.certificate_life);
        Self {
            name: origin.name.clone(),
            mark,
            word,
            in_use: origin.in_use,
            said: origin.said.clone(),
            lacks: origin.lacks.map(|lacks| words::counted(lacks, "recording")),
            certificate: certificate.map(|(until, left)| (Told::new(until, zone), life(left))),
        }
    }
}

impl Row {
    fn of(incident: &Incident) -> Self {
        Self {
            id: Some(incident.id.clone()),
            level: incident.level.name(),
            text: incident.why.clone(),
            more: words::heard(incident),
            at: Told::new(incident.opened_at, &incident.zone()),
        }
    }
}

impl IncidentPage {
    pub(super) fn of(incident: &Incident) -> Self {
        let zone = incident.zone();
        let told = |at: Timestamp| Told::new(at, &zone);
        let entries = incident.entries.iter().map(|entry| (told(entry.at), entry.text.clone()));
        let acknowledged = incident.acknowledged.as_ref();
        Self {
            why: incident.why.clone(),
            level: incident.level.name(),
            open: incident.is_open(),
            opened: told(incident.opened_at),
            updated: told(incident.updated_at),
            closed: incident.closed_at.map(told),
            entries: entries.collect(),
            heard: words::heard(incident),
            calls: words::calls(incident),
            remedy: incident.remedy.clone(),
            acknowledged: acknowledged.map(|person| (person.by.clone(), told(person.at))),
        }
    }
}

/// RFC 3339, whole seconds.
pub(super) fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn name(light: Light) -> &'static str {
    match light {
        Light::Green => "green",
        Light::Amber => "amber",
        Light::Red => "red",
    }
}

/// The same without colour.
fn sign(light: Light) -> &'static str {
    match light {
        Light::Green => "✓",
        Light::Amber => "!",
        Light::Red => "✗",
    }
}
