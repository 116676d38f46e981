//! The 50 messages of RFC 4475, each with the one outcome that we chose where the RFC leaves a choice.

use bytes::Bytes;
use dial_sip::message::{Drop, Framed, Message, Name, Scheme, StreamFramer, Verdict};

/// What becomes of a message.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// A request that a call or OPTIONS hears of, or a response that a transaction may look for.
    Served,
    /// Answered with this status.
    Answered(u16),
    Dropped(Drop),
    /// Not even the first line can be read, so nobody is answered.
    Unreadable,
}

use Outcome::*;

const OUTCOMES: [(&str, Outcome); 49] = [
    ("3.1.1.1-wsinv", Served),
    ("3.1.1.2-intmeth", Answered(501)),
    ("3.1.1.3-esc01", Served),
    ("3.1.1.4-escnull", Answered(405)),
    ("3.1.1.5-esc02", Answered(501)),
    ("3.1.1.6-lwsdisp", Served),
    ("3.1.1.7-longreq", Served),
    ("3.1.1.8-dblreq", Answered(405)),
    ("3.1.1.9-semiuri", Served),
    ("3.1.1.10-transports", Served),
    ("3.1.1.11-mpart01", Answered(405)),
    ("3.1.1.12-unreason", Served),
    ("3.1.1.13-noreason", Served),
    ("3.1.2.1-badinv01", Answered(400)),
    ("3.1.2.2-clerr", Answered(400)),
    ("3.1.2.3-ncl", Answered(400)),
    ("3.1.2.4-scalar02", Answered(400)),
    ("3.1.2.5-scalarlg", Dropped(Drop::BrokenResponse)),
    ("3.1.2.6-quotbal", Answered(400)),
    ("3.1.2.7-ltgtruri", Answered(400)),
    ("3.1.2.8-lwsruri", Answered(400)),
    ("3.1.2.9-lwsstart", Answered(400)),
    ("3.1.2.10-trws", Answered(400)),
    ("3.1.2.11-escruri", Answered(400)),
    // We do not read Date, so a wrong one is no harm.
    ("3.1.2.12-baddate", Served),
    ("3.1.2.13-regbadct", Answered(405)),
    // Liberal: the space around the address, and the comma in a name, mislead nobody.
    ("3.1.2.14-badaspec", Served),
    ("3.1.2.15-baddn", Served),
    ("3.1.2.16-badvers", Answered(505)),
    ("3.1.2.17-mismatch01", Answered(400)),
    ("3.1.2.18-mismatch02", Answered(501)),
    ("3.1.2.19-bigcode", Unreadable),
    ("3.2.1-badbranch", Served),
    ("3.3.1-insuf", Answered(400)),
    ("3.3.2-unkscm", Answered(416)),
    ("3.3.3-novelsc", Answered(416)),
    ("3.3.4-unksm2", Answered(405)),
    ("3.3.5-bext01", Answered(420)),
    ("3.3.6-invut", Answered(415)),
    ("3.3.7-regaut01", Answered(405)),
    ("3.3.8-multi01", Answered(400)),
    ("3.3.9-mcl01", Answered(400)),
    ("3.3.10-bcast", Dropped(Drop::NotOurs)),
    // We are where it ends, not a hop.
    ("3.3.11-zeromf", Served),
    ("3.3.12-cparam01", Answered(405)),
    ("3.3.13-cparam02", Answered(405)),
    ("3.3.14-regescrt", Answered(405)),
    ("3.3.15-sdp01", Answered(406)),
    ("3.4.1-inv2543", Served),
];

fn bytes(name: &str) -> Bytes {
    let path = format!("{}/tests/rfc4475/{name}.dat", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("the message is there").into()
}

fn read(name: &str) -> Message {
    Message::parse(bytes(name)).expect("the message can be read")
}

fn request(name: &str) -> dial_sip::message::Request {
    match read(name) {
        Message::Request(request) => request,
        Message::Response(_) => panic!("{name} is a response"),
    }
}

#[test]
fn every_message_has_its_outcome() {
    for (name, expected) in OUTCOMES {
        let verdict = match Message::parse(bytes(name)) {
            Ok(Message::Request(request)) => request.verdict(),
            Ok(Message::Response(response)) => response.verdict(),
            Err(_) => {
                assert_eq!(Unreadable, expected, "{name}");
                continue;
            }
        };
        let outcome = match verdict {
            Verdict::Serve => Served,
            Verdict::Refuse(refusal) => Answered(refusal.status.code()),
            Verdict::Drop(why) => Dropped(why),
        };
        assert_eq!(outcome, expected, "{name}");
    }
}

#[test]
fn one_stream_brings_both_messages_of_3_1_1_8() {
    let mut framer = StreamFramer::default();
    framer.push(&bytes("3.1.1.8-dblreq"));
    let mut verdicts = Vec::new();
    while let Some(framed) = framer.next().unwrap() {
        if let Framed::Message(bytes) = framed
            && let Ok(Message::Request(request)) = Message::parse(bytes)
        {
            verdicts.push((request.method().name(), request.verdict() == Verdict::Serve));
        }
    }
    assert_eq!(verdicts, [("REGISTER", false), ("INVITE", true)]);
}

#[test]
fn a_tortuous_invite_is_read_rightly() {
    let invite = request("3.1.1.1-wsinv");
    assert_eq!(invite.cseq().unwrap().number, 9);
    assert_eq!(invite.from().unwrap().display, br#""J Rosenberg \\\"""#);
    assert_eq!(invite.from().unwrap().tag(), Some(&b"98asjd8"[..]));
    assert_eq!(invite.to().unwrap().tag(), Some(&b"1918181833n"[..]));
    assert_eq!(invite.contact().unwrap().params.value("q"), Some(&b"0.33"[..]));
    let vias: Vec<_> = invite.headers.items(Name::Via).collect();
    assert_eq!(vias.len(), 3);
    assert!(vias[2].starts_with(b"SIP  /    2.0   / UDP  192.168.255.111"));
    assert_eq!(invite.body().len(), 150);
}

#[test]
fn odd_signs_are_kept() {
    let odd = request("3.1.1.2-intmeth");
    assert_eq!(odd.method_text(), b"!interesting-Method0123456789_*+`.%indeed'~");
    assert_eq!(odd.call_id(), Some(&br#"intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{"#[..]));
    assert!(odd.to().unwrap().display.contains(&0));
    assert!(odd.uri().unwrap().user.unwrap().starts_with(b"1_unusual.URI~"));
    assert_eq!(odd.uri().unwrap().host, b"example.com");
    assert_eq!(odd.from().unwrap().tag(), Some(&b"_token~1'+`*%!-."[..]));
}

#[test]
fn escapes_are_read_where_they_are_escapes_only() {
    let invite = request("3.1.1.3-esc01");
    assert_eq!(invite.uri().unwrap().number().as_deref(), Some("sips:user@example.com"));
    assert_eq!(invite.to().unwrap().parsed_uri().unwrap().number().as_deref(), Some("user"));
    let odd = request("3.1.1.5-esc02");
    assert_eq!(odd.headers.items(Name::Contact).count(), 2);
    assert_eq!(odd.to().unwrap().display, b"\"%Z%45\"");
    let user = request("3.1.1.9-semiuri");
    assert_eq!(user.uri().unwrap().user, Some(&b"user;par=u%40example.net"[..]));
}

#[test]
fn long_values_and_many_hops_are_read() {
    let long = request("3.1.1.7-longreq");
    assert_eq!(long.headers.items(Name::Via).count(), 34);
    assert_eq!(long.to().unwrap().parsed_uri().unwrap().port, Some(6000));
    assert_eq!(long.from().unwrap().tag().unwrap().len(), 155);
}

#[test]
fn an_old_request_has_neither_branch_nor_tag() {
    let old = request("3.4.1-inv2543");
    assert_eq!((old.via().unwrap().branch(), old.from().unwrap().tag()), (None, None));
    let to = old.to().unwrap();
    assert_eq!(
        (to.uri, to.params.value("user")),
        (&b"sip:+16505552222@ss1.example.net"[..], Some(&b"phone"[..]))
    );
    assert_eq!(to.parsed_uri().unwrap().scheme, Scheme::Sip);
    assert_eq!(request("3.2.1-badbranch").via().unwrap().unique_branch(), None);
}
