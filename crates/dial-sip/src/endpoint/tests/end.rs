//! How calls end, at every moment of their life.

use super::*;
use crate::message::Method;

#[test]
fn a_caller_who_gives_up_early_gets_487() {
    let (mut line, caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(SDP));
    line.endpoint.ring(line.call(), line.now);
    line.bytes(caller.text("CANCEL", "inv", 1, "", ""));
    let taken = line.taken();
    let answers: Vec<_> = taken
        .iter()
        .filter_map(|message| match message {
            Message::Response(response) => {
                Some((response.status.code(), response.to().unwrap().tag().map(<[u8]>::to_vec)))
            }
            Message::Request(_) => None,
        })
        .collect();
    assert_eq!(answers.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [100, 180, 200, 487]);
    assert!(answers[1].1.is_some() && answers[1..].iter().all(|(_, tag)| *tag == answers[1].1));
    line.bytes(caller.text("CANCEL", "inv", 1, "", ""));
    let again = line.last_response();
    assert_eq!((again.status, again.to().unwrap().tag()), (Status::OK, answers[1].1.as_deref()));
    line.bytes(caller.text("ACK", "inv", 1, "", ""));
    assert_eq!(line.ended(), Some(Why::Cancelled));
    line.assert_forgotten();
}

#[test]
fn a_cancel_that_comes_after_the_answer_changes_nothing() {
    let (mut line, caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(SDP));
    line.answer();
    line.sent.clear();
    line.bytes(caller.text("CANCEL", "inv", 1, "", ""));
    assert_eq!((line.statuses(), line.ended()), (vec![200], None));
    line.bytes(caller.text("CANCEL", "other", 1, "", ""));
    assert_eq!(line.statuses(), [481]);
}

#[test]
fn the_caller_hangs_up() {
    let (mut line, mut caller) = confirmed("");
    caller.next(&mut line, "BYE", "", "");
    assert_eq!((line.statuses(), line.ended()), (vec![200], Some(Why::Caller)));
    let again = caller.text("BYE", &format!("n{}", line.branch), caller.number, "", "");
    line.bytes(again);
    assert_eq!(line.statuses(), [200], "a BYE that comes again gets the same answer");
    caller.next(&mut line, "BYE", "", "");
    assert_eq!(line.statuses(), [481], "a second one is of no call");
    line.assert_forgotten();
}

#[test]
fn a_bye_before_the_ack_ends_the_call_at_once() {
    let (mut line, mut caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(SDP));
    line.answer();
    caller.follow(&line.last_response());
    caller.next(&mut line, "BYE", "", "");
    assert_eq!((line.statuses(), line.ended()), (vec![200], Some(Why::Caller)));
    line.pass(Duration::from_secs(40));
    assert_eq!(line.statuses(), [], "the answer to the INVITE is not repeated");
    line.assert_forgotten();
}

#[test]
fn a_bye_before_the_answer_ends_the_invite_too() {
    let (mut line, mut caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(SDP));
    line.endpoint.ring(line.call(), line.now);
    line.endpoint.wake(line.now);
    line.pass(Duration::ZERO);
    line.drain();
    caller.follow(&line.last_response());
    caller.next(&mut line, "BYE", "", "");
    assert_eq!((line.statuses(), line.ended()), (vec![200, 487], Some(Why::Caller)));
    line.assert_forgotten();
}

#[test]
fn we_hang_up_with_a_reason_and_repeat_it_until_it_is_heard() {
    let (mut line, _) = confirmed("");
    line.endpoint.hang_up(line.call(), Some("Q.850;cause=16"), line.now);
    line.pass(Duration::from_millis(600));
    let requests = line.taken();
    assert_eq!(requests.len(), 2);
    let Message::Request(bye) = &requests[0] else { panic!() };
    assert_eq!((bye.method(), bye.headers.first(Name::Reason)), (Method::Bye, Some(&b"Q.850;cause=16"[..])));
    assert_eq!(bye.uri_text(), b"sip:a@203.0.113.9:5070");
    assert_eq!(line.ended(), Some(Why::HungUp));
    line.bytes(answer_to(bye, "200 OK"));
    line.pass(Duration::from_secs(10));
    assert_eq!(line.taken().len(), 0);
    line.assert_forgotten();
}

/// An answer to a request of ours.
pub(super) fn answer_to(request: &Request, status: &str) -> String {
    let field = |name: Name| String::from_utf8(request.headers.first(name).unwrap().to_vec()).unwrap();
    let lines: String = [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq]
        .map(|name| format!("{}: {}\r\n", name.long(), field(name)))
        .concat();
    format!("SIP/2.0 {status}\r\n{lines}Content-Length: 0\r\n\r\n")
}

#[test]
fn both_sides_may_hang_up_at_once() {
    let (mut line, mut caller) = confirmed("");
    line.endpoint.hang_up(line.call(), None, line.now);
    caller.next(&mut line, "BYE", "", "");
    let taken = line.taken();
    assert!(matches!(&taken[0], Message::Request(request) if request.method() == Method::Bye));
    assert!(matches!(&taken[1], Message::Response(response) if response.status == Status::NO_SUCH_CALL));
    let Message::Request(bye) = &taken[0] else { panic!() };
    line.bytes(answer_to(bye, "481 x"));
    assert_eq!(line.events.iter().filter(|(_, event)| matches!(event, CallEvent::Ended(_))).count(), 1);
    line.assert_forgotten();
}

#[test]
fn no_call_is_longer_than_any_may_be() {
    let (mut line, _) = confirmed("");
    line.pass(Duration::from_hours(4));
    assert_eq!(line.ended(), Some(Why::TooLong));
    line.assert_forgotten();
}

#[test]
fn commands_for_a_call_that_is_over_do_nothing() {
    let (mut line, mut caller) = confirmed("");
    caller.next(&mut line, "BYE", "", "");
    line.sent.clear();
    let (call, now) = (line.call(), line.now);
    line.endpoint.ring(call, now);
    line.endpoint.answer(call, local(), now);
    line.endpoint.refuse(call, &Refusal::plain(Status::BUSY), now);
    line.endpoint.hang_up(call, None, now);
    line.pass(Duration::from_secs(1));
    assert_eq!(line.taken().len(), 0);
}
