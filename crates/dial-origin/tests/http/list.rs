//! Lists that come: what is read of them, and what is not asked for twice.

use std::sync::Arc;

use dial_origin::origin::Origin;
use jiff::tz::TimeZone;

use crate::bench::{Bench, LIST, patient};
use crate::faulty::Behaviour::*;

#[tokio::test]
async fn a_list_over_https_names_where_its_recordings_lie() {
    let bench = Bench::new();
    bench.faulty.date("Sun, 22 Nov 2026 10:00:00 GMT");
    let mut origin = bench.origin(patient());
    let listing = origin.list(&TimeZone::UTC).await.unwrap();
    assert_eq!(listing.church_name, "St Anne's");
    assert_eq!(listing.items[0].place, bench.url("audio/2026-11-15.wav").as_str());
    assert_eq!(listing.items[1].place, bench.url("audio/2025/carols%20&%20more%3F.wav").as_str());
    assert_eq!(origin.clock().unwrap().to_string(), "2026-11-22T10:00:00Z");
    assert_eq!(listing.changed_at.unwrap().to_string(), "2026-11-21T18:30:00Z");
    for item in &listing.items {
        bench.fetch(item).await.unwrap();
    }
}

#[tokio::test]
async fn an_unchanged_list_is_the_same_and_is_not_sent_again() {
    let bench = Bench::new();
    let mut origin = bench.origin(patient());
    let first = origin.list(&TimeZone::UTC).await.unwrap();
    let sent = bench.faulty.sent();
    let second = origin.list(&TimeZone::UTC).await.unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert!(bench.faulty.sent() - sent < LIST.len() as u64 + 100);
    assert!(bench.faulty.requests()[1].header("if-none-match").is_some());
    // A server that knows no conditions sends all of it: the same bytes are the same list.
    bench.faulty.behave(IgnoresRanges);
    assert!(Arc::ptr_eq(&first, &origin.list(&TimeZone::UTC).await.unwrap()));
    // Times without an offset mean something else in another zone.
    let other = origin.list(&TimeZone::fixed(jiff::tz::offset(1))).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &other));
}

#[tokio::test]
async fn a_changed_list_is_another_one() {
    let bench = Bench::new();
    let mut origin = bench.origin(patient());
    origin.list(&TimeZone::UTC).await.unwrap();
    bench.faulty.put("/data.json", br#"{"church_name": "St Anne's", "services": [{"file": "a.mp3"}]}"#);
    assert_eq!(origin.list(&TimeZone::UTC).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_byte_order_mark_before_a_list_is_passed_over() {
    let bench = Bench::new();
    let marked = [b"\xef\xbb\xbf", LIST.as_bytes()].concat();
    bench.faulty.behave(Body { content_type: "text/plain", bytes: marked });
    assert_eq!(bench.list().await.unwrap().items.len(), 2);
}
