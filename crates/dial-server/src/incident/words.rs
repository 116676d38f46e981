//! Every sentence about incidents, in British English. What happened and when is decided elsewhere.

use std::borrow::Cow;

use dial_origin::certificate::{Certificate, Life};
use dial_origin::event::{Hold, Release, Remark};
use dial_origin::fault::moment;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Entry, Heard, Incident, Level, Light};
use crate::logging::Redactor;

/// What others say is cut off here, in signs: a page is no place for a library's whole message.
const MAX_FOREIGN: usize = 500;

/// What is said before the first look.
pub(super) const NOTHING_KNOWN: &str = "The phone line is starting.";
pub(super) const NOT_USED: &str = "It is not used any more.";
pub(super) const DISK_WORKS: &str = "The disk works again.";
pub(super) const CLOCK_RIGHT: &str = "This computer's clock is right again.";
pub(super) const WRITES_AGAIN: &str = "The data folder is ours again.";
pub(super) const READ_ONLY: &str =
    "Another dial uses the data folder, so this one only reads it and fetches nothing new.";
pub(super) const REMEDY_READ_ONLY: &str = "Stop one of the two, or give one another data folder.";
pub(super) const REMEDY_CLOCK: &str =
    "Set this computer's clock, and let it be kept right (`timedatectl set-ntp true`).";
pub(super) const LOOKS_AGAIN: &str = "The origins are looked at again.";
pub(super) const BROKE_OFF: &str =
    "The work on the copy broke off by a fault of the program, and began anew.";
pub(super) const REMEDY_STUCK: &str =
    "Restart dial when no call is going on, and report what its log said before.";
pub(super) const REMEDY_DAMAGED: &str = "Check the disk: it lost what was written to it.";
pub(super) const EMPTY: &str = "There is nothing to play: no copy is on the disk, and no origin gave one.";
pub(super) const REMEDY_EMPTY: &str =
    "Make one origin work; `dial check` says what is wrong with each of them.";
pub(super) const REMEDY_STALE: &str =
    "Look at the origins; `dial check` says what is wrong with each of them.";
pub(super) const FRESH_AGAIN: &str = "The recordings are confirmed again.";
pub(super) const POLITE: &str =
    "A caller heard that the line has some trouble, although there are recordings to play.";
pub(super) const REMEDY_POLITE: &str = "Ring the line yourself, and look into the log for what it says.";
pub(super) const HEARD_AGAIN: &str = "Callers hear the recordings again.";
pub(super) const SIGNATURE: &str =
    "Requests of the telephone company are refused, for their signatures do not fit.";
pub(super) const REMEDY_SIGNATURE: &str =
    "Compare server.public_url with the address that the telephone company calls, and renew the auth token.";
pub(super) const SIGNATURE_RIGHT: &str = "The signatures of the telephone company fit again.";

/// What others said, fit to be shown: masked, on one row, not endless.
pub(super) fn clean(text: &str, redactor: &Redactor) -> String {
    // A sign that turns the direction of writing can make a text read as another one.
    let unfit = |sign: char| {
        sign.is_control()
            || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}'..='\u{ffff}')
    };
    let plain: String = text.chars().map(|sign| if unfit(sign) { ' ' } else { sign }).collect();
    let masked = redactor.redact(&plain);
    match masked.char_indices().nth(MAX_FOREIGN) {
        Some((end, _)) => format!("{}…", &masked[..end]),
        None => masked.into_owned(),
    }
}

/// A remark as a sentence: with a capital and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut signs = text.chars();
    let first = signs.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", signs.as_str().trim_end_matches('.'))
}

pub(super) fn origin_did(origin: &str, host: &str, told: &str) -> String {
    // A path is nobody's business but the administrator's.
    match host {
        host if host.is_empty() || host == origin || host.contains(['/', '\\']) => {
            format!("The origin {origin} {told}.")
        }
        host => format!("The origin {origin} ({host}) {told}."),
    }
}

pub(super) fn we_did(host: &str, told: &str) -> String {
    format!("Our own address {host} {told}.")
}

pub(super) fn well_again(origin: &str) -> String {
    format!("The origin {origin} is well again.")
}

pub(super) fn switched(to: Option<&str>, empty: bool) -> String {
    match (to, empty) {
        (Some(to), false) => format!("Switched to the origin {to}. Callers noticed nothing."),
        (Some(to), true) => format!("Switched to the origin {to}."),
        (None, false) => "No origin is of use; the line goes on with its own copy.".into(),
        (None, true) => "No origin is of use, and there is no copy to go on with.".into(),
    }
}

pub(super) fn behind(origin: &str, lacks: usize) -> String {
    let recordings = counted(lacks, "recording");
    format!("The origin {origin} is behind: it lacks {recordings} that we offer.")
}

pub(super) fn remedy_behind(origin: &str) -> String {
    format!("Publish the newest list and recordings to {origin} too, so that it can stand in for the others.")
}

pub(super) fn caught_up(origin: &str) -> String {
    format!("The origin {origin} has caught up.")
}

/// None while it lives long enough.
pub(super) fn life(certificate: &Certificate, life: Life, zone: &TimeZone) -> Option<String> {
    let (host, when) = (&certificate.host, moment(certificate.not_after, zone));
    match life {
        Life::Valid | Life::Yellow => None,
        Life::Red => Some(format!("The certificate of {host} expires {when}, and should be renewed by now.")),
        Life::Expired => Some(format!("The certificate of {host} expired {when}.")),
    }
}

pub(super) fn remark(certificate: &Certificate, remark: &Remark) -> String {
    let host = &certificate.host;
    match remark {
        Remark::IssuerChanged { from } => {
            let to = &certificate.issuer;
            format!("The certificate of {host} comes from another issuer: {to} instead of {from}.")
        }
        Remark::Older => {
            format!("{host} presents a certificate older than the one that it presented before.")
        }
        Remark::BrokenChain => {
            format!("{host} leaves out a certificate between its own and the one we trust.")
        }
    }
}

pub(super) fn remedy_certificate(host: &str) -> String {
    format!("Ask whoever runs {host} to see to its certificate; browsers may not notice yet.")
}

pub(super) fn certificate_well(host: &str) -> String {
    format!("The certificate of {host} is in order again.")
}

pub(super) fn held(origin: &str, reason: Hold) -> String {
    let what = match reason {
        Hold::Empty => format!("The list of the origin {origin} is empty"),
        Hold::Shrunken { gone, of } => {
            format!("The list of the origin {origin} lacks {gone} of the {of} recordings that are offered")
        }
        Hold::Changed { of } => {
            format!("The list of the origin {origin} has none of the {of} recordings that are offered")
        }
    };
    format!("{what}; it waits until a person has looked at it.")
}

pub(super) fn remedy_held(origin: &str, id: &str) -> String {
    format!("Look at the list of {origin}: if it is meant, approve it under the name {id}; if not, mend it.")
}

pub(super) fn released(how: Release) -> &'static str {
    match how {
        Release::Approved => "A person approved the list.",
        Release::Agreed => "All origins gave the same list for long enough, so it was taken.",
        Release::Withdrawn => "The origin gave another list.",
    }
}

pub(super) fn left_out(origin: &str, file: &str, told: &str, kept: bool) -> String {
    let instead = if kept { "is offered with its older sound" } else { "is not offered" };
    format!("The recording {file} {instead}: the origin {origin} {told}.")
}

pub(super) fn more_left_out() -> String {
    "More recordings are not offered, or only with their older sound.".into()
}

pub(super) fn many_left_out(files: usize) -> String {
    format!("{files} recordings are not offered, or only with their older sound.")
}

pub(super) fn taken_in(file: &str) -> String {
    format!("The recording {file} is in order again.")
}

pub(super) fn disk_failed(why: &str) -> String {
    format!("Our own disk fails: {why}. Calls go on from memory.")
}

pub(super) fn disk_low(free: u64) -> String {
    format!("Only {} MB are left on our own disk, so older copies were given up.", free / 1_000_000)
}

pub(super) fn remedy_disk() -> String {
    "Make room on the disk of the data folder, and let the user that runs dial write there.".into()
}

pub(super) fn clock_wrong(ahead_s: i64) -> String {
    let minutes = counted((ahead_s.unsigned_abs() / 60) as usize, "minute");
    let way = if ahead_s > 0 { "fast" } else { "slow" };
    format!("This computer's clock is {minutes} {way}.")
}

pub(super) fn stuck(since: Timestamp, zone: &TimeZone) -> String {
    format!("Nobody has looked at the origins since {}.", bare_moment(since, zone))
}

pub(super) fn stale(since: Option<Timestamp>, zone: &TimeZone) -> String {
    match since {
        Some(since) => format!("No origin has confirmed the recordings since {}.", bare_moment(since, zone)),
        None => "No origin has confirmed the recordings yet.".into(),
    }
}

pub(super) fn risen(level: Level, empty: bool) -> &'static str {
    match (level, empty) {
        (_, true) => "There is nothing to play.",
        (Level::Critical, _) => "No origin has confirmed the recordings for a day.",
        _ => "No origin has confirmed the recordings for an hour.",
    }
}

pub(super) fn published(number: u64, recordings: usize, added: usize, removed: usize) -> String {
    let recordings = counted(recordings, "recording");
    format!("Copy {number} is offered: {recordings}, of them {added} new; {removed} went.")
}

pub(super) fn restored(number: u64, by_hand: bool) -> String {
    if by_hand {
        format!("A person went back to copy {number}.")
    } else {
        format!("Copy {number} is offered from the disk.")
    }
}

pub(super) fn damaged(number: u64, damaged: &[String]) -> String {
    let what = damaged.join(", ");
    format!("Some of what is on the disk is damaged ({what}); copy {number} is offered.")
}

pub(super) fn acknowledged(by: &str) -> String {
    format!("{by} sees to it.")
}

/// What callers heard, while an incident is open or after it.
pub(crate) fn heard(incident: &Incident) -> String {
    let open = incident.is_open();
    let (notice, goes, hear) = if open { ("notice", "goes", "hear") } else { ("noticed", "went", "heard") };
    match incident.heard {
        Heard::Nothing => format!("Callers {notice} nothing."),
        Heard::Copy { of: None } => {
            format!("Callers {notice} nothing: the line {goes} on with the recordings that it had.")
        }
        Heard::Copy { of: Some(of) } => {
            let day = day(of, &incident.zone());
            format!("Callers {notice} nothing: the line {goes} on with the recordings of {day}.")
        }
        Heard::Fewer => format!("Callers {hear} the other recordings."),
        Heard::Trouble => format!("Callers {hear} that the line has some trouble."),
        Heard::Provider => format!(
            "Callers may {} the telephone company's own message.",
            if open { "hear" } else { "have heard" }
        ),
    }
}

/// How many calls were answered meanwhile.
pub(crate) fn calls(incident: &Incident) -> String {
    let calls = counted(incident.calls as usize, "call");
    let (were, meanwhile) = (if incident.calls == 1 { "was" } else { "were" }, "meanwhile");
    match incident.polite_calls {
        0 => format!("{calls} {were} answered {meanwhile}."),
        polite => format!("{calls} {were} answered {meanwhile}; {polite} heard of the trouble."),
    }
}

/// An incident in one paragraph.
pub(crate) fn story(incident: &Incident) -> String {
    let mut parts: Vec<Cow<'_, str>> = rows(incident).map(Cow::Owned).collect();
    let already_said = parts.iter().any(|part| part.contains("Callers noticed nothing."));
    if incident.heard != Heard::Nothing || !already_said {
        parts.push(heard(incident).into());
    }
    parts.join(" ")
}

/// The entries with their times; the day is said when it is another one.
pub(crate) fn rows(incident: &Incident) -> impl Iterator<Item = String> {
    let zone = incident.zone();
    let mut last: Option<Date> = None;
    incident.entries.iter().map(move |Entry { at, text }| {
        let date = at.to_zoned(zone.clone()).date();
        let another = last.replace(date).is_some_and(|last| last != date);
        let time = clock(*at, &zone);
        if another { format!("{}, {time} {text}", day(*at, &zone)) } else { format!("{time} {text}") }
    })
}

/// `14:02`
pub(crate) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// `23 November 2026`
pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %B %Y").to_string()
}

/// `13:59 on 23 November 2026`
pub(crate) fn bare_moment(at: Timestamp, zone: &TimeZone) -> String {
    moment(at, zone).trim_start_matches("at ").to_owned()
}

/// `1 recording`, `2 recordings`
pub(crate) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The one sentence about all lines, or about one.
pub(crate) fn light(light: Light, lines: usize) -> &'static str {
    match (light, lines) {
        (Light::Green, 0 | 1) => "The phone line is working.",
        (Light::Green, _) => "The phone lines are working.",
        (Light::Amber, 0 | 1) => "The phone line is working, but something needs a person.",
        (Light::Amber, _) => "The phone lines are working, but something needs a person.",
        (Light::Red, 0 | 1) => "The phone line has trouble, and callers hear it.",
        (Light::Red, _) => "A phone line has trouble, and its callers hear it.",
    }
}
