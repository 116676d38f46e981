//! Servers that fail, and what the provider makes of it.

use std::time::Duration;

use super::super::*;
use super::server::{Page, Server, caller, page, redirect, twiml};

const SORRY: &str = r#""event":"say","text":"We're sorry, an application error has occurred. Goodbye."}"#;

/// The answer of a server, and what the provider would log.
async fn failure(answer: Page) -> (Option<u16>, Vec<String>, String) {
    let server = Server::with(&[
        ("/answer", answer),
        ("/circle", redirect(302, "/circle")),
        ("/text.wav", page("text/html", b"no sound")),
        ("/bad.wav", page("audio/wav", b"no sound")),
        ("/500", Page { status: 500, headers: vec![], body: vec![] }),
    ])
    .await;
    let rung = server.ring(&caller("")).await;
    let failure = rung.report.failure.expect("the provider apologises");
    (failure.number(), rung.transcript, failure.to_string())
}

#[tokio::test]
async fn a_server_that_fails_makes_the_provider_apologise_and_the_report_says_why() {
    let huge = format!("<Say>{}</Say>", "x".repeat(70_000));
    let table = [
        (Page { status: 500, headers: vec![], body: vec![] }, Some(11200)),
        (Page { status: 404, headers: vec![], body: vec![] }, Some(11200)),
        (twiml("<Redirect>/500?token=secret</Redirect>"), Some(11200)),
        (twiml("<Redirect>ftp://example.org/</Redirect>"), Some(11100)),
        (redirect(302, "mailto:x@example.org"), Some(11216)),
        (redirect(302, "/circle"), Some(11215)),
        (page("application/json", b"{}"), Some(12300)),
        (Page { status: 200, headers: vec![], body: b"<Response/>".to_vec() }, Some(12300)),
        (page("text/xml", b""), Some(11770)),
        (page("text/html", b"<html><p>It works</p></html>"), Some(12102)),
        (page("text/xml", b"<Response><Say>"), Some(12100)),
        (twiml(&huge), Some(11750)),
        (twiml("<Play>/text.wav</Play>"), Some(13420)),
        (twiml("<Gather><Play>/text.wav</Play></Gather>"), Some(13325)),
        (twiml("<Play>/missing.wav</Play>"), Some(11200)),
        (twiml("<Play>/bad.wav</Play>"), None),
    ];
    for (answer, number) in table {
        let (actual, transcript, text) = failure(answer).await;
        assert_eq!(actual, number, "{text}");
        assert_eq!(transcript.len(), 2, "{text}");
        assert!(transcript[0].ends_with(SORRY), "{text}");
        assert_eq!(transcript[1], r#"{"at_ms":1000,"event":"hangup","by":"line"}"#);
        assert!(!text.contains("secret") && !text.contains('?'), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let server = Server::with(&[("/answer", twiml("<Redirect>/never</Redirect>"))]).await;
    let rung = server.ring(&Caller { deadline: Duration::from_millis(300), ..caller("") }).await;
    assert_eq!(rung.report.failure.unwrap().number(), Some(11203));

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = Url::parse(&format!("http://{}/?token=secret", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let (mut events, caller) = (Vec::new(), caller(""));
    let report = caller.ring(&gone, &mut |event| events.push(event), None).await.unwrap();
    let failure = anyhow::Error::new(report.failure.unwrap());
    assert!(!format!("{failure:#}").contains("secret"), "{failure:#}");
    assert_eq!(events.len(), 2);
}

#[tokio::test]
async fn what_the_provider_warns_of_is_reported_once() {
    let server = Server::with(&[
        ("/answer", twiml(r#"<Gather timeout="1"><Pause/></Gather><Dial/><Redirect>/again</Redirect>"#)),
        ("/again", twiml("<Play>/a.mp3</Play>")),
        ("/a.mp3", page("audio/mpeg", b"mp3")),
    ])
    .await;
    let rung = server.ring(&caller("")).await;
    assert_eq!(rung.report.warnings.len(), 2, "{:?}", rung.report.warnings);
    assert!(rung.report.warnings[0].starts_with("12200: the verb `Dial`"), "{:?}", rung.report.warnings);
    assert!(rung.report.warnings[1].contains("/a.mp3` is not known here"), "{:?}", rung.report.warnings);
}

#[tokio::test]
async fn a_server_without_tls_is_not_reached_by_https() {
    let server = Server::with(&[("/answer", twiml(""))]).await;
    let mut url = server.url("/answer");
    url.set_scheme("https").unwrap();
    let report = caller("").ring(&url, &mut |_| {}, None).await.unwrap();
    assert_eq!(report.failure.unwrap().number(), Some(11205));
    assert_eq!(server.seen().len(), 0);
}
