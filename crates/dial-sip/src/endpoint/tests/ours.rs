//! Requests of ours: renewals, and accounts at registrars.

use super::end::answer_to;
use super::*;
use crate::auth::Credentials;
use crate::message::Method;

const TIMER: &str = "Supported: timer\r\nSession-Expires: 200;refresher=uas\r\n";

#[test]
fn we_renew_a_session_by_update_where_that_is_served() {
    let (mut line, _) = confirmed(&format!("{TIMER}Allow: INVITE, UPDATE\r\n"));
    for _ in 0..3 {
        line.pass(Duration::from_secs(100));
        let update = line.last_request();
        assert_eq!((update.method(), update.body().len()), (Method::Update, 0));
        assert_eq!(update.headers.first(Name::SessionExpires), Some(&b"200;refresher=uac"[..]));
        line.bytes(
            answer_to(&update, "200 OK")
                .replace("Content-Length", "Session-Expires: 200;refresher=uac\r\nContent-Length"),
        );
    }
    assert_eq!(line.ended(), None);
}

#[test]
fn we_renew_a_session_by_invite_where_update_is_not_served() {
    let (mut line, _) = confirmed(TIMER);
    line.pass(Duration::from_secs(100));
    let invite = line.last_request();
    assert_eq!(invite.method(), Method::Invite);
    assert!(String::from_utf8_lossy(invite.body()).contains("m=audio 40000"));
    let ok = answer_to(&invite, "200 OK");
    line.bytes(ok.clone());
    let ack = line.last_request();
    assert_eq!((ack.method(), ack.cseq().unwrap().number), (Method::Ack, invite.cseq().unwrap().number));
    line.bytes(ok);
    assert_eq!(line.last_request().method(), Method::Ack, "each repetition is acknowledged");
    line.pass(Duration::from_secs(90));
    assert_eq!(line.ended(), None);
}

#[test]
fn a_renewal_that_meets_one_of_theirs_waits() {
    let (mut line, mut caller) = confirmed(TIMER);
    line.pass(Duration::from_secs(100));
    let invite = line.last_request();
    caller.next(&mut line, "INVITE", "", SDP);
    assert_eq!(line.statuses(), [491]);
    line.bytes(answer_to(&invite, "491 Request Pending"));
    assert_eq!(line.last_request().method(), Method::Ack);
    line.pass(Duration::from_secs(2));
    assert_eq!(line.last_request().method(), Method::Invite, "and is tried again");
}

#[test]
fn a_caller_who_has_forgotten_the_call_or_is_gone_ends_it() {
    let (mut line, _) = confirmed(&format!("{TIMER}Allow: UPDATE\r\n"));
    line.pass(Duration::from_secs(100));
    let update = line.last_request();
    line.bytes(answer_to(&update, "481 x"));
    assert_eq!(line.ended(), Some(Why::Forgotten));
    let (mut line, _) = confirmed(&format!("{TIMER}Allow: UPDATE\r\n"));
    line.pass(Duration::from_secs(133));
    assert_eq!(line.ended(), Some(Why::Forgotten), "no answer within 32 s");
    line.assert_forgotten();
}

#[test]
fn our_requests_go_to_the_first_hop_only_if_it_is_a_trunks() {
    for (route, expected) in [
        ("Record-Route: <sip:203.0.113.50:5080;lr>\r\n", "203.0.113.50:5080"),
        ("Record-Route: <sip:198.51.100.66;lr>\r\n", "203.0.113.9:5070"),
        ("Record-Route: <sip:proxy.example;lr>\r\n", "203.0.113.9:5070"),
    ] {
        let (mut line, _) = confirmed(route);
        line.endpoint.hang_up(line.call(), None, line.now);
        line.pass(Duration::ZERO);
        line.drain();
        assert_eq!(line.sent[0].0.remote, expected.parse().unwrap(), "{route}");
        assert!(line.last_request().headers.first(Name::Route).is_some());
    }
}

fn account() -> Account {
    Account {
        domain: "sip.example".into(),
        user: "4711".into(),
        credentials: Credentials { user: "4711".into(), password: "secret".into() },
        expires_s: 600,
        servers: vec![flow(Transport::Udp, "198.51.100.1:5060")],
    }
}

#[test]
fn a_connection_to_the_registrar_is_opened_where_there_is_none() {
    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
        let server = flow(transport, "198.51.100.1:5060");
        let mut line = Line::new();
        line.endpoint.register(Account { servers: vec![server], ..account() }, line.now);
        let Some(Output::Transmit(transmit)) = line.endpoint.poll() else { panic!("nothing is sent") };
        assert_eq!(transmit.flow, server);
        assert_eq!(transmit.otherwise, transport.is_reliable().then_some(server.remote), "{transport:?}");
    }
}

#[test]
fn an_account_is_registered_and_stays_so() {
    let mut line = Line::new();
    let id = line.endpoint.register(account(), line.now);
    line.pass(Duration::ZERO);
    line.drain();
    let first = line.last_request();
    line.bytes(answer_to(&first, "401 x").replace(
        "Content-Length",
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\nContent-Length",
    ));
    let second = line.last_request();
    assert!(second.headers.first(Name::Authorization).is_some());
    line.bytes(answer_to(&second, "200 OK").replace("Content-Length", "Expires: 6\r\nContent-Length"));
    assert!(line.endpoint.is_registered(id));
    line.pass(Duration::from_secs(5));
    let third = line.last_request();
    assert_eq!(third.method(), Method::Register);
    line.pass(Duration::from_secs(33));
    assert!(!line.endpoint.is_registered(id), "a registrar that is silent is no registration");
    line.sent.clear();
    line.pass(Duration::from_mins(5));
    assert!(line.taken().len() > 10, "it is asked for ever");
    assert!(line.registrations.len() > 3);
}

#[test]
fn answers_that_nobody_asked_for_are_nothing() {
    let (mut line, _) = confirmed("");
    line.endpoint.hang_up(line.call(), None, line.now);
    line.pass(Duration::ZERO);
    line.drain();
    let bye = line.last_request();
    line.bytes(answer_to(&bye, "200 OK").replace("branch=z9hG4bK", "branch=z9hG4bKx"));
    line.bytes(answer_to(&bye, "200 OK").replace("BYE", "INVITE"));
    line.pass(Duration::from_millis(600));
    assert_eq!(line.last_request().method(), Method::Bye, "it is still repeated");
}

#[test]
fn an_account_whose_connection_is_gone_is_registered_anew() {
    let mut line = Line::new();
    let server = flow(Transport::Tls, "198.51.100.1:5061");
    let id = line.endpoint.register(Account { servers: vec![server], ..account() }, line.now);
    line.drain();
    let request = line.last_request();
    line.bytes(answer_to(&request, "200 OK"));
    line.pass(Duration::from_secs(26));
    assert_eq!(line.sent.pop().unwrap().1, "\r\n\r\n", "the connection is kept open");
    line.endpoint.closed(server, line.now);
    assert!(!line.endpoint.is_registered(id));
    line.pass(Duration::from_secs(2));
    let request = line.last_request();
    line.bytes(answer_to(&request, "200 OK"));
    assert!(line.endpoint.is_registered(id));
}
