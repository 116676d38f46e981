//! Strangers, floods, and noise: silence, bounds, and nothing that stays.

use super::*;
use crate::guard::Rate;

#[test]
fn strangers_get_silence_whatever_they_send() {
    let mut line = Line::new();
    line.flow = flow(Transport::Udp, "198.51.100.66:5060");
    let caller = Caller::new();
    for method in ["INVITE", "REGISTER", "OPTIONS", "BYE", "CANCEL", "ACK", "FOO", "SUBSCRIBE", "INFO"] {
        line.bytes(caller.text(method, "x", 1, "", ""));
    }
    line.bytes(caller.invite(SDP).replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"));
    line.bytes(caller.invite(SDP).replace("CSeq: 1 INVITE\r\n", ""));
    assert_eq!((line.sent.len(), line.events.len(), line.endpoint.transactions()), (0, 0, 0));
    assert!(line.endpoint.guard().counters.strangers >= 8);
}

#[test]
fn who_may_know_a_password_is_asked_and_let_in() {
    use crate::auth::{Answerer, Credentials};
    let credentials = Credentials { user: "pbx".into(), password: "secret".into() };
    let trunk = Trunk { name: "pbx".into(), credentials: vec![credentials.clone()], ..Trunk::default() };
    let mut line = Line::with(Config { trunks: vec![trunk], ..Config::default() });
    line.bytes(Caller::new().invite(SDP));
    let asked = line.last_response();
    assert_eq!(asked.status, Status::UNAUTHORIZED);
    let mut answerer = Answerer::new(credentials);
    answerer.challenge(&asked.headers).unwrap();
    let (name, value) = answerer.answer("INVITE", "sip:100@192.0.2.1", &mut Chance::seeded([1; 32])).unwrap();
    let mut caller = Caller::with(&format!("{}: {}\r\n", name.long(), String::from_utf8(value).unwrap()));
    caller.number = 2;
    line.bytes(caller.invite(SDP));
    assert_eq!((line.statuses(), line.calls()), (vec![100], 1));
}

#[test]
fn a_flood_of_calls_is_told_to_come_later_and_leaves_nothing() {
    let limits = Limits {
        calls: Rate { per_second: 200.0, burst: 400.0 },
        source: Rate { per_second: 1.0e6, burst: 1.0e6 },
        max_calls: 300,
        ..Limits::default()
    };
    let mut line = Line::with(Config {
        trunks: vec![Trunk { networks: vec!["203.0.113.0/24".parse().unwrap()], ..Trunk::default() }],
        limits,
        ..Config::default()
    });
    let mut refused = 0;
    for number in 0..5_000 {
        let caller = Caller { call_id: format!("flood{number}"), ..Caller::new() };
        line.bytes(caller.text("INVITE", &format!("f{number}"), 1, "", SDP));
        let statuses = line.statuses();
        refused += usize::from(statuses == [503]);
        assert!(statuses == [503] || statuses == [100]);
    }
    assert_eq!((line.endpoint.calls(), refused), (300, 4_700));
    assert!(line.endpoint.transactions() <= 300);
    line.pass(Duration::from_secs(400));
    line.assert_forgotten();
}

#[test]
fn the_limit_refuses_nothing_of_a_call_that_is_known() {
    let (mut line, mut caller) = confirmed("");
    line.endpoint.drain();
    line.bytes(Caller { call_id: "new".into(), ..Caller::new() }.text("INVITE", "new", 1, "", SDP));
    line.bytes(Caller::new().text("OPTIONS", "o", 1, "", ""));
    let statuses = line.statuses();
    assert_eq!(statuses, [503, 503]);
    line.endpoint.resume();
    line.bytes(Caller::new().text("OPTIONS", "p", 1, "", ""));
    assert_eq!(line.statuses(), [200]);
    caller.next(&mut line, "INVITE", "", SDP);
    caller.ack(&mut line, "");
    caller.next(&mut line, "BYE", "", "");
    assert_eq!(line.statuses(), [200, 200]);
    line.assert_forgotten();
}

#[test]
fn noise_makes_no_panic_and_leaves_nothing() {
    let mut chance = fastrand::Rng::with_seed(11);
    let mut line = Line::new();
    let mut caller =
        Caller::with("Require: 100rel\r\nSupported: timer\r\nSession-Expires: 100;refresher=uas\r\n");
    for round in 0..4_000 {
        let method =
            ["INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "PRACK", "INFO", "OPTIONS"][chance.usize(..8)];
        let body = ["", SDP, "v=0\r\n", "Signal=5\r\n"][chance.usize(..4)];
        caller.call_id = format!("noise{}", round / 20);
        let mut bytes = caller
            .text(method, &format!("b{}", chance.u8(..30)), chance.u32(1..9), "RAck: 1 1 INVITE\r\n", body)
            .into_bytes();
        for _ in 0..chance.usize(..3) {
            let place = chance.usize(..bytes.len());
            bytes[place] = chance.u8(..);
        }
        line.bytes(bytes);
        if let Some((call, _)) = line.events.last().cloned() {
            match chance.u8(..6) {
                0 => line.endpoint.ring(call, line.now),
                1 => line.endpoint.answer(call, local(), line.now),
                2 => line.endpoint.hang_up(call, None, line.now),
                _ => {}
            }
        }
        for message in line.sent.drain(..).collect::<Vec<_>>() {
            let message = Message::parse(message.1).expect("what we send can be read");
            assert_eq!(
                match &message {
                    Message::Request(request) => request.flaw(),
                    Message::Response(response) => response.flaw(),
                },
                None
            );
            if let Message::Response(response) = message
                && response.to().is_some_and(|to| to.tag().is_some())
                && chance.bool()
            {
                caller.to = String::from_utf8_lossy(response.headers.first(Name::To).unwrap()).into_owned();
            }
        }
        if chance.u8(..10) == 0 {
            caller.to = Caller::new().to;
        }
        line.pass(Duration::from_millis(chance.u64(..3_000)));
    }
    line.pass(Duration::from_hours(5));
    line.assert_forgotten();
}

#[test]
fn nothing_that_is_printed_names_a_caller() {
    let mut line = Line::new();
    line.endpoint.receive(Bytes::from(Caller::new().invite(SDP)), line.flow, None, line.now);
    let mut printed = format!("{:?}", line.endpoint);
    while let Some(output) = line.endpoint.poll() {
        printed += &format!("{output:?}");
    }
    let request = Message::parse(Bytes::from(Caller::new().invite(SDP)));
    printed += &format!("{request:?} {:?}", local());
    assert!(
        printed.contains("+44…001") && !printed.contains("1134960001") && !printed.contains("7, 7"),
        "{printed}"
    );
}
