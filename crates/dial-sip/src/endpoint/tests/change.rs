//! What changes within a call: hold, resume, another address, keys, signs of life.

use super::*;
use crate::sdp::Direction;

fn offer(lines: &str) -> String {
    format!("{SDP}{lines}")
}

#[test]
fn a_call_is_put_on_hold_and_taken_back_by_invite_and_by_update() {
    for method in ["INVITE", "UPDATE"] {
        let (mut line, mut caller) = confirmed("");
        for (lines, direction, word) in [
            ("a=sendonly\r\n", Direction::ReceiveOnly, "a=recvonly"),
            ("a=inactive\r\n", Direction::Inactive, "a=inactive"),
            ("a=sendrecv\r\n", Direction::Both, "a=sendrecv"),
        ] {
            caller.next(&mut line, method, "", &offer(lines));
            let ok = line.last_response();
            assert_eq!(ok.status, Status::OK);
            assert!(String::from_utf8_lossy(ok.body()).contains(word), "{method}");
            if method == "INVITE" {
                caller.ack(&mut line, "");
            }
            assert_eq!(line.media().last().unwrap().direction, direction);
        }
        line.pass(Duration::from_secs(10));
        assert_eq!(line.statuses(), [], "{method}");
    }
}

#[test]
fn sound_follows_the_caller_to_another_address() {
    let (mut line, mut caller) = confirmed("");
    caller.next(&mut line, "INVITE", "", &SDP.replace("c=IN IP4 203.0.113.9", "c=IN IP4 203.0.113.77"));
    assert_eq!(line.media().last().unwrap().remote, "203.0.113.77:6000".parse().unwrap());
}

#[test]
fn an_offer_that_changes_nothing_is_answered_alike_and_not_told() {
    let (mut line, mut caller) = confirmed("");
    let (before, events) = (line.media().len(), line.events.len());
    caller.next(&mut line, "UPDATE", "", SDP);
    let first = line.last_response().body().to_vec();
    caller.next(&mut line, "UPDATE", "", SDP);
    assert_eq!(line.last_response().body(), first);
    assert_eq!((line.media().len(), line.events.len()), (before, events));
}

#[test]
fn an_offer_that_cannot_be_served_leaves_the_call_as_it_is() {
    let (mut line, mut caller) = confirmed("");
    caller.next(&mut line, "INVITE", "", "v=0\r\nc=IN IP4 203.0.113.9\r\nm=audio 6000 RTP/AVP 18\r\n");
    assert_eq!((line.statuses(), line.ended()), (vec![488], None));
}

#[test]
fn an_invite_without_an_offer_within_a_call_gets_one() {
    let (mut line, mut caller) = confirmed("");
    caller.next(&mut line, "UPDATE", "", &offer("a=sendonly\r\n"));
    line.sent.clear();
    caller.next(&mut line, "INVITE", "", "");
    let body = line.last_response().body().to_vec();
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains("m=audio 40000 RTP/AVP 8 101\r\n") && text.contains("a=sendrecv"), "{text}");
    caller.next(&mut line, "UPDATE", "", SDP);
    assert_eq!(line.statuses(), [491], "our offer is not answered yet");
    caller.number -= 1;
    caller.ack(&mut line, &SDP.replace("6000", "7000").replace("0 8 101", "8 101"));
    assert_eq!(line.media().last().unwrap().remote.port(), 7000);
    assert_eq!(line.ended(), None);
}

#[test]
fn a_second_invite_before_the_answer_to_the_first_is_asked_to_come_later() {
    let (mut line, mut caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(SDP));
    let call = line.call();
    line.endpoint.ring(call, line.now);
    line.drain();
    caller.follow(&line.last_response());
    caller.next(&mut line, "INVITE", "", SDP);
    let refused = line.last_response();
    assert_eq!(refused.status, Status::INTERNAL);
    assert!(refused.headers.number(Name::RetryAfter).unwrap() <= 10);
    caller.next(&mut line, "UPDATE", "", "");
    assert_eq!(line.statuses(), [200], "a sign of life is welcome");
}

#[test]
fn requests_out_of_order_are_refused() {
    let (mut line, mut caller) = confirmed("");
    caller.number = 50;
    caller.next(&mut line, "OPTIONS", "", "");
    caller.number = 20;
    caller.next(&mut line, "OPTIONS", "", "");
    assert_eq!(line.statuses(), [200, 500]);
}

#[test]
fn keys_come_by_info_once_each() {
    let (mut line, mut caller) = confirmed("");
    caller.next(
        &mut line,
        "INFO",
        "Content-Type: application/dtmf-relay\r\n",
        "Signal=5\r\nDuration=160\r\n",
    );
    let again = caller.text("INFO", &format!("n{}", line.branch), caller.number, "", "");
    line.bytes(again);
    caller.next(&mut line, "INFO", "Content-Type: application/dtmf\r\n", "#");
    caller.next(&mut line, "INFO", "", "");
    caller.next(&mut line, "INFO", "Content-Type: text/plain\r\n", "hello");
    let keys: String = line
        .events
        .iter()
        .filter_map(|(_, event)| if let CallEvent::Digit(digit) = event { Some(digit.sign()) } else { None })
        .collect();
    assert_eq!((keys.as_str(), line.statuses()), ("5#", vec![200, 200, 200, 200, 415]));
}

#[test]
fn session_timers_are_agreed_again_with_each_sign_of_life() {
    let lines = "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n";
    let (mut line, mut caller) = confirmed(lines);
    for method in ["UPDATE", "INVITE", "UPDATE"] {
        line.pass(Duration::from_mins(5));
        caller.next(&mut line, method, lines, if method == "INVITE" { SDP } else { "" });
        let ok = line.last_response();
        assert_eq!(ok.headers.first(Name::SessionExpires), Some(&b"600;refresher=uac"[..]));
        assert!(ok.headers.lists(Name::Require, "timer"));
        if method == "INVITE" {
            caller.ack(&mut line, "");
        }
    }
    line.pass(Duration::from_secs(567));
    assert_eq!(line.ended(), None);
    line.pass(Duration::from_secs(1));
    assert_eq!(line.ended(), Some(Why::SessionExpired));
    line.assert_forgotten();
}

#[test]
fn a_session_that_is_too_short_is_refused() {
    let (mut line, caller) = (Line::new(), Caller::with("Supported: timer\r\nSession-Expires: 60\r\n"));
    line.bytes(caller.invite(SDP));
    let refused = line.last_response();
    assert_eq!((refused.status.code(), refused.headers.number(Name::MinSe)), (422, Some(90)));
    assert_eq!(line.calls(), 0);
}

#[test]
fn a_call_may_move_to_another_flow() {
    let (mut line, mut caller) = confirmed("");
    line.flow = flow(Transport::Udp, "198.51.100.7:9999");
    caller.next(&mut line, "UPDATE", "", "");
    assert_eq!(line.statuses(), [200], "a known call is never met with silence");
}
