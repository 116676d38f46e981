//! Offers as trunks, PBXs, softphones and browsers make them, and our answers.

use super::*;

const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

fn read(lines: &str) -> Description {
    Description::parse(
        format!("v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\n{lines}").replace('\n', "\r\n").as_bytes(),
    )
    .unwrap()
}

fn local() -> Local {
    Local { address: "198.51.100.1:40000".parse().unwrap(), master: [7; MASTER_LEN] }
}

fn answered(lines: &str, preference: Preference) -> Result<(String, Media), Disagreement> {
    answer(&read(lines), &local(), &mut LocalSession::new(8), preference)
}

#[test]
fn a_usual_offer_is_answered_in_its_own_numbers() {
    let offer = "c=IN IP4 192.0.2.9\nt=0 0\nm=audio 6000 RTP/AVP 18 8 0 96\na=rtpmap:96 telephone-event/8000\na=fmtp:96 0-16\na=ptime:30\n";
    let (text, media) = answered(offer, Preference::Theirs).unwrap();
    assert_eq!(
        text,
        "v=0\r\no=- 4 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 96\r\n\
         a=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\na=ptime:30\r\na=sendrecv\r\n"
    );
    assert_eq!((media.codec, media.ptime_ms), (Codec::Pcma, 30));
    assert_eq!(
        (media.remote, media.remote_rtcp),
        ("192.0.2.9:6000".parse().unwrap(), "192.0.2.9:6001".parse().unwrap())
    );
    assert_eq!(media.telephone_event, Some(TelephoneEvent { payload_type: 96, clock: 8_000 }));
    let (_, media) = answered(offer, Preference::Ours(Codec::Pcmu)).unwrap();
    assert_eq!(media.codec, Codec::Pcmu);
}

#[test]
fn every_other_stream_is_refused_in_its_place() {
    let offer = "c=IN IP4 192.0.2.9\nm=video 5 RTP/AVP 31\nm=audio 7 udp/foo x\nm=audio 6000 RTP/AVP 0\nm=audio 6002 RTP/AVP 0\nm=image 9 udptl t38\n";
    let (text, _) = answered(offer, Preference::Theirs).unwrap();
    let streams: Vec<_> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(
        streams,
        [
            "m=video 0 RTP/AVP 31",
            "m=audio 0 udp/foo x",
            "m=audio 40000 RTP/AVP 0",
            "m=audio 0 RTP/AVP 0",
            "m=image 0 udptl t38"
        ]
    );
}

#[test]
fn packet_times_are_ours_within_theirs() {
    for (lines, expected) in [
        ("", 20),
        ("a=ptime:10\n", 10),
        ("a=ptime:5\n", 10),
        ("a=ptime:200\n", 60),
        ("a=ptime:45\n", 40),
        ("a=ptime:40\na=maxptime:30\n", 30),
        ("a=maxptime:1\n", 10),
        ("a=ptime:20.0\n", 20),
        ("a=ptime:99999999999999\n", 20),
    ] {
        let (_, media) =
            answered(&format!("c=IN IP4 192.0.2.9\nm=audio 6000 RTP/AVP 0\n{lines}"), Preference::Theirs)
                .unwrap();
        assert_eq!(media.ptime_ms, expected, "{lines}");
    }
}

#[test]
fn hold_is_heard_in_each_of_its_forms() {
    for (lines, direction, ours) in [
        ("a=sendrecv\n", Direction::Both, "sendrecv"),
        ("a=sendonly\n", Direction::ReceiveOnly, "recvonly"),
        ("a=inactive\n", Direction::Inactive, "inactive"),
        ("a=recvonly\n", Direction::SendOnly, "sendonly"),
        ("c=IN IP4 0.0.0.0\n", Direction::ReceiveOnly, "recvonly"),
    ] {
        let (text, media) =
            answered(&format!("c=IN IP4 192.0.2.9\nm=audio 6000 RTP/AVP 0\n{lines}"), Preference::Theirs)
                .unwrap();
        assert_eq!(media.direction, direction, "{lines}");
        assert!(text.contains(&format!("a={ours}\r\n")), "{text}");
    }
    let (_, media) =
        answered("c=IN IP4 192.0.2.9\na=sendonly\nm=audio 6000 RTP/AVP 0\n", Preference::Theirs).unwrap();
    assert!(!media.direction.sends(), "what is said for the session holds for the stream");
}

#[test]
fn an_encrypted_offer_is_answered_with_a_key_of_ours_or_refused() {
    let offer = |lines: &str| format!("c=IN IP4 192.0.2.9\nm=audio 6000 RTP/SAVP 0\n{lines}");
    let lines = format!(
        "a=crypto:1 F8_128_HMAC_SHA1_80 inline:{KEY}\na=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|2^31\n"
    );
    let (text, media) = answered(&offer(&lines), Preference::Theirs).unwrap();
    let (ours, theirs) = media.keys.unwrap();
    assert_eq!((ours.tag, ours.suite, ours.master), (2, Suite::Sha1_32, [7; MASTER_LEN]));
    assert_ne!(theirs.master, ours.master);
    assert!(
        text.contains("RTP/SAVP 0\r\n") && text.contains("a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:BwcH"),
        "{text}"
    );
    let feedback = offer(&lines).replace("SAVP", "SAVPF");
    assert!(answered(&feedback, Preference::Theirs).unwrap().0.contains("RTP/SAVPF 0\r\n"));
    assert_eq!(answered(&offer(""), Preference::Theirs).unwrap_err(), Disagreement::NoKey);
    let named = |lifetime: &str| format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|{lifetime}1:4\n");
    for identified in [named(""), named("2^20|")] {
        let (_, media) = answered(&offer(&(identified.clone() + &lines)), Preference::Theirs).unwrap();
        assert_eq!(media.keys.unwrap().0.tag, 2, "a key with an identifier is passed over");
        assert_eq!(answered(&offer(&identified), Preference::Theirs).unwrap_err(), Disagreement::NoKey);
    }
    let by_handshake = offer(&lines).replace("RTP/SAVP", "UDP/TLS/RTP/SAVP");
    assert_eq!(answered(&by_handshake, Preference::Theirs).unwrap_err(), Disagreement::NoSound);
    let plain = format!(
        "c=IN IP4 192.0.2.9\nm=audio 6000 RTP/AVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\n"
    );
    assert_eq!(answered(&plain, Preference::Theirs).unwrap().1.keys, None);
}

#[test]
fn an_offer_of_a_browser_is_answered_without_ice() {
    let offer = "c=IN IP6 2001:db8::9\nm=audio 6000 RTP/AVPF 111 0 126\na=rtpmap:111 opus/48000/2\na=rtpmap:126 telephone-event/8000\n\
        a=ice-ufrag:x\na=ice-pwd:y\na=candidate:1 1 UDP 1 192.0.2.1 9 typ host\na=rtcp-mux\na=rtcp:9 IN IP4 192.0.2.8\n";
    let (text, media) = answered(offer, Preference::Theirs).unwrap();
    assert!(!text.contains("ice") && !text.contains("candidate") && text.contains("a=rtcp-mux"), "{text}");
    assert_eq!(media.remote, "[2001:db8::9]:6000".parse().unwrap());
    assert_eq!(media.remote_rtcp, media.remote);
}

#[test]
fn reports_go_where_they_are_wanted() {
    for (line, expected) in
        [("a=rtcp:7001\n", "192.0.2.9:7001"), ("a=rtcp:7001 IN IP4 192.0.2.7\n", "192.0.2.7:7001")]
    {
        let (_, media) =
            answered(&format!("c=IN IP4 192.0.2.9\nm=audio 6000 RTP/AVP 0\n{line}"), Preference::Theirs)
                .unwrap();
        assert_eq!(media.remote_rtcp, expected.parse().unwrap());
    }
}

#[test]
fn what_cannot_be_served_is_refused_with_its_reason() {
    for (lines, reason) in [
        ("", Disagreement::NoSound),
        ("c=IN IP4 192.0.2.9\nm=audio 0 RTP/AVP 0\n", Disagreement::NoSound),
        ("c=IN IP4 192.0.2.9\nm=audio 6000 RTP/AVP 18\n", Disagreement::NoCodec),
        ("c=IN IP4 192.0.2.9\nm=audio 6000 RTP/AVP 0\na=rtpmap:0 PCMU/16000\n", Disagreement::NoCodec),
        ("c=IN IP4 pbx.example\nm=audio 6000 RTP/AVP 0\n", Disagreement::NoAddress),
        ("c=IN IP4 224.2.1.1/127\nm=audio 6000 RTP/AVP 0\n", Disagreement::NoAddress),
    ] {
        assert_eq!(answered(lines, Preference::Theirs).unwrap_err(), reason, "{lines}");
    }
}

#[test]
fn the_version_is_raised_with_a_change_only() {
    let mut session = LocalSession::new(8);
    let mut version = |lines: &str| {
        let offer = read(&format!("c=IN IP4 192.0.2.9\nm=audio 6000 RTP/AVP 0\n{lines}"));
        let (text, _) = answer(&offer, &local(), &mut session, Preference::Theirs).unwrap();
        text.lines().nth(1).unwrap().split(' ').nth(2).unwrap().to_owned()
    };
    assert_eq!(["", "", "a=sendonly\n", "a=sendonly\n", ""].map(&mut version), ["1", "1", "2", "2", "3"]);
}

#[test]
fn our_offer_is_accepted_as_it_was_made() {
    let text = offer(&local(), &mut LocalSession::new(8), Codec::Pcma);
    assert!(text.contains("m=audio 40000 RTP/AVP 8 0 101\r\n"), "{text}");
    let taken = read("c=IN IP4 192.0.2.9\nm=audio 6000 RTP/AVP 8 101\na=rtpmap:101 telephone-event/8000\n");
    assert_eq!(accept(&taken, &local(), None).unwrap().codec, Codec::Pcma);
    for wrong in [
        "c=IN IP4 192.0.2.9\nm=audio 0 RTP/AVP 8\n",
        "",
        "c=IN IP4 192.0.2.9\nm=audio 9 RTP/AVP 96\na=rtpmap:96 PCMA/8000\n",
    ] {
        assert!(accept(&read(wrong), &local(), None).is_err(), "{wrong}");
    }
}

#[test]
fn a_broken_or_endless_description_is_unreadable() {
    let many = format!("v=0\n{}", "m=audio 1 RTP/AVP 0\n".repeat(17));
    let long = format!("v=0\n{}", "a=x\n".repeat(MAX_LINES + 1));
    let formats = format!("v=0\nm=audio 1 RTP/AVP{}\n", " 0".repeat(65));
    for (text, expected) in [
        ("", Unreadable::Version),
        ("v=1\n", Unreadable::Version),
        ("v=0\nno type\n", Unreadable::Line),
        ("v=0\nm=audio\n", Unreadable::Stream),
        ("v=0\nm=audio 70000 RTP/AVP 0\n", Unreadable::Stream),
        ("v=0\nm=audio 1 RTP/AVP\n", Unreadable::Stream),
        (&many, Unreadable::TooLong),
        (&long, Unreadable::TooLong),
        (&formats, Unreadable::TooLong),
    ] {
        assert_eq!(Description::parse(text.as_bytes()).unwrap_err(), expected);
    }
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    let seed = format!(
        "v=0\nc=IN IP4 1.2.3.4\nm=audio 6000/2 RTP/SAVP 0 101\na=rtpmap:101 telephone-event/8000\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\na=ptime:20\na=rtcp:1 IN IP4 1.2.3.4\n"
    );
    let mut chance = fastrand::Rng::with_seed(2);
    for _ in 0..20_000 {
        let mut bytes = seed.clone().into_bytes();
        for _ in 0..chance.usize(1..6) {
            let place = chance.usize(..bytes.len());
            bytes[place] = if chance.bool() { chance.u8(..) } else { b" \n=:/|;0"[chance.usize(..8)] };
        }
        if let Ok(description) = Description::parse(&bytes) {
            let _ = answer(&description, &local(), &mut LocalSession::new(1), Preference::Theirs);
        }
    }
}

#[test]
fn what_holds_is_offered_again_with_every_stream_in_its_place() {
    let lines = format!(
        "c=IN IP4 192.0.2.9\nm=video 5 RTP/AVP 31\nm=audio 6000 RTP/SAVP 8 96\na=rtpmap:96 telephone-event/8000\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\na=sendonly\n"
    );
    let mut session = LocalSession::new(8);
    assert_eq!(offer_again(&mut session), None);
    let (held, before) = answer(&read(&lines), &local(), &mut session, Preference::Theirs).unwrap();
    let again = offer_again(&mut session).unwrap();
    assert_eq!(again, held.replace("a=recvonly", "a=sendrecv").replace("o=- 4 1 ", "o=- 4 2 "));
    assert_eq!(offer_again(&mut session), Some(again));
    let taken = lines.replace("a=sendonly\n", "").replace("video 5", "video 0");
    let media = accept(&read(&taken), &local(), Some(&before)).unwrap();
    assert_eq!((media.direction, media.telephone_event), (Direction::Both, before.telephone_event));
    for other in [taken.replace("crypto:1", "crypto:2"), taken.replace("SHA1_80", "SHA1_32")] {
        assert_eq!(accept(&read(&other), &local(), Some(&before)), Err(Disagreement::NotOffered), "{other}");
    }
    let plain = taken.replace("SAVP", "AVP");
    assert_eq!(
        accept(&read(&plain), &local(), Some(&before)),
        Err(Disagreement::NotOffered),
        "never less safe"
    );
}
