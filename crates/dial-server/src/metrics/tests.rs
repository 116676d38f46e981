//! What is counted, read back as a collector reads it.
#![allow(clippy::float_cmp, reason = "what is counted is exact")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dial_origin::certificate::{Certificate, Life};
use dial_origin::event::Release;
use dial_origin::fault::{CertificateFault, Fault, FaultKind};

use super::*;

const NOW: &str = "2026-11-22T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn event(what: What) -> Event {
    Event { at: now(), line: "st-marys".into(), what }
}

fn certificate(host: &str, address: &str) -> Certificate {
    Certificate {
        host: host.into(),
        address: address.parse().ok(),
        names: vec![host.into()],
        issuer: "Let's Encrypt R11".into(),
        not_before: "2026-11-02T12:00:00Z".parse().unwrap(),
        not_after: "2026-12-02T12:00:00Z".parse().unwrap(),
        chain: Vec::new(),
        fingerprint: "00".into(),
    }
}

/// The samples of a text, by name with labels; every family has a help, and a type before its samples.
fn parse(text: &str) -> BTreeMap<String, f64> {
    let (mut samples, mut family) = (BTreeMap::new(), String::new());
    let mut helped = BTreeSet::new();
    for row in text.lines() {
        if let Some(rest) = row.strip_prefix("# HELP ") {
            assert!(helped.insert(rest.split(' ').next().unwrap().to_owned()), "{row}");
        } else if let Some(rest) = row.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(helped.contains(name) && ["counter", "gauge", "histogram"].contains(&kind), "{row}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{row}");
            name.clone_into(&mut family);
        } else {
            let (name, value) = row.rsplit_once(' ').unwrap();
            let bare = name.split('{').next().unwrap();
            let ends = ["", "_bucket", "_sum", "_count"];
            assert!(ends.iter().any(|end| bare == format!("{family}{end}")), "{row} in {family}");
            assert!(samples.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{row}");
        }
    }
    samples
}

/// Everything happens once.
fn lively() -> Metrics {
    let metrics = Metrics::default();
    metrics.answered(Duration::from_millis(30));
    metrics.ended("st-marys", HangupCause::Caller);
    metrics.ended("st-marys", HangupCause::Line);
    metrics.ended("st-marys", HangupCause::Caller);
    metrics.polite_failure();
    metrics.signature_failure();
    metrics.disk_free(12_000_000_000);
    metrics.signalled(3, Counters { strangers: 5_000, too_much: 7, ..Counters::default() });
    let fault = Fault::new(FaultKind::NoSuchHost, "cdn.example");
    let origin = |name: &str| name.to_owned();
    let life = Life::Valid;
    for what in [
        What::OriginAnswered { origin: origin("cdn"), took_ms: 300 },
        What::OriginFailed { origin: origin("git"), fault, cycles: 2, took_ms: 3000 },
        What::CycleEnded { fresh: true },
        What::CertificateSeen {
            origin: Some(origin("cdn")),
            certificate: Arc::new(certificate("cdn.example", "192.0.2.1")),
            life,
            remarks: Vec::new(),
        },
        What::Released { id: "a".into(), how: Release::Approved },
    ] {
        metrics.take(&event(what));
    }
    metrics
}

#[test]
fn what_happens_is_counted_under_its_name_and_labels() {
    let samples = parse(&lively().render(now() + jiff::SignedDuration::from_mins(2)));
    let version = env!("CARGO_PKG_VERSION");
    for (name, value) in [
        ("dial_calls_total{line=\"st-marys\",outcome=\"caller\"}", 2.0),
        ("dial_calls_total{line=\"st-marys\",outcome=\"line\"}", 1.0),
        ("dial_call_answer_seconds_count", 1.0),
        ("dial_call_answer_seconds_sum", 0.03),
        ("dial_call_answer_seconds_bucket{le=\"0.025\"}", 0.0),
        ("dial_call_answer_seconds_bucket{le=\"0.05\"}", 1.0),
        ("dial_call_answer_seconds_bucket{le=\"+Inf\"}", 1.0),
        ("dial_polite_failure_total", 1.0),
        ("dial_signature_failures_total", 1.0),
        ("dial_snapshot_age_seconds{line=\"st-marys\"}", 120.0),
        ("dial_snapshot_last_success_timestamp_seconds{line=\"st-marys\"}", 1_795_348_800.0),
        ("dial_origin_up{line=\"st-marys\",origin=\"cdn\"}", 1.0),
        ("dial_origin_up{line=\"st-marys\",origin=\"git\"}", 0.0),
        ("dial_origin_fetch_seconds_sum{line=\"st-marys\",origin=\"git\"}", 3.0),
        ("dial_origin_fetch_seconds_bucket{le=\"0.5\",line=\"st-marys\",origin=\"cdn\"}", 1.0),
        ("dial_origin_failures_total{line=\"st-marys\",origin=\"git\",kind=\"dns\"}", 1.0),
        ("dial_cert_not_after_timestamp_seconds{host=\"cdn.example\",ip=\"192.0.2.1\"}", 1_796_212_800.0),
        ("dial_disk_free_bytes", 12_000_000_000.0),
        ("dial_sip_calls", 3.0),
        ("dial_sip_requests_total{outcome=\"stranger\"}", 5_000.0),
        ("dial_sip_requests_total{outcome=\"too_much\"}", 7.0),
        ("dial_sip_requests_total{outcome=\"admitted\"}", 0.0),
        (&format!("dial_build_info{{version=\"{version}\"}}"), 1.0),
    ] {
        assert_eq!(samples.get(name), Some(&value), "{name} in {samples:#?}");
    }
    let left = samples["dial_cert_lifetime_fraction_left{host=\"cdn.example\",ip=\"192.0.2.1\"}"];
    assert!((left - 1.0 / 3.0).abs() < 0.001, "{left}");
}

#[test]
fn what_has_no_labels_is_there_with_its_type_before_anything_has_happened() {
    let text = Metrics::default().render(now());
    parse(&text);
    for (name, kind) in [
        ("dial_call_answer_seconds", "histogram"),
        ("dial_polite_failure_total", "counter"),
        ("dial_signature_failures_total", "counter"),
        ("dial_disk_free_bytes", "gauge"),
        ("dial_build_info", "gauge"),
    ] {
        assert!(text.contains(&format!("# TYPE {name} {kind}\n")), "{name}: {text}");
    }
}

#[test]
fn an_origin_that_comes_back_is_up_again() {
    let metrics = lively();
    metrics.take(&event(What::OriginAnswered { origin: "git".into(), took_ms: 10 }));
    let samples = parse(&metrics.render(now()));
    assert_eq!(samples["dial_origin_up{line=\"st-marys\",origin=\"git\"}"], 1.0);
    assert_eq!(samples["dial_origin_fetch_seconds_count{line=\"st-marys\",origin=\"git\"}"], 2.0);
}

#[test]
fn a_certificate_that_is_refused_is_shown_with_nothing_left() {
    let metrics = Metrics::default();
    let expired = certificate("cdn.example", "192.0.2.1");
    let mut fault = Fault::new(FaultKind::Certificate(CertificateFault::Expired(None)), "cdn.example");
    fault.certificate =
        Some(Box::new(Certificate { not_after: "2026-11-12T12:00:00Z".parse().unwrap(), ..expired }));
    metrics.take(&event(What::CertificateRefused { origin: None, fault }));
    let samples = parse(&metrics.render(now()));
    assert_eq!(samples["dial_cert_lifetime_fraction_left{host=\"cdn.example\",ip=\"192.0.2.1\"}"], 0.0);
}

#[test]
fn series_are_bounded_however_many_names_and_addresses_come() {
    let metrics = Metrics::default();
    for i in 0..2000 {
        let origin = format!("origin-{i}");
        metrics.take(&event(What::OriginAnswered { origin, took_ms: 1 }));
        let address = format!("192.0.{}.{}", i / 250, i % 250);
        let certificate = Arc::new(certificate("cdn.example", &address));
        let what =
            What::CertificateSeen { origin: None, certificate, life: Life::Valid, remarks: Vec::new() };
        metrics.take(&event(what));
        if i % 100 == 0 {
            metrics.render(now());
        }
    }
    let samples = parse(&metrics.render(now()));
    let count = |name: &str| samples.keys().filter(|sample| sample.starts_with(name)).count();
    assert_eq!(count("dial_origin_up"), 500);
    assert_eq!(count("dial_cert_not_after"), 200);
    assert!(samples["dial_origin_fetch_seconds_count{line=\"st-marys\",origin=\"other\"}"] > 1000.0);
    let later = parse(&metrics.render(now() + jiff::SignedDuration::from_hours(49)));
    assert!(later.keys().all(|sample| !sample.starts_with("dial_cert")));
}

#[test]
fn names_with_strange_signs_do_not_break_the_text() {
    let metrics = Metrics::default();
    metrics.ended("a\"b\\c\nd", HangupCause::Failed);
    let samples = parse(&metrics.render(now()));
    assert_eq!(samples["dial_calls_total{line=\"a\\\"b\\\\c\\nd\",outcome=\"failed\"}"], 1.0);
}

#[test]
fn two_sets_of_numbers_share_nothing() {
    let (one, other) = (lively(), Metrics::default());
    assert_ne!(one.render(now()), other.render(now()));
    assert_eq!(parse(&other.render(now()))["dial_polite_failure_total"], 0.0);
}
