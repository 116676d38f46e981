//! Who is let in.

use bytes::Bytes;

use super::*;
use crate::message::Message;
use crate::net::Transport;

fn invite() -> Request {
    match Message::parse(Bytes::from_static(
        b"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n\r\n",
    )) {
        Ok(Message::Request(request)) => request,
        _ => panic!("no request"),
    }
}

fn flow(remote: &str) -> Flow {
    let local = "192.0.2.1:5060".parse().unwrap();
    Flow { transport: Transport::Udp, local, remote: format!("{remote}:5060").parse().unwrap() }
}

fn guard(trunk: Trunk, limits: Limits) -> Guard {
    Guard::new(vec![Trunk { name: "other".into(), ..Trunk::default() }, trunk], limits, [1; 32])
}

#[test]
fn a_stranger_gets_silence_and_is_counted() {
    let mut guard = guard(
        Trunk { networks: vec!["198.51.100.0/24".parse().unwrap()], ..Trunk::default() },
        Limits::default(),
    );
    for _ in 0..3 {
        assert_eq!(
            guard.admit(&invite(), &flow("203.0.113.9"), None, 0, Moment::default()),
            Admission::Silence
        );
    }
    assert!(!guard.may_speak(&flow("203.0.113.9"), Some("x")));
    assert_eq!(guard.counters.strangers, 3);
    assert_eq!(guard.strangers().into_iter().collect::<Vec<_>>(), [("203.0.113.9".parse().unwrap(), 3)]);
    assert!(guard.strangers().is_empty());
}

#[test]
fn a_trunk_is_known_by_its_address_or_its_certificate() {
    let trunk = Trunk {
        name: "carrier".into(),
        networks: vec!["198.51.100.0/24".parse().unwrap()],
        tls_names: vec!["sip.carrier.example".into()],
        credentials: Vec::new(),
    };
    let mut guard = guard(trunk, Limits::default());
    let admitted = Admission::Admit("carrier".into());
    assert_eq!(guard.admit(&invite(), &flow("198.51.100.7"), None, 0, Moment::default()), admitted);
    assert_eq!(
        guard.admit(&invite(), &flow("203.0.113.9"), Some("SIP.carrier.example"), 0, Moment::default()),
        admitted
    );
    assert_eq!(
        guard.admit(&invite(), &flow("203.0.113.9"), Some("x.example"), 0, Moment::default()),
        Admission::Silence
    );
}

#[test]
fn who_may_know_a_password_is_asked() {
    let credentials = vec![Credentials { user: "u".into(), password: "p".into() }];
    let mut guard = guard(Trunk { credentials, ..Trunk::default() }, Limits::default());
    let Admission::Challenge([first, _]) =
        guard.admit(&invite(), &flow("203.0.113.9"), None, 0, Moment::default())
    else {
        panic!("nobody asked")
    };
    assert!(first.contains("algorithm=SHA-256"), "{first}");
}

#[test]
fn too_many_calls_are_told_to_come_later() {
    let limits = Limits { max_calls: 10, calls: Rate { per_second: 1.0, burst: 2.0 }, ..Limits::default() };
    let trunk = Trunk { networks: vec!["0.0.0.0/0".parse().unwrap()], ..Trunk::default() };
    let mut guard = guard(trunk, limits);
    let mut admit = |calls| guard.admit(&invite(), &flow("203.0.113.9"), None, calls, Moment::default());
    assert_eq!(admit(10), Admission::TooMuch);
    assert_eq!(
        [admit(0), admit(0), admit(0)].map(|admission| admission == Admission::TooMuch),
        [false, false, true]
    );
}

#[test]
#[allow(clippy::float_cmp, reason = "tenths of whole numbers that are whole")]
fn who_has_room_for_many_calls_may_have_them_come_faster() {
    for (max_calls, a_second, of_one) in [(1, 200.0, 100.0), (2_000, 200.0, 100.0), (8_000, 800.0, 400.0)] {
        let limits = Limits::for_calls(max_calls);
        assert_eq!(limits.max_calls, max_calls);
        assert_eq!((limits.calls.per_second, limits.source.per_second), (a_second, of_one), "{max_calls}");
        assert_eq!((limits.calls.burst, limits.source.burst), (2.0 * a_second, 4.0 * of_one));
    }
}
