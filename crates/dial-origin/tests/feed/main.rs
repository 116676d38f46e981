//! A website's podcast feed as an origin, over loopback.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "../loopback/mod.rs"]
mod loopback;
mod server;
#[path = "../sound/mod.rs"]
mod sound;

use std::sync::Arc;

use dial_origin::fault::{Fault, FaultKind};
use dial_origin::http::{Client, Credentials, Policy, Secret, Surroundings};
use dial_origin::origin::feed::{Bounds, Feed, USUAL};
use dial_origin::origin::{Listing, Origin};
use jiff::tz::TimeZone;

use server::Server;
use sound::sound;

const WORDPRESS: &str = "<generator>https://wordpress.org/?v=6.5</generator>";

/// A page of a feed with items of these numbers.
fn page(more: &str, numbers: impl Iterator<Item = u32>) -> String {
    let item = |number: u32| {
        format!(
            "<item><title>Service {number}</title><guid>https://a.example/?p={number}</guid>\
            <pubDate>Sun, 12 Jun 2022 10:00:00 GMT</pubDate><itunes:duration>45:00</itunes:duration>\
            <enclosure url=\"/audio/{number}.mp3\" length=\"1\" type=\"audio/mpeg\"/></item>"
        )
    };
    let items: String = numbers.map(item).collect();
    format!("<rss><channel><title>St Anne's</title>{more}{items}</channel></rss>")
}

fn feed(server: &Server, bounds: Bounds) -> Feed {
    Feed::new(client(true), &format!("{}/feed/podcast/", server.address), None, bounds).unwrap()
}

fn client(private: bool) -> Client {
    Client::new(Policy { private, ..Policy::default() }, Surroundings::default())
}

async fn list(feed: &mut Feed) -> Result<Arc<Listing>, Fault> {
    feed.list(&TimeZone::get("Europe/London").unwrap()).await
}

#[tokio::test]
async fn a_feed_of_one_page_is_listed_and_its_unknown_lengths_stay_unknown() {
    let server = Server::start();
    server.put(
        "/feed/podcast/",
        200,
        "",
        page("<lastBuildDate>Sun, 12 Jun 2022 11:00:00 GMT</lastBuildDate>", 1..3),
    );
    let mut feed = feed(&server, USUAL);
    let listing = list(&mut feed).await.unwrap();
    assert_eq!((listing.church_name.as_str(), listing.items.len()), ("St Anne's", 2));
    assert_eq!(listing.changed_at, Some("2022-06-12T11:00:00Z".parse().unwrap()));
    assert_eq!(feed.clock(), Some("2022-06-12T10:00:00Z".parse().unwrap()));
    let item = &listing.items[0];
    assert_eq!(item.place, format!("{}/audio/1.mp3", server.address));
    assert_eq!((item.len, item.duration_ms, item.mark.is_some()), (None, Some(2_700_000), true));
}

#[tokio::test]
async fn wordpress_is_followed_by_pages_until_it_has_no_more() {
    let server = Server::start();
    server.put("/feed/podcast/", 200, "", page(WORDPRESS, 1..11));
    // One was published meanwhile: the tenth is on the second page again.
    server.put("/feed/podcast/?paged=2", 200, "", page(WORDPRESS, 10..20));
    let listing = list(&mut feed(&server, USUAL)).await.unwrap();
    assert_eq!((listing.items.len(), listing.defects.len()), (19, 0));
    assert_eq!(server.seen(), ["/feed/podcast/", "/feed/podcast/?paged=2", "/feed/podcast/?paged=3"]);
}

#[tokio::test]
async fn a_site_that_sends_its_first_page_again_is_asked_no_more() {
    let server = Server::start();
    for target in ["/feed/podcast/", "/feed/podcast/?paged=2", "/feed/podcast/?paged=3"] {
        server.put(target, 200, "", page(WORDPRESS, 1..11));
    }
    assert_eq!(list(&mut feed(&server, USUAL)).await.unwrap().items.len(), 10);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_stated_next_page_is_followed_within_the_bounds() {
    let server = Server::start();
    let next = |number: u32| format!("<atom:link rel=\"next\" href=\"/more/{number}\"/>");
    server.put("/feed/podcast/", 200, "", page(&next(1), 0..10));
    for number in 1..50 {
        server.put(
            &format!("/more/{number}"),
            200,
            "",
            page(&next(number + 1), number * 10..number * 10 + 10),
        );
    }
    assert_eq!(list(&mut feed(&server, USUAL)).await.unwrap().items.len(), 200);
    let few = Bounds { items: 15, pages: 20 };
    assert_eq!(list(&mut feed(&server, few)).await.unwrap().items.len(), 15);
    let short = Bounds { items: 1000, pages: 3 };
    assert_eq!(list(&mut feed(&server, short)).await.unwrap().items.len(), 30);
}

#[tokio::test]
async fn a_page_that_fails_fails_the_list_for_a_part_of_it_is_none() {
    let server = Server::start();
    server.put("/feed/podcast/", 200, "", page(WORDPRESS, 1..11));
    server.put("/feed/podcast/?paged=2", 503, "Retry-After: 60\r\n", "busy");
    let fault = list(&mut feed(&server, USUAL)).await.unwrap_err();
    assert_eq!(
        (fault.kind, fault.retry_after.map(|wait| wait.as_secs())),
        (FaultKind::Status(503), Some(60))
    );
    let whole = page(WORDPRESS, 1..11);
    server.put("/feed/podcast/?paged=2", 200, "", &whole.as_bytes()[..whole.len() - 30]);
    assert!(matches!(list(&mut feed(&server, USUAL)).await.unwrap_err().kind, FaultKind::List(_)));
}

#[tokio::test]
async fn what_did_not_change_is_the_same_listing() {
    let server = Server::start();
    server.put("/feed/podcast/", 200, "ETag: \"1\"\r\n", page("", 1..3));
    let mut feed = feed(&server, USUAL);
    let first = list(&mut feed).await.unwrap();
    assert!(Arc::ptr_eq(&first, &list(&mut feed).await.unwrap()), "by its entity tag");
    server.put("/feed/podcast/", 200, "", page("", 1..3));
    assert!(Arc::ptr_eq(&first, &list(&mut feed).await.unwrap()), "by its content");
    server.put("/feed/podcast/", 200, "", page("", 1..4));
    assert_eq!(list(&mut feed).await.unwrap().items.len(), 3);
}

#[tokio::test]
async fn a_recording_is_fetched_whatever_length_the_feed_states() {
    let server = Server::start();
    let wrong = page("", 1..2).replace("length=\"1\"", "length=\"999\"");
    server.put("/feed/podcast/", 200, "", wrong);
    server.put("/audio/1.mp3", 200, "Content-Type: audio/mpeg\r\n", sound(7, 5000));
    let mut feed = feed(&server, USUAL);
    let listing = list(&mut feed).await.unwrap();
    assert_eq!(listing.items[0].len, Some(999));
    let folder = tempfile::tempdir().unwrap();
    let mut told = (0, None);
    let draft = folder.path().join("draft");
    let path = feed.fetch(&listing.items[0], &draft, &mut |came, all| told = (came, all)).await.unwrap();
    assert_eq!(std::fs::read(path).unwrap(), sound(7, 5000));
    assert_eq!(told, (5000, Some(5000)));
}

#[tokio::test]
async fn what_is_no_recording_is_refused_in_words() {
    let server = Server::start();
    server.put("/feed/podcast/", 200, "", page("", 1..2));
    let mut feed = feed(&server, USUAL);
    let listing = list(&mut feed).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
    let page = FaultKind::WrongContent("a web page instead of the recording".into());
    let table: [(u16, &str, &str, FaultKind); 6] = [
        (404, "", "x", FaultKind::Missing),
        (403, "", "x", FaultKind::Forbidden),
        (200, "", "", FaultKind::NoContent),
        (200, "Content-Length: 100\r\n", "cut", FaultKind::Cut),
        (200, "", "<!DOCTYPE html><html>", page),
        (200, "", pointer, FaultKind::LfsPointer),
    ];
    for (status, headers, body, kind) in table {
        server.put("/audio/1.mp3", status, headers, body);
        let draft = folder.path().join("draft");
        let fault = feed.fetch(&listing.items[0], &draft, &mut |_, _| {}).await.unwrap_err();
        assert_eq!((fault.kind, draft.exists()), (kind, false));
    }
}

#[tokio::test]
async fn a_page_in_html_is_told_as_such() {
    let server = Server::start();
    server.put("/feed/podcast/", 200, "", "<!DOCTYPE html><html><body>Down for maintenance</body></html>");
    let fault = list(&mut feed(&server, USUAL)).await.unwrap_err();
    let FaultKind::List(defects) = fault.kind else { panic!("{fault:?}") };
    assert_eq!(defects[0].what, "is a page in HTML, not a feed");
}

#[tokio::test]
async fn a_recording_that_broke_off_is_gone_on_with() {
    let server = Server::start();
    server.put("/feed/podcast/", 200, "", page("", 1..2));
    let mut feed = feed(&server, USUAL);
    let listing = list(&mut feed).await.unwrap();
    let (folder, whole) = (tempfile::tempdir().unwrap(), sound(7, 5000));
    let draft = folder.path().join("draft");
    server.put("/audio/1.mp3", 200, "ETag: \"a\"\r\nContent-Length: 5000\r\n", &whole[..2000]);
    let fault = feed.fetch(&listing.items[0], &draft, &mut |_, _| {}).await.unwrap_err();
    assert_eq!((fault.kind, std::fs::metadata(&draft).unwrap().len()), (FaultKind::Cut, 2000));
    let rest = "ETag: \"a\"\r\nContent-Range: bytes 2000-4999/5000\r\n";
    server.put("/audio/1.mp3", 206, rest, &whole[2000..]);
    let path = feed.fetch(&listing.items[0], &draft, &mut |_, _| {}).await.unwrap();
    assert_eq!(std::fs::read(path).unwrap(), whole);
}

#[tokio::test]
async fn a_password_is_shown_to_the_site_of_the_feed_and_to_no_other() {
    let (server, other) = (Server::start(), Server::start());
    let elsewhere = page("", 1..3).replacen("/audio/1.mp3", &format!("{}/1.mp3", other.address), 1);
    server.put("/feed/podcast/", 200, "", elsewhere);
    server.put("/audio/2.mp3", 200, "", sound(7, 500));
    other.put("/1.mp3", 200, "", sound(7, 500));
    let (address, folder) = (format!("{}/feed/podcast/", server.address), tempfile::tempdir().unwrap());
    let credentials = Some(Credentials::Bearer(Secret::new("diapason")));
    let mut feed = Feed::new(client(true), &address, credentials, USUAL).unwrap();
    let listing = list(&mut feed).await.unwrap();
    for item in &listing.items {
        feed.fetch(item, &folder.path().join("draft"), &mut |_, _| {}).await.unwrap();
    }
    let shown = |server: &Server| server.state.lock().unwrap().shown;
    assert_eq!((shown(&server), shown(&other)), (2, 0));
}

#[tokio::test]
async fn a_feed_in_our_own_network_is_refused_unless_it_is_meant() {
    let server = Server::start();
    let mut feed =
        Feed::new(client(false), &server.address.replace("http://", "https://"), None, USUAL).unwrap();
    assert_eq!(list(&mut feed).await.unwrap_err().kind, FaultKind::PrivateAddress);
    assert!(Feed::new(client(false), &server.address, None, USUAL).is_err(), "plain http");
    assert!(Feed::new(client(false), "https://a.example/?feed=podcast", None, USUAL).is_ok());
    assert!(Feed::new(client(false), "https://me:secret@a.example/feed", None, USUAL).is_err());
}
