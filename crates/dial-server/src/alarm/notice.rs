//! What goes out: one message about one incident, in plain sentences.
//!
//! It must not know how it goes out, nor how incidents are found.

use std::fmt;

use dial_origin::fault::moment;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The longest texts that go out, in bytes; what is longer is cut with an ellipsis. ntfy makes a file of
/// a message over 4096 bytes, and together these stay below.
const MAX_ID: usize = 200;
const MAX_SUBJECT: usize = 200;
const MAX_BODY: usize = 2400;
const MAX_REMEDY: usize = 600;
const MAX_LINK: usize = 500;

/// One message about one incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notice {
    /// The incident; the same from its beginning to its end.
    pub(crate) id: String,
    /// What is told of it.
    pub(crate) kind: NoticeKind,
    /// How bad it is.
    pub(crate) level: Level,
    /// When that came true.
    pub(crate) at: Timestamp,
    /// One line.
    pub(crate) subject: String,
    /// What happened and what callers hear, in sentences.
    pub(crate) body: String,
    /// What to do, as a sentence without its full stop; may be empty.
    pub(crate) remedy: String,
    /// Where more of it stands.
    pub(crate) link: Option<String>,
}

/// What is told of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NoticeKind {
    /// It began, or became worse.
    Opened,
    /// It lasts.
    Reminder,
    /// It is over.
    Closed,
    /// There is none.
    AllIsWell,
    /// Somebody wants to know whether messages arrive.
    Test,
}

/// How bad an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Good to know.
    Info,
    /// Callers notice nothing yet; somebody should look.
    Warning,
    /// Callers notice, or soon will.
    Critical,
}

impl Notice {
    /// The same with texts of bounded length, without signs that no message may have.
    pub(crate) fn bounded(self) -> Self {
        Self {
            id: row(&self.id, MAX_ID),
            subject: row(&self.subject, MAX_SUBJECT),
            body: cut(&self.body.replace(|sign: char| sign.is_control() && sign != '\n', ""), MAX_BODY),
            remedy: row(&self.remedy, MAX_REMEDY),
            link: self.link.map(|link| row(&link, MAX_LINK)),
            ..self
        }
    }

    /// That the incident of this message lasts.
    pub(super) fn reminder(&self, at: Timestamp, zone: &TimeZone) -> Self {
        let since = moment(self.at, zone);
        Self {
            kind: NoticeKind::Reminder,
            at,
            subject: format!("Still: {}", self.subject),
            body: format!("This began {since}, and lasts.\n\n{}", self.body),
            ..self.clone()
        }
        .bounded()
    }

    /// That the incident of this message is over, where nobody has told more of its end.
    pub(super) fn end(&self, at: Timestamp, zone: &TimeZone) -> Self {
        let since = moment(self.at, zone);
        Self {
            kind: NoticeKind::Closed,
            at,
            subject: format!("Over: {}", self.subject),
            body: format!("This began {since}. It was over when dial was started again."),
            remedy: String::new(),
            ..self.clone()
        }
        .bounded()
    }

    /// That there is no incident.
    pub(super) fn all_is_well(at: Timestamp) -> Self {
        Self {
            id: "all-is-well".into(),
            kind: NoticeKind::AllIsWell,
            level: Level::Info,
            at,
            subject: "The phone line is well".into(),
            body: "The phone line is working, and nothing is wrong that it knows of.\n\
                   This message comes once a week, so that you notice if alarms should not arrive."
                .into(),
            remedy: String::new(),
            link: None,
        }
    }

    /// All that it says, as one text.
    pub(crate) fn text(&self) -> String {
        let mut text = self.body.clone();
        if !self.remedy.is_empty() {
            text.push_str(&format!("\n\nWhat to do: {}.", self.remedy));
        }
        if let Some(link) = &self.link {
            text.push_str(&format!("\n\nMore: {link}"));
        }
        text
    }
}

impl NoticeKind {
    /// Its word in messages for machines.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Reminder => "reminder",
            Self::Closed => "closed",
            Self::AllIsWell => "all-is-well",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        })
    }
}

/// One line: a line break could begin a header of its own.
fn row(text: &str, most: usize) -> String {
    cut(&text.replace(char::is_control, " "), most)
}

fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.into();
    }
    format!("{}…", &text[..text.floor_char_boundary(most - '…'.len_utf8())])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A message of a certain kind about an incident.
    pub(crate) fn notice(id: &str, kind: NoticeKind) -> Notice {
        Notice {
            id: id.into(),
            kind,
            level: Level::Critical,
            at: "2026-11-22T14:02:00Z".parse().unwrap(),
            subject: format!("The certificate of {id} has expired"),
            body: "cdn.example presented a certificate that expired at 13:59. Callers noticed nothing."
                .into(),
            remedy: "ask whoever runs cdn.example to renew it".into(),
            link: Some("https://phone.example.org/status".into()),
        }
    }

    #[test]
    fn a_message_says_what_happened_what_to_do_and_where_more_stands() {
        assert_eq!(
            notice("cdn", NoticeKind::Opened).text(),
            "cdn.example presented a certificate that expired at 13:59. Callers noticed nothing.\n\n\
             What to do: ask whoever runs cdn.example to renew it.\n\nMore: https://phone.example.org/status"
        );
    }

    #[test]
    fn a_reminder_says_since_when() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let at = "2026-11-23T14:02:00Z".parse().unwrap();
        let reminder = notice("cdn", NoticeKind::Opened).reminder(at, &zone);
        assert_eq!(reminder.subject, "Still: The certificate of cdn has expired");
        assert!(
            reminder.body.starts_with("This began at 14:02 on 22 November 2026, and lasts.\n\n"),
            "{}",
            reminder.body
        );
        assert_eq!((reminder.id.as_str(), reminder.kind, reminder.at), ("cdn", NoticeKind::Reminder, at));
    }

    #[test]
    fn no_text_is_endless_and_no_subject_begins_a_header_of_its_own() {
        let long = Notice {
            subject: "a\r\nBcc: b@example.org".into(),
            body: "ä\0\n".repeat(5000),
            remedy: "€".repeat(5000),
            ..notice(&"x".repeat(5000), NoticeKind::Opened)
        };
        let bounded = long.bounded();
        assert_eq!(bounded.subject, "a  Bcc: b@example.org");
        assert!(bounded.text().len() < 4000 && !bounded.body.contains('\0'));
        assert!(bounded.body.starts_with("ä\nä\n") && bounded.body.ends_with('…'));
        assert_eq!(bounded.clone().bounded(), bounded);
    }
}
