//! Odd and hostile messages, as they come over the wire.

use super::*;

fn answered(text: &str) -> Vec<u16> {
    let mut line = Line::new();
    line.bytes(text.to_owned());
    line.statuses()
}

#[test]
fn what_old_exchanges_send_is_answered_and_echoed() {
    for (from, to, uri) in [
        ("\"Ren\u{e9}\" <sip:r@x>;tag=1", "<sip:100@192.0.2.1>", "sip:100@192.0.2.1"),
        ("<tel:+441134960001>;tag=1", "<tel:+441134960123>", "tel:+441134960123"),
        ("Anonymous <sip:anonymous@anonymous.invalid>;tag=1", "sip:100@192.0.2.1:5060", "sips:100@192.0.2.1"),
    ] {
        let mut line = Line::new();
        let caller = Caller { from: from.into(), to: to.into(), ..Caller::new() };
        let text = caller.invite(SDP).replace("INVITE sip:100@192.0.2.1 ", &format!("INVITE {uri} "));
        // The name as an old exchange sends it: one byte, which is no UTF-8.
        let bytes: Vec<u8> = text.chars().map(|sign| sign as u32 as u8).collect();
        line.bytes(bytes);
        let trying = line.last_response();
        let expected: Vec<u8> = from.chars().map(|sign| sign as u32 as u8).collect();
        assert_eq!(trying.headers.first(Name::From), Some(&expected[..]));
        assert_eq!(trying.headers.first(Name::To), Some(to.as_bytes()));
    }
}

#[test]
fn an_invite_without_a_length_has_all_the_rest_as_its_body() {
    let text = Caller::new().invite(SDP);
    let start = text.find("Content-Length").unwrap();
    let end = start + text[start..].find("\r\n").unwrap() + 2;
    let mut line = Line::new();
    line.bytes(format!("{}{}", &text[..start], &text[end..]));
    line.answer();
    assert_eq!(line.statuses(), [100, 200]);
}

#[test]
fn each_wrong_form_has_its_answer() {
    let invite = Caller::new().invite(SDP);
    let changed = |from: &str, to: &str| {
        assert!(invite.contains(from), "{from}");
        answered(&invite.replace(from, to))
    };
    assert_eq!(changed("<sip:a@203.0.113.9:5070>", "*"), [400]);
    assert_eq!(changed("Content-Length: ", "Content-Length: -"), [400]);
    assert_eq!(changed("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"), [505]);
    assert_eq!(changed("CSeq: 1 INVITE", "CSeq: 1 BYE"), [400]);
    assert_eq!(changed("CSeq: 1 INVITE\r\n", ""), [400]);
    assert_eq!(changed("Max-Forwards: 70", "Max-Forwards: 0"), [100]);
    assert_eq!(changed("INVITE sip:100@192.0.2.1", "INVITE http://x"), [416]);
    assert_eq!(changed("Max-Forwards", "Require: foo\r\nMax-Forwards"), [420]);
    assert_eq!(changed("application/sdp", "application/isup"), [415]);
    assert_eq!(changed("Via: SIP/2.0/UDP 203.0.113.9:5070;rport;branch=z9hG4bKinv", "Via: "), [0; 0]);
    let caller = Caller::new();
    assert_eq!(answered(&caller.text("FOO", "x", 1, "", "")), [501]);
    assert_eq!(answered(&caller.text("SUBSCRIBE", "x", 1, "", "")), [405]);
    assert_eq!(answered(&caller.text("REGISTER", "x", 1, "", "")), [405]);
    assert_eq!(answered(&caller.text("BYE", "x", 1, "", "")), [481]);
    assert_eq!(answered(&caller.text("ACK", "x", 1, "", "")), [0; 0]);
    assert_eq!(answered(&caller.text("OPTIONS", "x", 1, "", "")), [200]);
}

#[test]
fn an_offer_beside_what_another_exchange_reads_is_answered() {
    let parts = |handling: &str, sdp: &str| {
        format!(
            "--x\r\nContent-Type: application/ISUP\r\nContent-Disposition: signal;handling={handling}\r\n\r\n\u{1}\r\n{sdp}--x--\r\n"
        )
    };
    let sdp = format!("--x\r\nContent-Type: application/sdp\r\n\r\n{SDP}\r\n");
    let kind = "Content-Type: multipart/mixed;boundary=x\r\n";
    let mut line = Line::new();
    let mut caller = Caller::with(kind);
    line.bytes(caller.invite(&parts("optional", &sdp)));
    line.answer();
    let response = line.last_response();
    assert!(response.body().starts_with(b"v=0"), "the answer has no parts");
    caller.follow(&response);
    caller.ack(&mut line, "");
    line.sent.clear();
    caller.next(
        &mut line,
        "INVITE",
        kind,
        &parts("optional", &sdp.replace("a=rtpmap:101", "a=sendonly\r\na=rtpmap:101")),
    );
    assert!(line.last_response().body().ends_with(b"a=recvonly\r\n"), "hold is heard in parts too");
    assert_eq!(answered(&Caller::with(kind).invite(&parts("required", &sdp))), [415]);
}

#[test]
fn parts_without_an_offer_are_answered_with_one_of_ours() {
    let kind = "Content-Type: multipart/mixed;boundary=x\r\n";
    let body = |sdp: &str| format!("--x\r\nContent-Type: application/{sdp}\r\n--x--\r\n");
    let mut line = Line::new();
    let mut caller = Caller::with(kind);
    line.bytes(caller.invite(&body("isup\r\n\r\n\u{1}")));
    line.answer();
    let response = line.last_response();
    assert!(response.body().starts_with(b"v=0"));
    caller.follow(&response);
    line.branch += 1;
    let text = caller.text("ACK", "a9", caller.number, kind, &body(&format!("sdp\r\n\r\n{SDP}")));
    line.bytes(text);
    assert!(line.events.iter().any(|(_, event)| *event == CallEvent::Confirmed));
}

#[test]
fn a_message_that_cannot_be_answered_is_counted() {
    let mut line = Line::new();
    line.bytes(
        Caller::new()
            .invite(SDP)
            .replace("Via: SIP/2.0/UDP 203.0.113.9:5070;rport;branch=z9hG4bKinv", "Via: "),
    );
    line.bytes(Bytes::from_static(b"\x16\x03\x01"));
    assert_eq!((line.sent.len(), line.endpoint.guard().counters.broken), (0, 2));
}

#[test]
fn thirty_kilobytes_are_answered() {
    let long = format!("X-Long: {}\r\n", "x".repeat(15_000)).repeat(2);
    let mut line = Line::new();
    line.bytes(Caller::with(&long).invite(SDP));
    assert_eq!(line.statuses(), [100]);
    let body = format!("{SDP}{}", "a=x\r\n".repeat(6_000));
    assert_eq!(answered(&Caller::new().invite(&body)), [413]);
}

#[test]
fn a_stream_without_lengths_is_told_so() {
    let mut line = Line::new();
    line.flow.transport = Transport::Tcp;
    let head = Bytes::from(Caller::new().text("OPTIONS", "x", 1, "", ""));
    line.endpoint.broke(&Broken::NoLength(head.clone()), line.flow, None);
    line.endpoint.broke(&Broken::BodyTooLong(head.clone()), line.flow, None);
    line.endpoint.broke(&Broken::TooLong, line.flow, None);
    line.endpoint.broke(&Broken::NoLength(head), flow(Transport::Tcp, "198.51.100.66:1"), None);
    line.drain();
    assert_eq!(line.statuses(), [400, 513]);
}

#[test]
fn a_request_that_came_two_ways_is_served_once() {
    let (mut line, caller) = (Line::new(), Caller::new());
    line.bytes(caller.invite(SDP));
    line.bytes(caller.text("INVITE", "fork", 1, "", SDP));
    assert_eq!((line.statuses(), line.calls()), (vec![100, 482], 1));
}

#[test]
fn a_peer_of_rfc_2543_has_a_whole_call() {
    let old = |method: &str, to: &str| {
        format!(
            "{method} sip:100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9:5070\r\nFrom: <sip:+13035551111@ift.example;user=phone>\r\nTo: {to}\r\nCall-ID: old\r\nCSeq: 1 {method}\r\n"
        )
    };
    let mut line = Line::new();
    let invite =
        format!("{}Content-Type: application/sdp\r\n\r\n{SDP}", old("INVITE", "<sip:100@192.0.2.1>"));
    line.bytes(invite.clone());
    line.bytes(invite);
    line.answer();
    let ok = line.last_response();
    let to = String::from_utf8(ok.headers.first(Name::To).unwrap().to_vec()).unwrap();
    line.bytes(format!("{}\r\n", old("ACK", &to)));
    assert_eq!((line.calls(), line.events.last().unwrap().1.clone()), (1, CallEvent::Confirmed));
    line.bytes(format!("{}\r\n", old("BYE", &to).replace("CSeq: 1", "CSeq: 2")));
    assert_eq!((line.statuses(), line.ended()), (vec![200], Some(Why::Caller)));
    line.assert_forgotten();
}

#[test]
fn the_messages_of_rfc_4475_are_answered_and_do_no_harm() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rfc4475");
    let mut line = Line::with(Config {
        trunks: vec![Trunk { networks: vec!["203.0.113.0/24".parse().unwrap()], ..Trunk::default() }],
        ..Config::default()
    });
    let mut answers = HashMap::new();
    for file in std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|end| end == "dat"))
    {
        line.bytes(std::fs::read(&file).unwrap());
        answers.insert(file.file_stem().unwrap().to_str().unwrap().to_owned(), line.statuses());
        line.bytes(Caller::new().text("OPTIONS", "alive", 1, "", ""));
        assert_eq!(line.statuses(), [200], "{}", file.display());
    }
    assert_eq!(answers.len(), 49);
    for (name, expected) in [
        ("3.1.1.1-wsinv", vec![481]),
        ("3.1.1.2-intmeth", vec![501]),
        ("3.1.1.3-esc01", vec![100]),
        ("3.1.1.7-longreq", vec![100]),
        ("3.1.1.9-semiuri", vec![200]),
        ("3.1.2.7-ltgtruri", vec![400]),
        ("3.1.2.16-badvers", vec![505]),
        ("3.2.1-badbranch", vec![200]),
        ("3.3.10-bcast", vec![]),
        ("3.3.11-zeromf", vec![200]),
        ("3.3.15-sdp01", vec![406]),
        ("3.4.1-inv2543", vec![100]),
    ] {
        assert_eq!(answers[name], expected, "{name}");
    }
    line.pass(Duration::from_mins(5));
    line.assert_forgotten();
}
