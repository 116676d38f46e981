//! Recordings that come, and those that are gone on with.

use std::fs;

use dial_origin::fault::FaultKind;

use crate::bench::{Bench, ask, patient, wav};
use crate::faulty::Behaviour::*;

const PATH: &str = "audio/2026-11-15.wav";

#[tokio::test]
async fn a_recording_comes_whole_and_tells_how_far_it_is() {
    let bench = Bench::new();
    let (url, mut last) = (bench.url(PATH), (0, None));
    let done = bench
        .client(patient())
        .download(&ask(&url), &bench.draft(), &mut |came, of| last = (came, of))
        .await
        .unwrap();
    let whole = wav();
    assert_eq!(last, (whole.len() as u64, Some(whole.len() as u64)));
    assert_eq!((done.bytes, done.resumed, done.length_known), (whole.len() as u64, 0, true));
    assert_eq!(fs::read(bench.draft()).unwrap(), whole);
    assert_eq!(bench.folder.path().read_dir().unwrap().count(), 1, "the note is gone");
    assert_eq!(bench.faulty.requests()[0].header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn a_recording_that_broke_off_is_gone_on_with() {
    let bench = Bench::new();
    let (url, client, half) = (bench.url(PATH), bench.client(patient()), wav().len() as u64 / 2);
    bench.faulty.behave(CutWithLength);
    let fault = client.download(&ask(&url), &bench.draft(), &mut |_, _| {}).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Cut);
    assert_eq!(fs::metadata(bench.draft()).unwrap().len(), half);
    // An origin that is busy or away does not spoil what is there.
    for behaviour in [Status(503), Refused] {
        bench.faulty.behave(behaviour);
        client.download(&ask(&url), &bench.draft(), &mut |_, _| {}).await.unwrap_err();
    }
    bench.faulty.behave(Well);
    let done = client.download(&ask(&url), &bench.draft(), &mut |_, _| {}).await.unwrap();
    assert_eq!(done.resumed, half);
    assert_eq!(fs::read(bench.draft()).unwrap(), wav());
    let last = bench.faulty.requests().pop().unwrap();
    assert_eq!(last.header("range"), Some(&*format!("bytes={half}-")));
    assert!(last.header("if-range").is_some());
}

#[tokio::test]
async fn a_recording_that_changed_meanwhile_comes_anew() {
    let bench = Bench::new();
    let (url, client) = (bench.url(PATH), bench.client(patient()));
    bench.faulty.behave(CutWithLength);
    client.download(&ask(&url), &bench.draft(), &mut |_, _| {}).await.unwrap_err();
    bench.faulty.behave(Well);
    let other = wav().into_iter().rev().collect::<Vec<u8>>();
    bench.faulty.put("/audio/2026-11-15.wav", &other);
    let done = client.download(&ask(&url), &bench.draft(), &mut |_, _| {}).await.unwrap();
    assert_eq!(done.resumed, 0);
    assert_eq!(fs::read(bench.draft()).unwrap(), other);
}

#[tokio::test]
async fn a_wrong_part_is_refused_and_the_next_attempt_begins_anew() {
    let bench = Bench::new();
    let (url, client) = (bench.url(PATH), bench.client(patient()));
    bench.faulty.behave(CutWithLength);
    client.download(&ask(&url), &bench.draft(), &mut |_, _| {}).await.unwrap_err();
    bench.faulty.behave(SendsAnotherPart);
    let fault = client.download(&ask(&url), &bench.draft(), &mut |_, _| {}).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Garbled);
    assert!(!bench.draft().exists());
    bench.faulty.behave(Well);
    client.download(&ask(&url), &bench.draft(), &mut |_, _| {}).await.unwrap();
    assert_eq!(fs::read(bench.draft()).unwrap(), wav());
}

#[tokio::test]
async fn a_draft_that_is_longer_than_the_recording_is_begun_anew() {
    let bench = Bench::new();
    let (url, client) = (bench.url(PATH), bench.client(patient()));
    bench.faulty.behave(CutWithLength);
    client.download(&ask(&url), &bench.draft(), &mut |_, _| {}).await.unwrap_err();
    fs::write(bench.draft(), vec![0; 100_000]).unwrap();
    bench.faulty.behave(Well);
    let done = client.download(&ask(&url), &bench.draft(), &mut |_, _| {}).await.unwrap();
    assert_eq!(done.resumed, 0);
    assert_eq!(fs::read(bench.draft()).unwrap(), wav());
}

#[tokio::test]
async fn a_draft_without_its_note_is_written_over() {
    let bench = Bench::new();
    fs::write(bench.draft(), "something else").unwrap();
    let url = bench.url(PATH);
    bench.client(patient()).download(&ask(&url), &bench.draft(), &mut |_, _| {}).await.unwrap();
    assert_eq!(fs::read(bench.draft()).unwrap(), wav());
}

#[tokio::test]
async fn a_disk_that_fails_is_ours() {
    let bench = Bench::new();
    let url = bench.url(PATH);
    let nowhere = bench.folder.path().join("no/such/folder/draft");
    let fault = bench.client(patient()).download(&ask(&url), &nowhere, &mut |_, _| {}).await.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::Disk(_)), "{fault:?}");
}
