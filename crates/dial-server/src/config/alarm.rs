//! `[alarm]`: who is told when something is wrong, and how.
//!
//! It holds the names of secrets, never a secret; and must not know how anybody is told.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::line::{SLUG, slug};
use super::mail_address::MailAddress;
use super::secret_url::SecretUrl;
use super::section::{Section, refused};
use super::weekly::AllIsWell;

/// The most ways in which one alarm goes out; each address of e-mail is one.
const MAX_CHANNELS: usize = 20;

/// Who is told when something is wrong, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Alarm {
    /// How often an incident that lasts is told again, in hours; 0 for never.
    pub(crate) reminder_h: u32,
    /// When it is told that all is well, in the time zone of the first line.
    pub(crate) all_is_well: AllIsWell,
    /// What is asked every minute while all is well, so that somebody else sees when we are dead.
    pub(crate) ping_url: Option<SecretUrl>,
    /// The ways in which an alarm goes out; none: alarms are in the log only.
    pub(crate) to: Vec<AlarmTo>,
}

impl Default for Alarm {
    fn default() -> Self {
        Self { reminder_h: 24, all_is_well: AllIsWell::default(), ping_url: None, to: Vec::new() }
    }
}

/// One way in which an alarm goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AlarmTo {
    /// Its name in logs and for `dial alarm test`; its kind, unless the file says otherwise.
    pub(crate) name: String,
    /// What it is.
    #[serde(flatten)]
    pub(crate) kind: AlarmKind,
}

/// The ways in which an alarm goes out, each with what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum AlarmKind {
    /// By e-mail, through a server that takes mail for sending.
    Email(Email),
    /// By ntfy, which rings a telephone.
    Ntfy {
        /// The address with the topic at its end.
        url: SecretUrl,
        /// A file with the access token.
        token_file: Option<PathBuf>,
    },
    /// By a POST of JSON.
    Webhook {
        /// Where it goes.
        url: SecretUrl,
        /// A file with the token that is sent along.
        token_file: Option<PathBuf>,
    },
    /// By a program of this machine.
    Command {
        /// The program and its arguments; never empty.
        command: Vec<String>,
    },
}

/// A mail server that sends for us, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Email {
    /// The host that takes mail for sending.
    pub(crate) server: String,
    /// Its port; otherwise the usual one for `security` (RFC 8314: 465 and 587).
    pub(crate) port: u16,
    /// How the connection is made safe.
    pub(crate) security: Security,
    /// The user's name there.
    pub(crate) user: Option<String>,
    /// A file with the user's password.
    pub(crate) password_file: Option<PathBuf>,
    /// Who the mail says it is from.
    pub(crate) from: MailAddress,
    /// Who gets it; never empty.
    pub(crate) to: Vec<MailAddress>,
}

/// How a connection to a mail server is made safe; there is no third way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Security {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// TLS is asked for, and nothing is sent if it is refused.
    StartTls,
}

/// The word after `kind =`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Email,
    Ntfy,
    Webhook,
    Command,
}

impl Alarm {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let mut alarm = Self::default();
        section.number_or_never("reminder_h", 1..=720, &mut alarm.reminder_h);
        if let Some(when) = section.text("all_is_well", AllIsWell::EXPECTED, str::parse) {
            alarm.all_is_well = when;
        }
        alarm.ping_url = section.text("ping_url", SecretUrl::EXPECTED, str::parse::<SecretUrl>);
        for to in section.tables("to").into_iter().filter_map(AlarmTo::read) {
            if alarm.to.iter().any(|other| other.name == to.name) {
                let what = format!("two of them have the name `{}`", to.name);
                section.conflict("to", &what, "give one of them a name of its own");
            }
            alarm.to.push(to);
        }
        let ways: usize = alarm.to.iter().map(AlarmTo::ways).sum();
        if ways > MAX_CHANNELS {
            let what = format!("{ways} addresses are more than {MAX_CHANNELS}");
            section.conflict("to", &what, "use a mailing list");
        }
        section.finish();
        alarm
    }
}

impl AlarmTo {
    fn ways(&self) -> usize {
        match &self.kind {
            AlarmKind::Email(email) => email.to.len(),
            _ => 1,
        }
    }

    /// None if it cannot be told what it is; the fault is noted then.
    fn read(mut section: Section<'_, '_>) -> Option<Self> {
        section.require("kind", "write kind = \"email\", \"ntfy\", \"webhook\" or \"command\"");
        let kind: Kind = section.choice("kind")?;
        let name = section.text("name", SLUG, slug);
        let (word, kind) = match kind {
            Kind::Email => ("email", Email::read(&mut section).map(AlarmKind::Email)),
            Kind::Ntfy => {
                let address = address(
                    &mut section,
                    "write the address of your topic, such as \"https://ntfy.sh/st-marys-7d3f\"",
                );
                ("ntfy", address.map(|(url, token_file)| AlarmKind::Ntfy { url, token_file }))
            }
            Kind::Webhook => {
                let address = address(&mut section, "write the address that takes the alarm");
                ("webhook", address.map(|(url, token_file)| AlarmKind::Webhook { url, token_file }))
            }
            Kind::Command => ("command", command(&mut section).map(|command| AlarmKind::Command { command })),
        };
        section.finish();
        Some(Self { name: name.unwrap_or_else(|| word.into()), kind: kind? })
    }
}

impl Email {
    fn read(section: &mut Section<'_, '_>) -> Option<Self> {
        for (key, remedy) in [
            ("server", "write the server that sends your mail, such as \"smtp.example.org\""),
            ("from", "write the address that the mail comes from"),
            ("to", "write who gets the mail, such as [\"warden@example.org\"]"),
        ] {
            section.require(key, remedy);
        }
        let server = section.text("server", "the name of a mail server, such as \"smtp.example.org\"", host);
        let security: Security = section.choice("security").unwrap_or_default();
        // RFC 8314, sections 3.3 and 7.3: submission with implicit TLS, and with STARTTLS.
        let mut port = match security {
            Security::Tls => 465,
            Security::StartTls => 587,
        };
        section.number("port", 1..=65_535, &mut port);
        let user = section.text("user", "the name of a user", present);
        let password_file = section.path("password_file");
        if user.is_some() != password_file.is_some() {
            let what = "a user and the file with the password go together";
            section.conflict("user", what, "set both user and password_file, or neither");
        }
        let from = section.text("from", MailAddress::EXPECTED, str::parse::<MailAddress>);
        let to = section.texts("to", "addresses such as \"warden@example.org\"", str::parse::<MailAddress>);
        let port = u16::try_from(port).expect("the bounds above are those of a port");
        let email = Self { server: server?, port, security, user, password_file, from: from?, to };
        (!email.to.is_empty()).then_some(email)
    }
}

/// A token is a secret: it goes over TLS, or to this machine.
fn address(section: &mut Section<'_, '_>, remedy: &str) -> Option<(SecretUrl, Option<PathBuf>)> {
    section.require("url", remedy);
    let url = section.text("url", SecretUrl::EXPECTED, str::parse::<SecretUrl>);
    let token_file = section.path("token_file");
    let url = url?;
    if token_file.is_some() && !url.is_private() {
        section.conflict(
            "token_file",
            "anybody on the way could read the token",
            "use an address with https://",
        );
    }
    Some((url, token_file))
}

fn command(section: &mut Section<'_, '_>) -> Option<Vec<String>> {
    section.require("command", "write the program and its arguments, such as [\"/usr/local/bin/page\"]");
    let command =
        section.texts("command", "a program and its arguments, such as \"/usr/local/bin/page\"", present);
    let whole = command.first().is_some_and(|program| Path::new(program).is_absolute());
    if !command.is_empty() && !whole {
        section.conflict(
            "command",
            "the program has no whole path",
            "write where it lies, such as \"/usr/local/bin/page\"",
        );
    }
    whole.then_some(command)
}

fn host(text: &str) -> Result<String, String> {
    let signs = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if signs && (1..=253).contains(&text.len()) { Ok(text.into()) } else { Err(refused(text)) }
}

fn present(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.contains(['\0', '\n', '\r']) {
        Err("it is empty or has a line break")
    } else {
        Ok(text.into())
    }
}
