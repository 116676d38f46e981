//! The ways in which a message goes out, one file for each kind.
//!
//! A channel tries once, within a deadline. It must not know of other channels, nor when to try again.

mod command;
mod email;
mod failure;
pub(super) mod http;
mod kept;
mod roots;

use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};

use self::command::Program;
use self::email::Mailbox;
pub(crate) use self::failure::Failure;
use self::http::Http;
pub(crate) use self::roots::Roots;
use super::notice::{Level, Notice, NoticeKind};
use crate::config::{self, AlarmKind, SecretUrl};

/// A try that takes longer has failed.
const DEADLINE: Duration = Duration::from_secs(10);

/// A way in which messages go out.
pub(crate) struct Channel {
    name: String,
    kind: Kind,
}

enum Kind {
    Email(Box<Mailbox>),
    Ntfy { url: SecretUrl, http: Http },
    Webhook { url: SecretUrl, http: Http },
    Command(Program),
}

impl Channel {
    /// All that a configuration names. Each address of e-mail is a channel, for each can fail on its own.
    pub(crate) fn all(alarm: &config::Alarm, roots: &Roots) -> Vec<Self> {
        alarm.to.iter().flat_map(|to| Self::of(to, roots)).collect()
    }

    fn of(to: &config::AlarmTo, roots: &Roots) -> Vec<Self> {
        let http = |url: &SecretUrl, token: &Option<_>| Http::new(url.clone(), token.clone(), roots.clone());
        let one = |kind| vec![Self { name: to.name.clone(), kind }];
        match &to.kind {
            AlarmKind::Email(email) => {
                let several = email.to.len() > 1;
                let name = |i| if several { format!("{}.{}", to.name, i + 1) } else { to.name.clone() };
                let boxes = email.to.iter().map(|to| Mailbox::new(email, to, roots)).enumerate();
                boxes
                    .map(|(i, mailbox)| Self { name: name(i), kind: Kind::Email(Box::new(mailbox)) })
                    .collect()
            }
            AlarmKind::Ntfy { url, token_file } => {
                one(Kind::Ntfy { url: url.clone(), http: http(&topic(url).0, token_file) })
            }
            AlarmKind::Webhook { url, token_file } => {
                one(Kind::Webhook { url: url.clone(), http: http(url, token_file) })
            }
            AlarmKind::Command { command } => one(Kind::Command(Program(command.clone()))),
        }
    }

    /// Its name in the configuration, with a number where an e-mail goes to several addresses.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether a name that somebody gave means it: `email` means `email.1` as well.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Whither it leads, as far as may be shown.
    pub(crate) fn place(&self) -> String {
        match &self.kind {
            Kind::Email(mailbox) => mailbox.to().to_string(),
            Kind::Ntfy { url, .. } | Kind::Webhook { url, .. } => url.host().into(),
            Kind::Command(program) => program.name().into(),
        }
    }

    /// Changes when the channel leads elsewhere. It does not tell where.
    pub(crate) fn fingerprint(&self) -> String {
        let place = match &self.kind {
            Kind::Email(mailbox) => format!("email {}", mailbox.to().expose()),
            Kind::Ntfy { url, .. } => format!("ntfy {}", url.expose()),
            Kind::Webhook { url, .. } => format!("webhook {}", url.expose()),
            Kind::Command(program) => format!("command {:?}", program.0),
        };
        Sha256::digest(place).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Tries to send a message, once.
    ///
    /// # Errors
    /// Whatever keeps it from being taken within ten seconds.
    pub(crate) async fn send(&self, notice: &Notice) -> Result<(), Failure> {
        within_deadline(async {
            match &self.kind {
                Kind::Email(mailbox) => mailbox.send(notice).await,
                Kind::Ntfy { url, http } => http.post(&ntfy(&topic(url).1, notice)).await,
                Kind::Webhook { http, .. } => http.post(&json!(notice)).await,
                Kind::Command(program) => program.run(&self.name, notice).await,
            }
        })
        .await
    }
}

/// Waits for a try, but not longer than it may take.
pub(super) async fn within_deadline(
    attempt: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    tokio::time::timeout(DEADLINE, attempt).await.unwrap_or(Err(Failure::Deadline))
}

/// The address of a ntfy server, and the topic that stood at its end.
fn topic(url: &SecretUrl) -> (SecretUrl, String) {
    let whole = url.expose().as_str().trim_end_matches('/');
    let (server, topic) = whole.rsplit_once('/').unwrap_or((whole, ""));
    // An address without a topic stays as it is; the server says what it thinks of it.
    server.parse().map_or_else(|_| (url.clone(), String::new()), |server| (server, topic.to_owned()))
}

/// A message for ntfy, published as JSON: its headers could not hold every sign of a subject.
fn ntfy(topic: &str, notice: &Notice) -> serde_json::Value {
    let (priority, tag) = match (notice.kind, notice.level) {
        (NoticeKind::Closed, _) => (3, "white_check_mark"),
        (NoticeKind::AllIsWell, _) => (2, "white_check_mark"),
        (NoticeKind::Test, _) => (4, "telephone_receiver"),
        (NoticeKind::Opened | NoticeKind::Reminder, Level::Critical) => (5, "rotating_light"),
        (NoticeKind::Opened | NoticeKind::Reminder, Level::Warning) => (4, "warning"),
        (NoticeKind::Opened | NoticeKind::Reminder, Level::Info) => (3, "information_source"),
    };
    let mut message = json!({
        "topic": topic,
        "title": notice.subject,
        "message": notice.text(),
        "priority": priority,
        "tags": [tag],
    });
    if let Some(link) = &notice.link {
        message["click"] = json!(link);
    }
    message
}
