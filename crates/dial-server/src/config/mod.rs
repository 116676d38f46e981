//! `dial.toml`: what a volunteer may say, one struct for each concern.
//!
//! Each default stands once, in the `Default` of its struct; each key once, where it is read.
//! This module must not act on anything: it opens no socket, starts no task and holds no secret.

pub(crate) mod alarm;
pub(crate) mod call;
mod choice;
mod data;
mod fault;
mod file;
mod held;
pub(crate) mod https;
pub(crate) mod keys;
mod limits;
pub(crate) mod line;
mod log;
mod mail_address;
pub(crate) mod origin;
mod overrides;
mod phone;
mod ports;
mod public_url;
mod reading;
mod secret_url;
mod section;
mod server;
pub(crate) mod sip;
pub(crate) mod sip_account;
#[cfg(test)]
mod tests;
pub(crate) mod twiml;
mod unknown;
mod voices;
mod way;
mod weekly;

use std::path::Path;

use serde::Serialize;
use toml::de::DeTable;

pub(crate) use self::alarm::{Alarm, AlarmKind, AlarmTo, Email, Security};
pub(crate) use self::data::Data;
pub(crate) use self::fault::ConfigError;
pub(crate) use self::file::{LoadError, load, usual_places};
pub(crate) use self::https::{CertificateFrom, Https};
pub(crate) use self::line::{Line, phone_number};
pub(crate) use self::log::{Log, LogFormat, LogLevel};
pub(crate) use self::mail_address::MailAddress;
pub(crate) use self::origin::{Entry, Origin, OriginKind};
pub(crate) use self::overrides::Overrides;
pub(crate) use self::phone::{OpenTo, Phone};
pub(crate) use self::public_url::PublicUrl;
use self::reading::Reading;
pub(crate) use self::secret_url::SecretUrl;
use self::section::Section;
use self::server::Server;
pub(crate) use self::sip::Sip;
pub(crate) use self::twiml::{AUTH_TOKEN_ENV, Provider, Signature, Speech, Tier, Twiml};
#[cfg(test)]
pub(crate) use self::way::Way;
pub(crate) use self::weekly::Weekly;

/// All that can be set, with its defaults and explanations.
pub(crate) const EXAMPLE: &str = include_str!("example.toml");

/// The smallest configuration that works.
pub(crate) const SMALLEST: &str = include_str!("smallest.toml");

/// What is in force.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct Config {
    /// Where the program listens.
    pub(crate) server: Server,
    /// Where it answers https itself.
    pub(crate) https: Https,
    /// Where it keeps its copy of the recordings.
    pub(crate) data: Data,
    /// Where calls come in by SIP.
    pub(crate) sip: Sip,
    /// What it logs.
    pub(crate) log: Log,
    /// The telephone in the browser.
    pub(crate) phone: Phone,
    /// Whom it tells when something is wrong.
    pub(crate) alarm: Alarm,
    /// The telephone lines; never empty once read from a file.
    #[serde(rename = "line")]
    pub(crate) lines: Vec<Line>,
}

impl Config {
    /// Reads a configuration. Its relative paths begin at the folder of `file`.
    pub(crate) fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let reading = Reading::new(text, file.parent().unwrap_or(Path::new("")));
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut config = Self::default();
        if errors.is_empty() {
            config = Self::read(Section::root(&reading, table.get_ref()));
        }
        for error in errors {
            // The message, not the error as a whole: that quotes the row, which may hold a secret.
            reading.fault("", error.span(), format!("this is not TOML: {}", error.message()), String::new());
        }
        match reading.into_faults() {
            faults if faults.is_empty() => Ok(config),
            faults => Err(ConfigError { file: file.into(), faults }),
        }
    }

    fn read(mut section: Section<'_, '_>) -> Self {
        let server = Server::read(section.table("server"));
        let https = Https::read(section.table("https"));
        let data = Data::read(section.table("data"));
        let sip = Sip::read(section.table("sip"));
        let log = Log::read(section.table("log"));
        let phone = Phone::read(section.table("phone"));
        let alarm = Alarm::read(section.table("alarm"));
        section.require("line", &format!("write at least\n\n{SMALLEST}"));
        let mut lines: Vec<Line> = Vec::new();
        for line in section.tables("line").into_iter().map(Line::read) {
            for other in &lines {
                if other.name == line.name && !line.name.is_empty() {
                    let what = format!("two lines have the name `{}`", line.name);
                    section.conflict("line", &what, "give one of them another name");
                }
                if let Some(number) = line.numbers.iter().find(|number| other.numbers.contains(number)) {
                    let what =
                        format!("the number {number} leads to both `{}` and `{}`", other.name, line.name);
                    section.conflict("line", &what, "write it for one line only");
                }
            }
            if line.twiml.tier == Tier::Stream && !server.has_secure_url() {
                let what =
                    format!("the line `{}` has tier = \"stream\", which needs an https address", line.name);
                let remedy = "set [server] public_url to the https address that your provider calls, or leave the tier out";
                section.conflict("line", &what, remedy);
            }
            lines.push(line);
        }
        for name in sip.lines().filter(|name| lines.iter().all(|line| line.name != **name)) {
            section.conflict(
                "sip",
                &format!("there is no line `{name}`"),
                "write the name of one of your lines",
            );
        }
        if sip.max_calls > sip.rtp_ports.calls() {
            let what = format!("{} calls need more ports than {}", sip.max_calls, sip.rtp_ports);
            section.conflict("sip", &what, "widen rtp_ports, or lower max_calls");
        }
        section.finish();
        Self { server, https, data, sip, log, phone, alarm, lines }
    }

    /// The configuration as TOML: every key that has a value, numbers masked.
    pub(crate) fn to_toml(&self) -> String {
        toml::to_string(self).expect("every part of a configuration can be written as TOML")
    }
}
