//! `data.json`: the church's list of services, read as it is really written.
//!
//! Reading is total: whatever the bytes are, the answer is a list, or defects that name place and remedy.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::defect::{Defects, MAX_TEXT, excerpt, shorten};
use super::{Chapter, Defect, FileName, Gravity, When, WhenError, chapters};

/// The list of a church.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The name that the line greets with.
    pub church_name: String,
    /// The services in the order of the list.
    pub entries: Vec<Entry>,
}

/// One service of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where its recording lies, under `audio/`.
    pub file: FileName,
    /// What it is called.
    pub title: Option<String>,
    /// When it was held.
    pub when: When,
    /// Where its parts begin in the file, if the list tells; empty: nothing is told.
    pub chapters: Vec<Chapter>,
}

/// What reading a list gave: no manifest where a defect refuses it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The list, if it can be used.
    pub manifest: Option<Manifest>,
    /// What is wrong with it, the gravest first.
    pub defects: Vec<Defect>,
}

impl Manifest {
    /// Reads the bytes of a `data.json`; times without an offset are in the zone.
    pub fn read(bytes: &[u8], zone: &TimeZone) -> Reading {
        let mut reader = Reader { zone, defects: Defects::default() };
        let manifest = reader.document(bytes);
        let refused = reader.defects.refused();
        Reading { manifest: manifest.filter(|_| !refused), defects: reader.defects.listed() }
    }
}

struct Reader<'a> {
    zone: &'a TimeZone,
    defects: Defects,
}

impl Reader<'_> {
    fn report(
        &mut self,
        gravity: Gravity,
        place: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.defects.report(gravity, place, what, remedy);
    }

    fn refuse(&mut self, place: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) {
        self.report(Gravity::Refused, place, what, remedy);
    }

    fn document(&mut self, bytes: &[u8]) -> Option<Manifest> {
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            self.refuse("the list", "is written in UTF-16", "save the file as UTF-8");
            return None;
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.trim_ascii().is_empty() {
            self.refuse("the list", "is empty", "write {\"church_name\": …, \"services\": […]}");
            return None;
        }
        let value: Value = match serde_json::from_slice(bytes) {
            Ok(value) => value,
            Err(error) => {
                let place = format!("line {}, column {}", error.line(), error.column());
                let what = format!("is not JSON ({})", cause(&error));
                self.refuse(place, what, "look for a missing or extra comma, quote or bracket there");
                return None;
            }
        };
        let Value::Object(fields) = value else {
            self.refuse("the list", kind(&value, "an object"), "begin it with {\"church_name\": …");
            return None;
        };
        self.unknown_keys("", &fields, &["church_name", "services"]);
        let unnamed =
            |value: &Value| value.is_null() || value.as_str().is_some_and(|name| name.trim().is_empty());
        let named = fields.get("church_name").filter(|value| !unnamed(value));
        let church_name = self.text("church_name", named);
        if named.is_none() {
            self.refuse("church_name", "is missing", "add \"church_name\": \"St Mary's Church\"");
        }
        let entries = match fields.get("services") {
            Some(Value::Array(services)) => self.services(services),
            None | Some(Value::Null) => {
                self.refuse("services", "is missing", "add \"services\": [ … ]");
                return None;
            }
            Some(other) => {
                self.refuse("services", kind(other, "a list"), "write \"services\": [ … ]");
                return None;
            }
        };
        Some(Manifest { church_name: church_name?, entries })
    }

    fn services(&mut self, services: &[Value]) -> Vec<Entry> {
        let mut first_places: HashMap<FileName, usize> = HashMap::new();
        let mut entries = Vec::with_capacity(services.len());
        for (at, service) in services.iter().enumerate() {
            let Some(entry) = self.service(at, service) else {
                continue;
            };
            match first_places.get(&entry.file) {
                Some(first) => self.refuse(
                    format!("services[{at}].file"),
                    format!("`{}` is listed already as services[{first}]", entry.file.as_str()),
                    "give each service its own file, or remove one of the two",
                ),
                None => {
                    first_places.insert(entry.file.clone(), at);
                    entries.push(entry);
                }
            }
        }
        entries
    }

    fn service(&mut self, at: usize, service: &Value) -> Option<Entry> {
        let place = format!("services[{at}]");
        let Value::Object(fields) = service else {
            self.refuse(place, kind(service, "an object"), "write { \"file\": \"2022-06-12.mp3\" }");
            return None;
        };
        self.unknown_keys(&format!("{place}."), fields, &["file", "title", "datetime", "chapters"]);
        let title = self.text(&format!("{place}.title"), fields.get("title"));
        let file = self.file(&format!("{place}.file"), fields.get("file"));
        let told = self.datetime(&format!("{place}.datetime"), fields.get("datetime"));
        let chapters = self.chapters(&format!("{place}.chapters"), fields.get("chapters"));
        let file = file?;
        let when = told.unwrap_or_else(|| When::named(file.date(), self.zone));
        Some(Entry { file, title, when, chapters })
    }

    fn file(&mut self, place: &str, value: Option<&Value>) -> Option<FileName> {
        let remedy = "name a file in the folder audio/, such as \"2022-06-12.mp3\"";
        match value {
            None | Some(Value::Null) => self.refuse(place, "is missing", remedy),
            Some(Value::String(name)) => match FileName::new(name) {
                Ok(file) => return Some(file),
                Err(error) => self.refuse(place, format!("`{}` {error}", excerpt(name)), remedy),
            },
            Some(other) => self.refuse(place, kind(other, "a text"), remedy),
        }
        None
    }

    fn datetime(&mut self, place: &str, value: Option<&Value>) -> Option<When> {
        let remedy = "write it as \"2022-06-12T10:00:00+01:00\", or leave it out";
        match value? {
            Value::Null => {}
            Value::String(text) => match When::told(text, self.zone) {
                Ok(when) => {
                    self.doubt_offset(place, text, when);
                    return Some(when);
                }
                Err(WhenError::AbsurdYear(year)) => {
                    self.refuse(
                        place,
                        format!("`{}` is in the year {year}", excerpt(text)),
                        "correct the year",
                    );
                }
                Err(error) => self.refuse(place, format!("`{}` {error}", excerpt(text)), remedy),
            },
            other => self.refuse(place, kind(other, "a text"), remedy),
        }
        None
    }

    /// A list of services is good for more than its chapters: what is wrong with them is left out.
    fn chapters(&mut self, place: &str, value: Option<&Value>) -> Vec<Chapter> {
        let read = value.filter(|value| !value.is_null()).map(chapters::of);
        read.unwrap_or_else(|| Ok(Vec::new())).unwrap_or_else(|error| {
            let remedy = "write them as [{ \"start\": \"12:30\", \"title\": \"Hymn\" }]";
            self.report(Gravity::Ignored, place, error.to_string(), remedy);
            Vec::new()
        })
    }

    /// An offset that the line's zone does not have then is usually a clock change overlooked.
    fn doubt_offset(&mut self, place: &str, text: &str, when: When) {
        let (Some(instant), Ok(written)) = (when.instant(), text.trim().parse::<jiff::civil::DateTime>())
        else {
            return;
        };
        let here = instant.to_zoned(self.zone.clone());
        if here.datetime() != written {
            let what =
                format!("`{}` is {} on the line's clock", excerpt(text), here.strftime("%H:%M on %-d %B %Y"));
            self.report(Gravity::Doubtful, place, what, "check the offset: was the clock changed?");
        }
    }

    fn text(&mut self, place: &str, value: Option<&Value>) -> Option<String> {
        match value? {
            Value::Null => None,
            Value::String(text) => {
                let words: Vec<&str> =
                    text.split(|sign: char| sign.is_whitespace() || sign.is_control()).collect();
                let words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
                if words.is_empty() {
                    self.report(Gravity::Doubtful, place, "is empty", "write a few words, or leave it out");
                    return None;
                }
                if words.len() > MAX_TEXT {
                    let what =
                        format!("is {} bytes long, and only the first {MAX_TEXT} are spoken", words.len());
                    self.report(Gravity::Doubtful, place, what, "make it shorter");
                    return Some(shorten(&words));
                }
                Some(words)
            }
            other => {
                self.refuse(place, kind(other, "a text"), "write it between double quotes");
                None
            }
        }
    }

    fn unknown_keys(&mut self, prefix: &str, fields: &Map<String, Value>, known: &[&str]) {
        for key in fields.keys().filter(|key| !known.contains(&key.as_str())) {
            let place = format!("{prefix}{}", excerpt(key));
            let remedy = format!("remove it, or use one of: {}", known.join(", "));
            self.report(Gravity::Ignored, place, "is not a known key", remedy);
        }
    }
}

/// The parser's words without its own `at line … column …`.
fn cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

fn kind(value: &Value, wanted: &str) -> String {
    let found = match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    format!("is {found}, not {wanted}")
}
