//! Servers that fail, and what the provider makes of it.

use std::time::Duration;

use super::super::*;
use super::server::{Page, Server, caller, page, redirect, twiml};

const SORRY: &str = r#""event":"say","text":"We're sorry, an application error has occurred. Goodbye."}"#;

/// A failure with all of its causes, as the operator reads it.
fn chain(failure: Failure) -> String {
    format!("{:#}", anyhow::Error::new(failure))
}

/// What is heard when a server answers so, and what the provider would log.
async fn failure(answer: Page) -> (Vec<String>, String) {
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
    (rung.transcript, chain(failure))
}

#[tokio::test]
async fn a_server_that_fails_makes_the_provider_apologise_and_the_report_says_why() {
    let huge = format!("<Say>{}</Say>", "x".repeat(70_000));
    let table = [
        (Page { status: 500, headers: vec![], body: vec![] }, "11200: "),
        (Page { status: 404, headers: vec![], body: vec![] }, "11200: "),
        (twiml("<Redirect>/500?token=secret</Redirect>"), "11200: "),
        (twiml("<Redirect>ftp://example.org/</Redirect>"), "11100: "),
        (redirect(302, "mailto:x@example.org"), "11216: "),
        (redirect(302, "/circle"), "11215: "),
        (page("application/json", b"{}"), "12300: "),
        (Page { status: 200, headers: vec![], body: b"<Response/>".to_vec() }, "12300: "),
        (page("text/xml", b""), "11770: "),
        (page("text/html", b"<html><p>It works</p></html>"), "12102: "),
        (page("text/xml", b"<Response><Say>"), "12100: "),
        (twiml(&huge), "11750: "),
        (twiml("<Play>/text.wav</Play>"), "13420: "),
        (twiml("<Gather><Play>/text.wav</Play></Gather>"), "13325: "),
        (twiml("<Play>/missing.wav</Play>"), "11200: "),
        (twiml("<Play>/bad.wav</Play>"), "cannot be played: it does not begin as a WAV file does"),
    ];
    for (answer, reason) in table {
        let (transcript, text) = failure(answer).await;
        assert!(text.contains(reason), "{text}");
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
    assert!(chain(rung.report.failure.unwrap()).starts_with("11203: "));

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = Url::parse(&format!("http://{}/?token=secret", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let (mut events, caller) = (Vec::new(), caller(""));
    let report = caller.ring(&gone, &mut |event| events.push(event), None).await.unwrap();
    let text = chain(report.failure.unwrap());
    assert!(text.starts_with("11205: ") && !text.contains("secret"), "{text}");
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
    assert!(chain(report.failure.unwrap()).starts_with("11205: "));
    assert_eq!(server.seen().len(), 0);
}
