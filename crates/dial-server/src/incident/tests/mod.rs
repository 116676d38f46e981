//! What is told of events, in which words, and when it ends.

mod journal;
mod openings;
mod properties;
mod status;
mod stories;

use std::sync::Arc;

use dial_origin::certificate::{Certificate, Life};
use dial_origin::event::{Event, What};
use dial_origin::fault::{CertificateFault, Fault, FaultKind};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::logging::Redactor;

/// A moment of the 23rd of November 2026, in London, where it is winter.
pub(crate) fn at(clock: &str) -> Timestamp {
    let clock = if clock.len() == 5 { format!("2026-11-23T{clock}:00Z") } else { clock.to_owned() };
    clock.parse().unwrap()
}

/// A line with two origins.
pub(crate) fn line(name: &str) -> WatchedLine {
    let zone = TimeZone::get("Europe/London").unwrap();
    let origins = vec!["cdn".into(), "website".into()];
    WatchedLine { name: name.into(), zone, poll_s: 60, origins }
}

/// The timeline of the line st-annes.
pub(crate) fn timeline() -> Timeline {
    let mut timeline = Timeline::new([], Redactor::default());
    assert!(timeline.watch(&[line("st-annes")], at("09:00")).is_empty());
    timeline
}

pub(crate) fn event(clock: &str, what: What) -> Event {
    Event { at: at(clock), line: "st-annes".into(), what }
}

pub(crate) fn failed(origin: &str, kind: FaultKind, cycles: u32) -> What {
    let fault = Fault::new(kind, format!("{origin}.example"));
    What::OriginFailed { origin: origin.into(), fault, cycles, took_ms: 3000 }
}

pub(crate) fn answered(origin: &str) -> What {
    What::OriginAnswered { origin: origin.into(), took_ms: 80 }
}

pub(crate) fn expired(clock: &str) -> FaultKind {
    FaultKind::Certificate(CertificateFault::Expired(Some(at(clock))))
}

pub(crate) fn published() -> What {
    What::Published { origin: "cdn".into(), number: 12, recordings: 24, added: 1, removed: 0 }
}

pub(crate) fn certificate(host: &str) -> Arc<Certificate> {
    Arc::new(Certificate {
        host: host.into(),
        address: None,
        names: vec![host.into()],
        issuer: "Good CA".into(),
        not_before: at("2026-09-01T00:00:00Z"),
        not_after: at("2026-11-30T00:00:00Z"),
        chain: Vec::new(),
        fingerprint: "ab".into(),
    })
}

pub(crate) fn seen(host: &str, life: Life) -> What {
    What::CertificateSeen {
        origin: Some("cdn".into()),
        certificate: certificate(host),
        life,
        remarks: Vec::new(),
    }
}

/// Takes a table of events, one after the other; the notices of all.
pub(crate) fn take(timeline: &mut Timeline, events: Vec<(&str, What)>) -> Vec<Notice> {
    events.into_iter().flat_map(|(clock, what)| timeline.take(&event(clock, what))).collect()
}

fn later(from: Timestamp, hours: i64) -> Timestamp {
    from + SignedDuration::from_hours(hours)
}
