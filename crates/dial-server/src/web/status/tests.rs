//! What a browser, a program and a feed reader get.

use dial_origin::event::{Event, What};
use dial_origin::fault::{Fault, FaultKind};
use quick_xml::Reader;
use quick_xml::events::Event as Xml;
use reqwest::Client;
use reqwest::header::HeaderMap;

use super::*;
use crate::incident::tests::{answered, at, event, expired, failed, line, published};
use crate::incident::{Desk, Journal, Newest};
use crate::logging::Redactor;

/// What a stranger may have written as a title, the name of a file, or an answer.
const HOSTILE: &str = "<script>alert('&')</script>\"><img src=x onerror=y>]]>\u{0}\u{8}+44 113 496 0123";

/// A shelf with one incident that is over, and two that are open.
fn shelf() -> Arc<StatusShelf> {
    let shelf = Arc::new(StatusShelf::new(Some("https://phone.example.org/".into()), at("09:00")));
    let lines = [line("st-annes"), line("st-marys")];
    let known = (Journal::in_memory(), Vec::new());
    let (mut desk, _) = Desk::open(known, &lines, &Redactor::default(), Arc::clone(&shelf), at("09:00"));
    let left_out = What::LeftOut {
        origin: "cdn".into(),
        file: HOSTILE.into(),
        fault: Fault::new(FaultKind::Sound(HOSTILE.into()), "cdn.example"),
        kept: false,
    };
    for (clock, what) in [
        ("14:00", published()),
        ("14:02", failed("cdn", expired("13:59"), 1)),
        ("14:03", left_out),
        ("14:04", failed("website", FaultKind::Missing, 1)),
        ("14:05", answered("website")),
        ("14:06", answered("website")),
        ("14:07", What::CycleEnded { fresh: true }),
    ] {
        desk.take(&event(clock, what));
    }
    desk.take(&Event { at: at("14:08"), line: "st-marys".into(), what: published() });
    let newest = Newest { name: HOSTILE.into(), audible_since: Some(at("2026-11-22T10:00:00Z")) };
    desk.offered("st-annes", Some(format!("St Anne's {HOSTILE}")), Some(newest), 24, at("14:09"));
    shelf
}

async fn get_from(shelf: &Arc<StatusShelf>, path: &str) -> (StatusCode, HeaderMap, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = router(Arc::clone(shelf));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    // An error only says that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().build().unwrap();
    let response = client.get(format!("http://{address}{path}")).send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap())
}

/// An element and its attributes.
type Element = (String, Vec<(String, String)>);

/// Reads a text as XML to its end: every element is closed. The elements, and the attributes of each.
fn elements(text: &str) -> Vec<Element> {
    // HTML's empty elements and its declaration are the only things in our pages that XML does not know.
    let void = ["meta", "link"];
    let mut reader = Reader::from_str(text.trim_start_matches("<!DOCTYPE html>"));
    reader.config_mut().check_end_names = false;
    let (mut found, mut open) = (Vec::<Element>::new(), Vec::<String>::new());
    loop {
        let event = reader.read_event().unwrap_or_else(|error| panic!("{error}\n{text}"));
        let is_empty = matches!(event, Xml::Empty(_));
        match event {
            Xml::Start(start) | Xml::Empty(start) => {
                let name = start.name().as_ref().to_owned();
                let attributes = start.html_attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let key = attribute.key.as_ref().to_owned();
                    (key, attribute.value.to_string())
                });
                found.push((name.clone(), attributes.collect()));
                if !is_empty && !void.contains(&name.as_str()) {
                    open.push(name);
                }
            }
            Xml::End(end) => {
                assert_eq!(open.pop().as_deref(), Some(end.name().as_ref()), "{text}");
            }
            Xml::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?} are not closed");
    found
}

/// What holds of every page.
fn check_page(text: &str) {
    let elements = elements(text);
    let count = |wanted: &str| elements.iter().filter(|(name, _)| name == wanted).count();
    for landmark in ["header", "main", "footer", "nav", "h1", "title"] {
        assert_eq!(count(landmark), 1, "{landmark}\n{text}");
    }
    for banned in ["script", "style", "img", "iframe", "form"] {
        assert_eq!(count(banned), 0, "{banned}\n{text}");
    }
    let attributes: Vec<_> = elements.iter().flat_map(|(_, attributes)| attributes).collect();
    assert!(attributes.iter().all(|(key, _)| key != "style" && !key.starts_with("on")), "{attributes:?}");
    assert!(attributes.contains(&&("lang".into(), "en-GB".into())));
    // Headings do not leave out a level, and each section names its heading.
    let ids: Vec<_> = attributes.iter().filter(|(key, _)| key == "id").map(|(_, id)| id).collect();
    assert!(ids.iter().enumerate().all(|(i, id)| !ids[..i].contains(id)), "{ids:?}");
    for (_, label) in attributes.iter().filter(|(key, _)| key == "aria-labelledby") {
        assert!(ids.contains(&label), "{label}");
    }
    for (name, attributes) in &elements {
        if name == "time" {
            let moment =
                attributes.iter().find(|(key, _)| key == "datetime").expect("a time is for machines");
            moment.1.parse::<jiff::Timestamp>().expect("it is RFC 3339");
        }
    }
    Redactor::default().assert_clean(text);
}

#[tokio::test]
async fn every_page_has_its_landmarks_and_nothing_that_a_stranger_wrote_runs() {
    let shelf = shelf();
    let mut paths = vec!["/status".to_owned()];
    paths.extend(shelf.shown().all.iter().map(|incident| format!("/status/incidents/{}", incident.id)));
    assert_eq!(paths.len(), 4);
    for path in paths {
        let (status, headers, text) = get_from(&shelf, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        check_page(&text);
        assert!(!text.contains("<script") && !text.contains("<img"), "{text}");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
    let (status, _, text) = get_from(&shelf, "/status/incidents/20200101-1").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    check_page(&text);
}

#[tokio::test]
async fn the_page_tells_by_words_and_signs_what_it_tells_by_colour() {
    let (_, _, text) = get_from(&shelf(), "/status").await;
    for part in [
        "<span aria-hidden=\"true\">!</span> The phone lines are working, but something needs a person.",
        "<span class=\"mark\" aria-hidden=\"true\">✗</span> <strong>cdn</strong>: failing",
        "<span class=\"mark\" aria-hidden=\"true\">✓</span> <strong>website</strong>: working",
        "<strong>critical:</strong>",
        "<dd>24 recordings</dd>",
        "St Anne&#39;s",
        "<time datetime=\"2026-11-22T10:00:00Z\">10:00 on 22 November 2026</time>",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[tokio::test]
async fn a_line_of_which_nothing_is_known_has_a_page() {
    let shelf = Arc::new(StatusShelf::new(None, at("09:00")));
    let (status, _, text) = get_from(&shelf, "/status").await;
    assert_eq!(status, StatusCode::OK);
    check_page(&text);
    assert!(text.contains("The phone line is starting."));
}

#[tokio::test]
async fn the_style_is_a_file_of_its_own_that_may_be_kept() {
    let (status, headers, text) = get_from(&shelf(), "/status/style.css").await;
    assert_eq!(
        (status, &headers[header::CONTENT_TYPE]),
        (StatusCode::OK, &"text/css; charset=utf-8".parse().unwrap())
    );
    assert!(text.contains("prefers-color-scheme: dark") && !text.contains("url("));
    assert!(!text.contains("px"), "lengths follow the reader's own size of type");
}

#[tokio::test]
async fn a_program_gets_the_same_as_json() {
    let (_, headers, text) = get_from(&shelf(), "/status.json").await;
    assert_eq!(headers[header::CONTENT_TYPE], "application/json");
    Redactor::default().assert_clean(&text);
    let status: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status["light"], "amber");
    assert_eq!(status["lines"][0]["origins"][0]["sight"], "failing");
    assert_eq!(status["open"][1]["cause"]["kind"], "certificate");
    assert_eq!(status["recent"][0]["cause"]["origin"], "website");
}

#[tokio::test]
async fn the_feed_is_atom_and_its_names_are_stable() {
    let shelf = shelf();
    let (_, headers, text) = get_from(&shelf, "/incidents.atom").await;
    assert_eq!(headers[header::CONTENT_TYPE], "application/atom+xml; charset=utf-8");
    Redactor::default().assert_clean(&text);
    let found = elements(&text);
    let count = |wanted: &str| found.iter().filter(|(name, _)| name == wanted).count();
    // RFC 4287: 4.1.1 and 4.1.2 say what a feed and an entry must have.
    assert_eq!((count("feed"), count("author"), count("entry")), (1, 1, 3));
    for needed in ["id", "title", "updated"] {
        assert_eq!(count(needed), 4, "{needed}");
    }
    assert_eq!((count("published"), count("content")), (3, 3));
    assert_eq!(found[0].1[0], ("xmlns".into(), "http://www.w3.org/2005/Atom".into()));
    let links: Vec<_> = found.iter().filter(|(name, _)| name == "link").flat_map(|(_, link)| link).collect();
    let addresses = links.iter().filter(|(key, _)| key == "href").map(|(_, address)| address);
    assert!(addresses.clone().all(|address| address.starts_with("https://phone.example.org/")), "{links:?}");
    assert!(addresses.clone().any(|address| address.ends_with("/status/incidents/20261123-1")));

    let ids = |text: &str| {
        let ids: Vec<_> =
            text.lines().filter(|row| row.starts_with("<id>urn:uuid:")).map(str::to_owned).collect();
        assert!(ids.iter().enumerate().all(|(i, id)| !ids[..i].contains(id)));
        ids
    };
    let moved = Arc::new(StatusShelf::new(Some("https://elsewhere.example.org".into()), at("09:00")));
    moved.show((*shelf.shown()).clone());
    let (_, _, elsewhere) = get_from(&moved, "/incidents.atom").await;
    assert_eq!(ids(&text)[1..], ids(&elsewhere)[1..], "an incident keeps its name at another address");
}
