//! An incident as a post in Markdown: what is known is filled in, what only a person knows is marked.

use jiff::Timestamp;

use super::{Incident, words};

/// What a post says, ready for a person to finish.
pub(crate) fn post(incident: &Incident) -> String {
    let zone = incident.zone();
    let began = words::bare_moment(incident.opened_at, &zone);
    let title = incident.why.trim_end_matches('.');
    let mut text = format!("# {}: {}\n\n", words::day(incident.opened_at, &zone), plain(title));
    if incident.is_open() {
        text.push_str("[Please add: this incident is still open; make this post again when it is over.]\n\n");
    }
    text.push_str(&format!("## What happened\n\n{}\n", plain(&words::heard(incident))));
    text.push_str(&format!("{}\n\nIt began at {began}", words::calls(incident)));
    match incident.closed_at {
        Some(ended) => {
            let lasted = lasted(incident.opened_at, ended);
            text.push_str(&format!(", and was over at {}, {lasted}.\n\n", words::bare_moment(ended, &zone)));
        }
        None => text.push_str(".\n\n"),
    }
    text.extend(words::rows(incident).map(|row| format!("- {}\n", plain(&row))));
    text.push_str("\n[Please add: what people told you, if anyone rang or wrote.]\n");
    text.push_str(&format!("\n## Why\n\n{}\n\n", plain(&incident.why)));
    text.push_str("[Please add: why that could happen, as far as you know.]\n");
    text.push_str("\n## How it was fixed\n\n");
    if let Some(last) = incident.entries.last().filter(|_| !incident.is_open()) {
        text.push_str(&format!("{}\n", plain(&last.text)));
    }
    if let Some(acknowledged) = &incident.acknowledged {
        text.push_str(&format!("{} saw to it.\n", plain(&acknowledged.by)));
    }
    text.push_str(&format!("The advice was: {}\n\n", plain(&incident.remedy)));
    text.push_str("[Please add: what a person did, or that it mended itself.]\n");
    text.push_str("\n## How we stop it happening again\n\n");
    text.push_str("[Please add: what you change, who does it, and by when.]\n");
    text
}

/// How long it took, in words.
fn lasted(from: Timestamp, to: Timestamp) -> String {
    let minutes = (to.duration_since(from).as_secs().max(0) / 60) as usize;
    let (days, hours) = (minutes / 1440, minutes / 60 % 24);
    match (days, hours) {
        (0, 0) if minutes == 0 => "within a minute".into(),
        (0, 0) => format!("after {}", words::counted(minutes, "minute")),
        (0, hours) => {
            format!("after {} and {}", words::counted(hours, "hour"), words::counted(minutes % 60, "minute"))
        }
        (days, hours) => {
            format!("after {} and {}", words::counted(days, "day"), words::counted(hours, "hour"))
        }
    }
}

/// Signs that mean something in Markdown, taken as they are.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for sign in text.chars() {
        if matches!(sign, '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
            plain.push('\\');
        }
        plain.push(sign);
    }
    plain
}
