//! From the INVITE to the ACK.

use super::*;
use crate::message::Method;

#[test]
fn a_call_is_announced_rung_answered_and_confirmed() {
    let (mut line, mut caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(SDP));
    let (id, CallEvent::Invited(invitation)) = &line.events[0] else { panic!("{:?}", line.events) };
    assert_eq!((invitation.trunk.as_str(), invitation.call_id.as_str()), ("carrier", "a84b4c76"));
    assert_eq!(invitation.parties.caller.as_ref().unwrap().expose(), "+441134960001");
    let id = *id;
    line.endpoint.ring(id, line.now);
    line.answer();
    assert_eq!(line.media()[0].remote, "203.0.113.9:6000".parse().unwrap());
    let taken = line.taken();
    let statuses: Vec<_> = taken
        .iter()
        .map(|message| if let Message::Response(response) = message { response.status.code() } else { 0 })
        .collect();
    assert_eq!(statuses, [100, 180, 200]);
    let Message::Response(ok) = &taken[2] else { panic!() };
    assert_eq!(ok.headers.first(Name::Contact), Some(&b"<sip:192.0.2.1:5060>"[..]));
    assert_eq!(ok.headers.first(Name::Allow), Some(Method::ALLOW.as_bytes()));
    assert!(ok.to().unwrap().tag().is_some());
    caller.follow(ok);
    caller.ack(&mut line, "");
    assert_eq!(line.events.last(), Some(&(id, CallEvent::Confirmed)));
    line.pass(Duration::from_secs(30));
    assert_eq!(line.statuses(), [], "nothing is repeated after the ACK");
}

#[test]
fn every_answer_but_the_first_has_our_tag_and_always_the_same() {
    let (mut line, caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(SDP));
    line.endpoint.ring(line.call(), line.now);
    line.answer();
    let tags: Vec<_> = line
        .taken()
        .iter()
        .map(|message| match message {
            Message::Response(response) => response.to().unwrap().tag().map(<[u8]>::to_vec),
            Message::Request(_) => panic!(),
        })
        .collect();
    assert_eq!(tags[0], None);
    assert!(tags[1].is_some() && tags[1] == tags[2]);
}

#[test]
fn an_invite_that_comes_again_gets_the_last_answer_again_and_begins_nothing() {
    let (mut line, mut caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(SDP));
    line.bytes(caller.invite(SDP));
    assert_eq!(line.statuses(), [100, 100]);
    line.endpoint.ring(line.call(), line.now);
    line.bytes(caller.invite(SDP));
    assert_eq!(line.statuses(), [180, 180]);
    line.answer();
    let first = line.sent.last().cloned();
    line.bytes(caller.invite(SDP));
    assert_eq!(line.sent.last().cloned(), first, "the same bytes");
    caller.follow(&line.last_response());
    caller.ack(&mut line, "");
    line.pass(Duration::from_millis(500));
    line.bytes(caller.clone().tap(|caller| caller.to = Caller::new().to).invite(SDP));
    assert_eq!((line.calls(), line.statuses()), (1, vec![200]));
}

impl Caller {
    fn tap(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

#[test]
fn without_an_ack_the_answer_is_repeated_for_thirty_two_seconds_and_then_the_call_is_ended() {
    for transport in [Transport::Udp, Transport::Tls] {
        let (mut line, caller) = (Line::new(), Caller::new());
        line.flow.transport = transport;
        line.bytes(caller.invite(SDP));
        line.answer();
        line.sent.clear();
        line.pass(Duration::from_millis(31_999));
        assert_eq!(line.statuses(), [200; 10]);
        line.pass(Duration::from_millis(1));
        assert_eq!(line.last_request().method(), Method::Bye);
        assert_eq!(line.ended(), Some(Why::NoAck));
        line.assert_forgotten();
    }
}

#[test]
fn where_the_caller_makes_no_offer_we_do() {
    let (mut line, mut caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(""));
    line.answer();
    let ok = line.last_response();
    assert!(String::from_utf8_lossy(ok.body()).contains("m=audio 40000 RTP/AVP 8 0 101"));
    assert_eq!(line.media(), []);
    caller.follow(&ok);
    caller.ack(&mut line, SDP);
    assert_eq!(line.media()[0].codec, Codec::Pcmu, "their first choice");
    assert_eq!(line.events.last().unwrap().1, CallEvent::Confirmed);
}

#[test]
fn an_offer_of_ours_that_is_not_answered_ends_the_call() {
    let (mut line, mut caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(""));
    line.answer();
    caller.follow(&line.last_response());
    caller.ack(&mut line, "");
    assert_eq!(line.ended(), Some(Why::NoSound));
    assert_eq!(line.last_request().method(), Method::Bye);
    line.assert_forgotten();
}

#[test]
fn ringing_that_must_arrive_is_repeated_until_it_is_confirmed() {
    let (mut line, mut caller) = (Line::new(), Caller::with("Require: 100rel\r\n"));
    line.bytes(caller.invite(SDP));
    line.endpoint.ring(line.call(), line.now);
    line.pass(Duration::from_millis(1_600));
    let taken = line.taken();
    assert_eq!(taken.len(), 4, "100, and 180 three times");
    let Message::Response(ringing) = &taken[3] else { panic!() };
    assert!(ringing.headers.lists(Name::Require, "100rel"));
    let number = ringing.headers.number(Name::RSeq).unwrap();
    caller.follow(ringing);
    caller.next(&mut line, "PRACK", &format!("RAck: {} 1 INVITE\r\n", number + 1), "");
    assert_eq!(line.statuses(), [481]);
    caller.next(&mut line, "PRACK", &format!("RAck: {number} 1 INVITE\r\n"), "");
    assert_eq!(line.statuses(), [200]);
    line.pass(Duration::from_secs(20));
    assert_eq!(line.statuses(), []);
    line.answer();
    assert_eq!(line.statuses(), [200]);
}

#[test]
fn ringing_may_be_confirmed_once_the_call_is_answered_and_once_only() {
    let (mut line, mut caller) = (Line::new(), Caller::with("Require: 100rel\r\n"));
    line.bytes(caller.invite(SDP));
    line.endpoint.ring(line.call(), line.now);
    line.drain();
    let Some(Message::Response(ringing)) = line.taken().pop() else { panic!() };
    let number = ringing.headers.number(Name::RSeq).unwrap();
    line.answer();
    line.pass(Duration::from_secs(5));
    assert!(line.statuses().iter().all(|status| *status == 200), "it rings no more");
    caller.follow(&ringing);
    for status in [200, 481] {
        caller.next(&mut line, "PRACK", &format!("RAck: {number} 1 INVITE\r\n"), "");
        assert_eq!(line.statuses(), [status]);
    }
}

#[test]
fn ringing_that_never_arrives_ends_the_call() {
    let (mut line, caller) = (Line::new(), Caller::with("Require: 100rel\r\n"));
    line.bytes(caller.invite(SDP));
    line.endpoint.ring(line.call(), line.now);
    line.pass(Duration::from_secs(33));
    assert_eq!(line.ended(), Some(Why::NoPrack));
    assert!(line.statuses().contains(&500));
    line.assert_forgotten();
}

#[test]
fn a_call_that_nobody_answers_is_refused_after_three_minutes() {
    let (mut line, caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(SDP));
    line.pass(Duration::from_secs(181));
    assert_eq!(line.ended(), Some(Why::TooLong));
    assert!(line.statuses().contains(&480));
    line.assert_forgotten();
}

#[test]
fn a_refusal_is_repeated_until_it_is_acknowledged() {
    let (mut line, mut caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(SDP));
    line.endpoint.refuse(line.call(), &Refusal::plain(Status::BUSY), line.now);
    line.pass(Duration::from_millis(600));
    assert_eq!(line.statuses(), [100, 486, 486]);
    caller.lines.clear();
    line.bytes(caller.text("ACK", "inv", 1, "", ""));
    line.pass(Duration::from_secs(20));
    assert_eq!((line.statuses(), line.ended()), (vec![], Some(Why::Refused(Status::BUSY))));
    line.assert_forgotten();
}

#[test]
fn an_answer_goes_where_the_request_came_from_or_to_the_port_that_via_names() {
    let caller = Caller::new();
    for (via, expected) in [
        ("203.0.113.9;rport", "203.0.113.9:4711"),
        ("10.0.0.5:5099", "203.0.113.9:5099"),
        ("pc.example", "203.0.113.9:5060"),
        ("203.0.113.9:5070;maddr=198.51.100.66", "203.0.113.9:5070"),
    ] {
        let mut line = Line::new();
        line.flow = flow(Transport::Udp, "203.0.113.9:4711");
        line.bytes(caller.invite(SDP).replace("203.0.113.9:5070;rport", via));
        assert_eq!(line.sent[0].0.remote, expected.parse().unwrap(), "{via}");
    }
}

#[test]
fn sound_that_we_do_not_serve_is_refused_at_once() {
    for body in ["v=0\r\nm=audio 6000 RTP/AVP 18\r\nc=IN IP4 203.0.113.9\r\n", "nonsense", "v=0\r\n"] {
        let (mut line, caller) = (Line::new(), Caller::new());
        line.bytes(caller.invite(body));
        assert_eq!((line.statuses(), line.calls()), (vec![488], 0));
        line.assert_forgotten();
    }
}

#[test]
fn ringing_that_would_have_to_carry_our_offer_is_left_out() {
    let (mut line, caller) = (Line::new(), Caller::with("Require: 100rel\r\n"));
    line.bytes(caller.invite(""));
    line.endpoint.ring(line.call(), line.now);
    line.answer();
    assert_eq!(line.statuses(), [100, 200]);
}

#[test]
fn the_host_hears_what_would_be_agreed_on_before_it_answers() {
    let (mut line, caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(&SDP.replace("IN IP4 203.0.113.9\r\nt", "IN IP6 2001:db8::9\r\nt")));
    let CallEvent::Invited(invitation) = &line.events[0].1 else { panic!("{:?}", line.events) };
    let offer = invitation.offer.as_ref().unwrap();
    assert!(offer.remote.is_ipv6() && offer.keys.is_none());
}

#[test]
fn a_stream_that_is_gone_has_another_way() {
    let (mut line, caller) = (Line::new(), Caller::new());
    line.flow = flow(Transport::Tls, "203.0.113.9:49152");
    let contact = "Contact: <sip:a@203.0.113.9:5070>";
    line.bytes(caller.invite(SDP).replace(contact, "Contact: <sip:a@203.0.113.40;transport=tls>"));
    line.answer();
    line.endpoint.hang_up(line.call(), None, line.now);
    let mut ways = Vec::new();
    while let Some(output) = line.endpoint.poll() {
        if let Output::Transmit(transmit) = output {
            ways.push((transmit.flow == line.flow, transmit.otherwise));
        }
    }
    assert_eq!(ways, [(true, "203.0.113.40:5061".parse().ok())]);
}
