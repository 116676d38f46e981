//! Calls to a small server, and what the caller hears.

mod failures;
mod server;

use std::time::Duration;

use axum::http::{HeaderMap, Method};

use super::*;
use crate::channel::twiml::signature::{Policy, Scheme, SignedRequest, Verifier};
use server::{Server, caller, page, redirect, samples, sound, twiml};

#[tokio::test]
async fn a_key_stops_the_nested_sound_and_asks_for_the_action_at_once() {
    let server = Server::with(&[
        (
            "/answer",
            twiml(
                r#"<Gather action="key?step=1" numDigits="1" timeout="8" finishOnKey=""><Say>Welcome</Say>
                <Play>audio/pentecost.c0ffee/60000-90000.wav?speed=1.5</Play></Gather><Say>Nothing was pressed</Say>"#,
            ),
        ),
        ("/audio/pentecost.c0ffee/60000-90000.wav", sound(20_000)),
        ("/key", twiml("<Say>Thank you</Say>")),
    ])
    .await;
    let rung = server.ring(&caller("wait:3.5 #")).await;
    assert_eq!(
        rung.transcript,
        [
            r#"{"at_ms":0,"event":"say","text":"Welcome"}"#,
            r#"{"at_ms":1000,"event":"play","recording":"pentecost","from_ms":60000,"to_ms":63750,"speed":1.5}"#,
            r##"{"at_ms":3500,"event":"key","key":"#"}"##,
            r#"{"at_ms":3500,"event":"say","text":"Thank you"}"#,
            r#"{"at_ms":4500,"event":"hangup","by":"line"}"#,
        ]
    );
    assert_eq!(rung.heard, ["Welcome 1000", "sound 2500", "Thank you 1000"]);
    assert_eq!(rung.samples, samples(2500));
    let asked = server.seen().pop().unwrap();
    assert_eq!((asked.target.as_str(), asked.value("Digits").as_deref()), ("/key?step=1", Some("#")));
    assert_eq!((rung.report.duration_ms, rung.report.documents, rung.report.status), (4500, 2, "completed"));
    assert!(rung.report.failure.is_none());
}

#[tokio::test]
async fn the_timeout_begins_after_the_nested_sound_and_leads_to_the_next_verb() {
    let server = Server::with(&[
        (
            "/answer",
            twiml(
                r#"<Gather numDigits="1" timeout="3" action="/key"><Play>/a.wav</Play><Pause length="2"/><Play>/a.wav</Play></Gather>
                <Redirect method="GET">deep/next?from=menu</Redirect><Say>Never</Say>"#,
            ),
        ),
        ("/a.wav", sound(1500)),
        ("/deep/next", twiml("<Pause/><Redirect>last</Redirect>")),
        ("/deep/last", twiml(r#"<Play loop="2">../a.wav</Play><Hangup/><Say>Never</Say>"#)),
    ])
    .await;
    let rung = server.ring(&caller("")).await;
    let play = |at_ms| {
        format!(
            r#"{{"at_ms":{at_ms},"event":"play","recording":"a.wav","from_ms":0,"to_ms":1500,"speed":1.0}}"#
        )
    };
    assert_eq!(
        rung.transcript,
        [
            play(0),
            play(3500),
            r#"{"at_ms":5000,"event":"gather","wait_ms":3000}"#.to_owned(),
            play(9000),
            play(10_500),
            r#"{"at_ms":12000,"event":"hangup","by":"line"}"#.to_owned(),
        ]
    );
    assert_eq!(rung.heard[..4], ["sound 1500", "silence 2000", "sound 1500", "silence 3000"]);
    let seen = server.seen();
    let fetches = seen.iter().filter(|seen| seen.target == "/a.wav").count();
    assert_eq!(fetches, 1, "a sound is fetched once in a call, and without parameters");
    let next = &seen[2];
    assert_eq!((&next.method, next.value("from").as_deref()), (&Method::GET, Some("menu")));
    assert_eq!(next.value("CallStatus").as_deref(), Some("in-progress"));
}

#[tokio::test]
async fn a_silent_caller_reaches_the_action_only_where_the_document_says_so() {
    let gather = r#"<Gather action="/key" timeout="2" actionOnEmptyResult="true"/><Say>Never</Say>"#;
    let server =
        Server::with(&[("/answer", twiml(gather)), ("/key", twiml("<Say>Still there?</Say>"))]).await;
    let rung = server.ring(&caller("")).await;
    assert_eq!(
        rung.transcript,
        [
            r#"{"at_ms":0,"event":"gather","wait_ms":2000}"#,
            r#"{"at_ms":2000,"event":"say","text":"Still there?"}"#,
            r#"{"at_ms":3000,"event":"hangup","by":"line"}"#,
        ]
    );
    assert_eq!(server.seen()[1].value("Digits"), None);
}

#[tokio::test]
async fn several_keys_are_sent_together_and_the_finish_key_is_not_one_of_them() {
    // (script, attributes, the digits that are sent)
    let table = [
        ("wait:1 4 wait:1 2 wait:1 #", r#"timeout="3""#, Some("42")),
        ("4 2 * 7", r#"timeout="3" finishOnKey="*""#, Some("42")),
        ("4 2 7", r#"timeout="3" numDigits="2""#, Some("42")),
        ("4 wait:2.5 2 wait:4 7", r#"timeout="3""#, Some("42")),
        ("#", r#"timeout="3""#, None),
    ];
    for (script, attributes, digits) in table {
        let server = Server::with(&[
            ("/answer", twiml(&format!(r#"<Gather action="/key" {attributes}/>"#))),
            ("/key", twiml("")),
        ])
        .await;
        server.ring(&caller(script)).await;
        let sent = server.seen().get(1).and_then(|seen| seen.value("Digits"));
        assert_eq!(sent.as_deref(), digits, "{script} {attributes}");
    }
}

#[tokio::test]
async fn without_an_action_the_keys_go_to_the_current_document_and_circles_end() {
    let again = twiml(r#"<Gather numDigits="1" timeout="2"><Say>Menu</Say></Gather>"#);
    let server = Server::with(&[("/answer", again)]).await;
    let rung = server.ring(&caller("1 2")).await;
    let asked: Vec<_> = server.seen().iter().map(|seen| seen.value("Digits")).collect();
    assert_eq!(asked, [None, Some("1".to_owned()), Some("2".to_owned())]);
    assert_eq!(rung.report.documents, 3);

    let circle = Server::with(&[("/answer", twiml("<Redirect/>"))]).await;
    let rung = circle.ring(&Caller { max_documents: 7, ..caller("") }).await;
    assert!(matches!(rung.report.failure, Some(Failure::TooManyDocuments { documents: 7 })));
    assert_eq!(rung.transcript, [r#"{"at_ms":0,"event":"hangup","by":"caller"}"#]);
    assert_eq!(circle.seen().len(), 7);
}

#[tokio::test]
async fn a_caller_hangs_up_after_the_time_they_have() {
    let server = Server::with(&[
        ("/answer", twiml(r#"<Play loop="0">/a.wav</Play>"#)),
        ("/a.wav", sound(4000)),
        ("/status", page("text/plain", b"")),
    ])
    .await;
    let status_url = Some(server.url("/status"));
    let rung = server.ring(&Caller { for_seconds: Some(10), status_url, ..caller("") }).await;
    assert_eq!(
        rung.transcript[2..],
        [
            r#"{"at_ms":8000,"event":"play","recording":"a.wav","from_ms":0,"to_ms":2000,"speed":1.0}"#,
            r#"{"at_ms":10000,"event":"hangup","by":"caller"}"#,
        ]
    );
    assert_eq!(rung.samples.len(), 80_000);
    let told = server.seen().pop().unwrap();
    assert_eq!(told.value("CallStatus").as_deref(), Some("completed"));
    assert_eq!(told.value("CallDuration").as_deref(), Some("10"));
    assert_eq!(told.value("CallSid").as_deref(), Some(rung.report.call_sid.as_str()));
}

#[tokio::test]
async fn a_line_that_takes_no_calls_is_busy_or_not_answered() {
    for (reject, status) in [("<Reject reason=\"busy\"/>", "busy"), ("<Reject/>", "no-answer")] {
        let server = Server::with(&[("/answer", twiml(reject))]).await;
        let rung = server.ring(&caller("")).await;
        assert_eq!((rung.report.status, rung.report.ended_by), (status, Party::Line));
    }
}

#[tokio::test]
async fn every_request_is_one_that_a_verifier_believes() {
    let server = Server::with(&[
        ("/answer", twiml(r#"<Gather action="/key?state=a%2Bb" method="GET" numDigits="1"/>"#)),
        ("/key", twiml("")),
        ("/status", page("text/plain", b"")),
    ])
    .await;
    let token = Secret::new("test", "12345").unwrap();
    let status_url = Some(server.url("/status"));
    server.ring(&Caller { token: Some(token.clone()), status_url, ..caller("5") }).await;
    let verifier = Verifier { scheme: Scheme::twilio(vec![token]), policy: Policy::Strict };
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    let mut idempotency = Vec::new();
    for seen in &seen {
        let url = server.url(&seen.target).to_string();
        let request =
            SignedRequest { url: &url, method: &seen.method, headers: &seen.headers, body: &seen.body };
        verifier.verify(&request, jiff::Timestamp::UNIX_EPOCH).unwrap();
        idempotency.push(seen.headers["i-twilio-idempotency-token"].clone());
        for name in ["CallSid", "AccountSid", "From", "To", "CallStatus", "Direction", "ApiVersion"] {
            assert!(seen.value(name).is_some(), "{name}");
        }
    }
    idempotency.dedup();
    assert_eq!(idempotency.len(), 3);
    assert_eq!(seen[0].value("CallStatus").as_deref(), Some("ringing"));
    assert_eq!(seen[1].value("Digits").as_deref(), Some("5"));
    assert_eq!(seen[1].value("state").as_deref(), Some("a+b"));
}

#[tokio::test]
async fn without_a_token_nothing_is_signed() {
    let server = Server::with(&[("/answer", twiml(""))]).await;
    server.ring(&caller("")).await;
    assert_eq!(server.seen()[0].headers.get("x-twilio-signature"), None);
    assert_ne!(server.seen()[0].headers, HeaderMap::new());
}

#[tokio::test]
async fn redirects_of_http_are_followed_but_lose_the_keys() {
    let server = Server::with(&[
        ("/answer", redirect(307, "/menu/")),
        ("/menu/", twiml(r#"<Gather action="moved" numDigits="1"/>"#)),
        ("/menu/moved", redirect(303, "/new/place")),
        ("/new/place", twiml("<Redirect>sibling</Redirect>")),
        ("/new/sibling", twiml("<Say>Here</Say>")),
    ])
    .await;
    let rung = server.ring(&caller("1")).await;
    assert!(rung.report.failure.is_none(), "{:?}", rung.report.failure);
    let asked: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| format!("{} {}", seen.method, seen.target.split('?').next().unwrap()))
        .collect();
    assert_eq!(
        asked,
        ["POST /answer", "POST /menu/", "POST /menu/moved", "GET /new/place", "POST /new/sibling"]
    );
    assert_eq!(server.seen()[3].value("Digits"), None);
    assert!(server.seen()[3].value("CallSid").is_some());
}

#[tokio::test]
async fn plain_text_is_read_aloud_and_sound_is_played() {
    let text = Server::with(&[("/answer", page("text/plain", b" Good morning \n"))]).await;
    let rung = text.ring(&caller("")).await;
    assert_eq!(rung.transcript[0], r#"{"at_ms":0,"event":"say","text":"Good morning"}"#);

    let sounding = Server::with(&[("/answer", sound(700))]).await;
    let rung = sounding.ring(&caller("")).await;
    assert_eq!(
        rung.transcript,
        [
            r#"{"at_ms":0,"event":"play","recording":"answer","from_ms":0,"to_ms":700,"speed":1.0}"#,
            r#"{"at_ms":700,"event":"hangup","by":"line"}"#,
        ]
    );
    assert_eq!(rung.samples, samples(700));
}

#[tokio::test]
async fn at_a_real_pace_a_server_sees_the_keys_at_their_moments() {
    let server = Server::with(&[("/answer", twiml(r#"<Gather numDigits="1" timeout="60"/>"#))]).await;
    #[allow(clippy::disallowed_methods, reason = "the deadline is one of real time")]
    let started = std::time::Instant::now();
    let rung = server.ring(&Caller { pace: Pace::Real, ..caller("wait:0.3 1 wait:0.3 2") }).await;
    assert!(started.elapsed() >= Duration::from_millis(600));
    assert!(started.elapsed() < Duration::from_secs(30), "the silence after the last key takes no time");
    assert_eq!(rung.report.duration_ms, 60_600);
}
