//! `[[line]]`: one telephone line of one church.
//!
//! It must not know how a call goes, nor what the origins hold.

use std::path::PathBuf;
use std::time::Duration;

use dial_core::call::PhoneNumber;
use dial_core::menu::MenuStyle;
use dial_core::session::Rules;
use dial_origin::keeper::Settings;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use super::call::Call;
use super::data::Data;
use super::held::Held;
use super::keys::Keys;
use super::origin::{DEFAULT_POLL_S, Origin};
use super::section::{Section, refused};
use super::twiml::Twiml;
use super::voices::Voices;

/// The longest name of a line or origin: it is part of paths.
const MAX_SLUG: usize = 40;

/// What a name is, in words.
pub(super) const SLUG: &str = "a name of at most 40 signs from a to z, 0 to 9 and -, such as \"st-marys\"";

/// One telephone line of one church.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Line {
    /// Its name, in paths and logs.
    pub(crate) name: String,
    /// The numbers that lead to it.
    #[serde(serialize_with = "masked")]
    pub(crate) numbers: Vec<PhoneNumber>,
    /// The time zone in which dates are spoken.
    #[serde(serialize_with = "time_zone_name")]
    pub(crate) time_zone: TimeZone,
    /// How recordings are offered.
    #[serde(serialize_with = "menu_name")]
    pub(crate) menu: MenuStyle,
    /// The voice that a provider speaks with.
    pub(crate) voice: String,
    /// The language of that voice.
    pub(crate) language: String,
    /// A file whose sentences replace ours.
    pub(crate) phrases: Option<PathBuf>,
    /// Who speaks besides the built-in voice.
    pub(crate) voices: Voices,
    /// What each key does while a recording plays.
    pub(crate) keys: Keys,
    /// Waits and policy.
    pub(crate) call: Call,
    /// The telephone company.
    pub(crate) twiml: Twiml,
    /// Which lists wait for a person.
    pub(crate) held: Held,
    /// Where recordings come from, the preferred place first; never empty.
    #[serde(rename = "origin")]
    pub(crate) origins: Vec<Origin>,
}

/// How recordings are offered, by name.
const MENUS: [(&str, MenuStyle); 2] = [("gentle", MenuStyle::Gentle), ("classic", MenuStyle::Classic)];

impl Line {
    /// A line of which only this is said.
    pub(crate) fn new(name: String, origins: Vec<Origin>) -> Self {
        Self {
            name,
            numbers: Vec::new(),
            time_zone: TimeZone::get("Europe/London").expect("the zones are part of the program"),
            menu: MenuStyle::default(),
            voice: "Polly.Amy".into(),
            language: "en-GB".into(),
            phrases: None,
            voices: Voices::default(),
            keys: Keys::default(),
            call: Call::default(),
            twiml: Twiml::default(),
            held: Held::default(),
            origins,
        }
    }

    /// How the line treats its callers.
    pub(crate) fn rules(&self) -> Rules {
        self.call.rules(self.menu, self.keys.0)
    }

    /// How its copy is kept.
    pub(crate) fn keeping(&self, data: &Data) -> Settings {
        let poll_s = self.origins.iter().map(|origin| origin.poll_s).min().unwrap_or(DEFAULT_POLL_S);
        Settings {
            poll: Duration::from_secs(poll_s.into()),
            limits: self.held.limits(),
            accept_after: self.held.accept_after(),
            reserve_percent: data.reserve_percent.into(),
            quota: data.quota(),
        }
    }

    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        section.require("name", "write name = \"st-marys\", or what fits");
        let name = section.text("name", SLUG, slug).unwrap_or_default();
        let origins = read_origins(&mut section);
        let mut line = Self::new(name, origins);
        line.numbers = section.texts("numbers", "numbers such as \"+441134960123\"", phone_number);
        let zone = |text: &str| TimeZone::get(text).map_err(|_| refused(text));
        if let Some(zone) = section.text("time_zone", "an IANA time zone, such as \"Europe/London\"", zone) {
            line.time_zone = zone;
        }
        line.menu = section.named("menu", &MENUS).unwrap_or_default();
        if let Some(voice) = section.text("voice", "a voice of your provider, such as \"Polly.Amy\"", label) {
            line.voice = voice;
        }
        if let Some(language) = section.text("language", "a language, such as \"en-GB\"", label) {
            line.language = language;
        }
        line.phrases = section.path("phrases");
        line.voices = Voices::read(section.table("voices"));
        line.keys = Keys::read(section.table("keys"));
        line.call = Call::read(section.table("call"));
        line.twiml = Twiml::read(section.table("twiml"));
        line.held = Held::read(section.table("held"));
        section.finish();
        line
    }
}

fn read_origins(section: &mut Section<'_, '_>) -> Vec<Origin> {
    section.require(
        "origin",
        "write [[line.origin]] and below it kind = \"folder\" and path = \"/srv/services\"",
    );
    let mut origins: Vec<Origin> = Vec::new();
    for origin in section.tables("origin").into_iter().filter_map(Origin::read) {
        if origins.iter().any(|other| other.name == origin.name) {
            let what = format!("two origins have the name `{}`", origin.name);
            section.conflict("origin", &what, "give one of them another name");
        }
        origins.push(origin);
    }
    origins
}

/// Reads the name of a line or origin, which becomes part of paths.
pub(super) fn slug(text: &str) -> Result<String, String> {
    let signs = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if signs && (1..=MAX_SLUG).contains(&text.len()) { Ok(text.into()) } else { Err(refused(text)) }
}

/// What stands in an attribute of a document for a provider.
fn label(text: &str) -> Result<String, String> {
    let signs =
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':'));
    if signs && (1..=100).contains(&text.len()) { Ok(text.into()) } else { Err(refused(text)) }
}

/// Reads a number in E.164 form. What is refused is not repeated: it may be a mistyped number.
pub(crate) fn phone_number(text: &str) -> Result<PhoneNumber, &'static str> {
    let number = PhoneNumber::new(text).filter(|number| !number.expose().starts_with("+0"));
    number.ok_or("this is not a whole telephone number with its country code")
}

fn masked<S: Serializer>(numbers: &[PhoneNumber], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(numbers.iter().map(ToString::to_string))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes every field by reference")]
fn menu_name<S: Serializer>(menu: &MenuStyle, serializer: S) -> Result<S::Ok, S::Error> {
    let named = MENUS.into_iter().find(|(_, style)| style == menu);
    serializer.serialize_str(named.expect("every style has a name").0)
}

fn time_zone_name<S: Serializer>(zone: &TimeZone, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.iana_name().expect("`Line::read` takes zones by their IANA names"))
}
