//! A bucket as an origin: over a store in memory, and over a server that speaks S3.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "../loopback/mod.rs"]
mod loopback;
mod server;
#[path = "../sound/mod.rs"]
mod sound;

use std::path::Path;
use std::sync::Arc;

use dial_origin::event::What;
use dial_origin::fault::{Fault, FaultKind};
use dial_origin::http::{AddressError, Client, Policy, Surroundings};
use dial_origin::keeper::{self, Keeper, NamedOrigin, Once};
use dial_origin::origin::bucket::{Addressing, Bucket, Settings};
use dial_origin::origin::{Listing, Origin};
use dial_origin::sound::SoundStore;
use jiff::tz::TimeZone;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};

use server::{ID, SECRET, Server, etag};
use sound::sound;

const LIST: &str = r#"{"church_name": "St Anne's", "services": [
    {"file": "2022-06-12 a.mp3", "title": "Trinity"}, {"file": "b.mp3"}]}"#;

struct Fixture {
    server: Server,
    folder: tempfile::TempDir,
    bucket: Bucket,
}

fn fixture() -> Fixture {
    let server = Server::start();
    server.put("/sound/st-annes/data.json", LIST);
    server.put("/sound/st-annes/audio/2022-06-12%20a.mp3", sound(7, 50_000));
    server.put("/sound/st-annes/audio/b.mp3", sound(8, 500));
    let folder = tempfile::tempdir().unwrap();
    write_key(folder.path(), SECRET);
    let bucket = bucket(&server, folder.path());
    Fixture { server, folder, bucket }
}

fn write_key(folder: &Path, secret: &str) {
    let key = format!("[default]\naws_access_key_id = {ID}\naws_secret_access_key = {secret}\n");
    std::fs::write(folder.join("key"), key).unwrap();
}

fn bucket(server: &Server, folder: &Path) -> Bucket {
    let client = Client::new(Policy { private: true, ..Policy::default() }, Surroundings::default());
    Bucket::new(settings(server, folder), client).unwrap()
}

fn settings(server: &Server, folder: &Path) -> Settings {
    Settings {
        bucket: "sound".into(),
        folder: "st-annes/".into(),
        region: "eu-west-2".into(),
        endpoint: Some(server.address.clone()),
        addressing: Addressing::Path,
        credentials: Some(folder.join("key")),
    }
}

async fn list(bucket: &mut Bucket) -> Result<Arc<Listing>, Fault> {
    bucket.list(&TimeZone::get("Europe/London").unwrap()).await
}

#[tokio::test]
async fn a_bucket_is_listed_with_marks_and_lengths() {
    let Fixture { server, folder: _kept, mut bucket } = fixture();
    let listing = list(&mut bucket).await.unwrap();
    assert_eq!(listing.church_name, "St Anne's");
    assert_eq!(listing.changed_at, Some("2022-06-12T09:00:00Z".parse().unwrap()));
    assert_eq!(bucket.clock(), Some("2022-06-12T10:00:00Z".parse().unwrap()));
    let item = &listing.items[0];
    assert_eq!((item.place.as_str(), item.len), ("st-annes/audio/2022-06-12 a.mp3", Some(50_000)));
    assert_eq!(item.mark, Some(etag(&sound(7, 50_000))));
    assert_eq!(server.seen().len(), 2, "the list, and one page of objects");
}

#[tokio::test]
async fn two_buckets_tell_that_our_clock_is_wrong_also_where_nothing_changed() {
    let Fixture { server, folder, bucket: first } = fixture();
    let origins = [first, bucket(&server, folder.path())];
    let named = |(number, bucket)| NamedOrigin { name: format!("{number}"), origin: Box::new(bucket) as _ };
    let sounds = Arc::new(SoundStore::new(&folder.path().join("sound")));
    let mut keeper =
        Keeper::new(folder.path(), "st-annes", TimeZone::UTC, sounds, keeper::Settings::default());
    keeper.ask(origins.into_iter().enumerate().map(named).collect(), keeper::Settings::default());
    for (ours, told) in [
        ("2022-06-12T10:03:00Z", None),
        ("2022-06-12T10:07:00Z", Some(What::ClockWrong { ahead_s: 420 })),
        ("2022-06-12T10:03:00Z", Some(What::ClockRight)),
    ] {
        let mut progress = |_: &str, _| {};
        let mut once = Once::at(ours.parse().unwrap(), &mut progress);
        keeper.cycle(&mut once).await;
        let is_of_clock = |what: &What| matches!(what, What::ClockWrong { .. } | What::ClockRight);
        assert_eq!(once.events.into_iter().find(is_of_clock), told, "{ours}");
    }
}

#[tokio::test]
async fn what_did_not_change_is_the_same_listing_and_a_replaced_recording_another() {
    let Fixture { server, folder: _kept, mut bucket } = fixture();
    let first = list(&mut bucket).await.unwrap();
    assert!(Arc::ptr_eq(&first, &list(&mut bucket).await.unwrap()));
    server.put("/sound/st-annes/audio/b.mp3", sound(9, 500));
    let second = list(&mut bucket).await.unwrap();
    assert_eq!(first.items[0].mark, second.items[0].mark);
    assert_ne!(first.items[1].mark, second.items[1].mark);
}

#[tokio::test]
async fn a_recording_is_fetched_whole_and_told_as_it_comes() {
    let Fixture { folder, mut bucket, .. } = fixture();
    let listing = list(&mut bucket).await.unwrap();
    let draft = folder.path().join("draft");
    let mut told = (0, None);
    let path = bucket.fetch(&listing.items[0], &draft, &mut |came, all| told = (came, all)).await.unwrap();
    assert_eq!(std::fs::read(path).unwrap(), sound(7, 50_000));
    assert_eq!(told, (50_000, Some(50_000)));
}

#[tokio::test]
async fn a_download_that_was_cut_goes_on_where_it_stopped() {
    let Fixture { server, folder, mut bucket } = fixture();
    let mut sound = sound(0, 50_000);
    sound[44..].iter_mut().enumerate().for_each(|(at, byte)| *byte = at as u8);
    server.put("/sound/st-annes/audio/b.mp3", sound.clone());
    let listing = list(&mut bucket).await.unwrap();
    let draft = folder.path().join("draft");
    server.state.lock().unwrap().cut = Some(20_000);
    let fault = bucket.fetch(&listing.items[1], &draft, &mut |_, _| {}).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Cut);
    server.state.lock().unwrap().cut = None;
    let kept = std::fs::metadata(&draft).unwrap().len();
    server.seen();
    bucket.fetch(&listing.items[1], &draft, &mut |_, _| {}).await.unwrap();
    assert_eq!(std::fs::read(&draft).unwrap(), sound);
    assert_eq!(server.seen(), [format!("GET /sound/st-annes/audio/b.mp3? bytes={kept}-")]);
}

#[tokio::test]
async fn a_recording_that_was_replaced_meanwhile_is_fetched_anew() {
    let Fixture { server, folder, mut bucket } = fixture();
    let listing = list(&mut bucket).await.unwrap();
    let draft = folder.path().join("draft");
    server.state.lock().unwrap().cut = Some(20_000);
    bucket.fetch(&listing.items[0], &draft, &mut |_, _| {}).await.unwrap_err();
    server.state.lock().unwrap().cut = None;
    server.put("/sound/st-annes/audio/2022-06-12%20a.mp3", sound(1, 40_000));
    bucket.fetch(&listing.items[0], &draft, &mut |_, _| {}).await.unwrap();
    assert_eq!(std::fs::read(&draft).unwrap(), sound(1, 40_000));
}

#[tokio::test]
async fn a_wrong_signature_is_refused_and_a_corrected_key_is_read_again() {
    let Fixture { server, folder, .. } = fixture();
    write_key(folder.path(), "another secret");
    let mut bucket = bucket(&server, folder.path());
    let fault = list(&mut bucket).await.unwrap_err();
    assert_eq!((fault.kind, fault.detail.as_str()), (FaultKind::Forbidden, "SignatureDoesNotMatch"));
    write_key(folder.path(), SECRET);
    assert_eq!(list(&mut bucket).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn every_refusal_is_named_once_and_nothing_is_tried_twice() {
    let table = [
        (403, "AccessDenied", "", FaultKind::Forbidden),
        (404, "NoSuchBucket", "", FaultKind::Missing),
        (503, "ServiceUnavailable", "", FaultKind::Status(503)),
        (503, "SlowDown", "Retry-After: 120\r\n", FaultKind::Busy),
        (500, "InternalError", "", FaultKind::Status(500)),
        (301, "PermanentRedirect", "", FaultKind::Status(301)),
    ];
    for (status, code, headers, kind) in table {
        let Fixture { server, folder: _kept, mut bucket } = fixture();
        server.state.lock().unwrap().faults = vec![("data.json", status, code, headers)];
        let fault = list(&mut bucket).await.unwrap_err();
        assert_eq!((fault.kind, fault.detail.as_str()), (kind, code));
        assert_eq!(fault.retry_after.is_some(), !headers.is_empty());
        assert_eq!(server.seen().len(), 1, "{status} {code}");
    }
}

#[tokio::test]
async fn a_key_that_may_read_but_not_list_still_sees_the_marks() {
    let Fixture { server, folder: _kept, mut bucket } = fixture();
    server.state.lock().unwrap().faults = vec![("list-type=2", 403, "AccessDenied", "")];
    let listing = list(&mut bucket).await.unwrap();
    assert_eq!(listing.items[1].mark, Some(etag(&sound(8, 500))));
    server.state.lock().unwrap().faults.push(("HEAD", 403, "AccessDenied", ""));
    assert_eq!(list(&mut bucket).await.unwrap().items[1].mark, None, "a recording that is missing there");
}

#[tokio::test]
async fn a_missing_recording_costs_only_itself() {
    let Fixture { server, folder, mut bucket } = fixture();
    server.state.lock().unwrap().objects.remove("/sound/st-annes/audio/b.mp3");
    let listing = list(&mut bucket).await.unwrap();
    assert_eq!((listing.items.len(), listing.items[1].mark.clone()), (2, None));
    let draft = folder.path().join("draft");
    let fault = bucket.fetch(&listing.items[1], &draft, &mut |_, _| {}).await.unwrap_err();
    assert_eq!((fault.kind, draft.exists()), (FaultKind::Missing, false));
}

#[tokio::test]
async fn a_list_that_cannot_be_used_is_refused_with_its_defects() {
    let Fixture { server, folder: _kept, mut bucket } = fixture();
    server.put("/sound/st-annes/data.json", "{\"church_name\": \"x\", ");
    assert!(
        matches!(list(&mut bucket).await.unwrap_err().kind, FaultKind::List(defects) if defects.len() == 1)
    );
    server.put("/sound/st-annes/data.json", vec![b' '; 2_000_001]);
    assert_eq!(list(&mut bucket).await.unwrap_err().kind, FaultKind::TooLarge(2_000_000));
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_our_own_fault() {
    let Fixture { server, folder, .. } = fixture();
    std::fs::remove_file(folder.path().join("key")).unwrap();
    let fault = list(&mut bucket(&server, folder.path())).await.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::Folder(_)) && fault.host.ends_with("/key"), "{fault:?}");
}

#[tokio::test]
async fn a_store_in_memory_is_an_origin_too() {
    let store = Arc::new(InMemory::new());
    store.put(&"data.json".into(), LIST.into()).await.unwrap();
    store.put(&"audio/b.mp3".into(), sound(8, 500).into()).await.unwrap();
    let mut bucket = Bucket::over(store as Arc<dyn ObjectStore>, "", "memory");
    let listing = list(&mut bucket).await.unwrap();
    assert_eq!((listing.items[1].len, listing.items[1].mark.is_some()), (Some(500), true));
    let folder = tempfile::tempdir().unwrap();
    let path = bucket.fetch(&listing.items[1], &folder.path().join("draft"), &mut |_, _| {}).await.unwrap();
    assert_eq!(std::fs::read(path).unwrap(), sound(8, 500));
}

#[tokio::test]
async fn what_is_no_recording_is_refused_and_leaves_nothing_behind() {
    let Fixture { server, folder, mut bucket } = fixture();
    let listing = list(&mut bucket).await.unwrap();
    let draft = folder.path().join("draft");
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
    for (body, expected) in [
        ("<!DOCTYPE html><html>", FaultKind::WrongContent("a web page instead of the recording".into())),
        (pointer, FaultKind::LfsPointer),
        ("", FaultKind::NoContent),
    ] {
        server.put("/sound/st-annes/audio/b.mp3", body);
        let fault = bucket.fetch(&listing.items[1], &draft, &mut |_, _| {}).await.unwrap_err();
        assert_eq!((fault.kind, draft.exists()), (expected, false));
    }
    server.put("/sound/st-annes/data.json", "<html>");
    let kind = list(&mut bucket).await.unwrap_err().kind;
    assert_eq!(kind, FaultKind::WrongContent("a web page instead of the list".into()));
}

#[tokio::test]
async fn a_draft_is_gone_on_with_after_a_restart() {
    let Fixture { server, folder, mut bucket } = fixture();
    let listing = list(&mut bucket).await.unwrap();
    let draft = folder.path().join("draft");
    server.state.lock().unwrap().cut = Some(20_000);
    bucket.fetch(&listing.items[0], &draft, &mut |_, _| {}).await.unwrap_err();
    server.state.lock().unwrap().cut = None;
    let (kept, mut bucket) = (std::fs::metadata(&draft).unwrap().len(), self::bucket(&server, folder.path()));
    server.seen();
    bucket.fetch(&listing.items[0], &draft, &mut |_, _| {}).await.unwrap();
    assert_eq!(std::fs::read(&draft).unwrap(), sound(7, 50_000));
    assert!(server.seen()[0].ends_with(&format!("bytes={kept}-")));
}

#[tokio::test]
async fn a_bucket_in_our_own_network_is_refused_unless_it_is_meant() {
    let Fixture { server, folder, .. } = fixture();
    let bucket = |endpoint: &str, addressing| {
        let endpoint = Some(endpoint.to_owned());
        let settings = Settings { endpoint, addressing, ..settings(&server, folder.path()) };
        Bucket::new(settings, Client::new(Policy::default(), Surroundings::default()))
    };
    assert_eq!(bucket(&server.address, Addressing::Path).err(), Some(AddressError::NotHttps));
    let https = server.address.replace("http://", "https://");
    let fault = list(&mut bucket(&https, Addressing::Path).unwrap()).await.unwrap_err();
    assert_eq!((fault.kind, fault.host.as_str()), (FaultKind::PrivateAddress, "127.0.0.1"));
    let fault = list(&mut bucket("https://localhost/", Addressing::Host).unwrap()).await.unwrap_err();
    assert_eq!(fault.host, "sound.localhost");
    assert!(server.seen().is_empty());
}
