//! Names as carriers publish them, and what is asked on the way to their servers.

use super::*;
use Transport::{Tcp, Tls, Udp};

/// What the DNS knows, a record a row: `NAME TYPE VALUE…`.
const ZONE: &str = "
    full.example NAPTR 50 50 s SIPS+D2T _sips._tcp.full.example
    full.example NAPTR 90 50 S sip+d2t _sip._tcp.Full.example.
    full.example NAPTR 100 50 s SIP+D2U _sip._udp.full.example
    _sips._tcp.full.example SRV 10 0 5061 tls.full.example
    _sip._tcp.full.example SRV 10 0 5070 one.full.example
    _sip._tcp.full.example SRV 20 0 5080 two.full.example
    _sip._udp.full.example SRV 10 0 5060 one.full.example
    one.full.example A 192.0.2.1
    one.full.example A 2001:db8::1
    two.full.example A 192.0.2.2
    tls.full.example A 192.0.2.3
    odd.example NAPTR 1 1 u E2U+sip !^.*$!sip:x!
    odd.example NAPTR 1 1 s SIP+D2S _sip._sctp.odd.example
    _sip._udp.odd.example SRV 1 1 5062 192.0.2.9
    _sip._udp.srv.example SRV 1 1 5062 one.full.example
    _sip._udp.srv.example SRV 2 1 5062 one.full.example
    _sips._tcp.srv.example SRV 1 1 5063 tls.full.example
    _sip._udp.none.example SRV 0 0 0 .
    none.example A 192.0.2.66
    _sip._udp.half.example SRV 0 0 0 .
    _sip._tcp.half.example SRV 1 1 5064 gone.example
    _sip._tcp.half.example SRV 2 1 5064 two.full.example
    lost.example NAPTR 1 1 s SIP+D2U _sip._udp.nowhere.example
    lost.example A 192.0.2.5
    plain.example A 192.0.2.4
    plain.example A 2001:db8::4
";

fn rows(name: &str, kind: &str) -> Vec<Vec<&'static str>> {
    let rows = ZONE.lines().map(|row| row.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.first() == Some(&name) && row.get(1) == Some(&kind))
        .map(|row| row[2..].to_vec())
        .collect()
}

fn answer(answers: &mut Answers, question: Question) -> String {
    match question {
        Question::Naptr(name) => {
            let record = |row: Vec<&str>| Naptr {
                order: row[0].parse().unwrap(),
                preference: row[1].parse().unwrap(),
                flags: row[2].into(),
                service: row[3].into(),
                replacement: row[4].into(),
            };
            let records = rows(&name, "NAPTR").into_iter().map(record).rev().collect();
            answers.naptr.insert(name.clone(), records);
            format!("NAPTR {name}")
        }
        Question::Srv(name) => {
            let number = |text: &str| text.parse().unwrap();
            let record = |row: Vec<&str>| Srv {
                priority: number(row[0]),
                weight: number(row[1]),
                port: number(row[2]),
                target: row[3].into(),
            };
            answers.srv.insert(name.clone(), rows(&name, "SRV").into_iter().map(record).rev().collect());
            format!("SRV {name}")
        }
        Question::Addresses(name) => {
            answers
                .addresses
                .insert(name.clone(), rows(&name, "A").iter().map(|row| row[0].parse().unwrap()).collect());
            format!("A {name}")
        }
    }
}

fn target(uri: &str, known: &[Transport]) -> Target {
    let uri = crate::message::Uri::parse(uri.as_bytes()).unwrap();
    let transport = uri.params.value("transport").map(|name| match name {
        b"udp" => Udp,
        b"tcp" => Tcp,
        _ => Tls,
    });
    let host = String::from_utf8(uri.host.to_vec()).unwrap();
    Target { scheme: uri.scheme, host, port: uri.port, transport, known: known.to_vec() }
}

/// What is asked, round by round, and the servers.
fn found(uri: &str, known: &[Transport]) -> (String, String) {
    let (mut answers, mut chance) = (Answers::default(), Chance::seeded([1; 32]));
    let mut rounds = Vec::new();
    for _ in 0..5 {
        match locate(&target(uri, known), &answers, &mut chance) {
            Next::Ask(questions) => {
                let asked: Vec<_> = questions.into_iter().map(|it| answer(&mut answers, it)).collect();
                rounds.push(asked.join(", "));
            }
            Next::Found(servers) => {
                let servers: Vec<_> = servers
                    .iter()
                    .map(|server| format!("{} {}", server.transport.name(), server.address))
                    .collect();
                return (rounds.join("; "), servers.join(", "));
            }
        }
    }
    panic!("asked for ever: {rounds:?}")
}

#[test]
fn an_address_or_a_port_leaves_little_to_ask() {
    for (uri, asked, servers) in [
        ("sip:192.0.2.7", "", "UDP 192.0.2.7:5060"),
        ("sip:[2001:db8::7];transport=tcp", "", "TCP [2001:db8::7]:5060"),
        ("sips:192.0.2.7", "", "TLS 192.0.2.7:5061"),
        ("sip:192.0.2.7:5090;transport=tls", "", "TLS 192.0.2.7:5090"),
        ("sip:plain.example:5090", "A plain.example", "UDP 192.0.2.4:5090, UDP [2001:db8::4]:5090"),
        ("sips:PLAIN.example:5090", "A plain.example", "TLS 192.0.2.4:5090, TLS [2001:db8::4]:5090"),
    ] {
        assert_eq!(found(uri, &[Udp, Tcp, Tls]), (asked.into(), servers.into()), "{uri}");
    }
}

#[test]
fn a_name_is_followed_to_its_servers() {
    const SRV_ODD: &str = "SRV _sip._udp.odd.example";
    for (uri, known, asked, servers) in [
        (
            "sip:full.example",
            &[Udp, Tcp][..],
            "NAPTR full.example; SRV _sip._tcp.full.example, SRV _sip._udp.full.example; A one.full.example, A two.full.example",
            "TCP 192.0.2.1:5070, TCP [2001:db8::1]:5070, TCP 192.0.2.2:5080",
        ),
        (
            "sips:full.example",
            &[Udp, Tcp, Tls],
            "NAPTR full.example; SRV _sips._tcp.full.example; A tls.full.example",
            "TLS 192.0.2.3:5061",
        ),
        (
            "sip:full.example;transport=udp",
            &[Udp, Tcp],
            "SRV _sip._udp.full.example; A one.full.example",
            "UDP 192.0.2.1:5060, UDP [2001:db8::1]:5060",
        ),
        ("sip:odd.example", &[Udp], &format!("NAPTR odd.example; {SRV_ODD}"), "UDP 192.0.2.9:5062"),
        (
            "sip:srv.example",
            &[Tls, Udp],
            "NAPTR srv.example; SRV _sips._tcp.srv.example, SRV _sip._udp.srv.example; A tls.full.example",
            "TLS 192.0.2.3:5063",
        ),
        (
            "sip:srv.example",
            &[Udp],
            "NAPTR srv.example; SRV _sip._udp.srv.example; A one.full.example",
            "UDP 192.0.2.1:5062, UDP [2001:db8::1]:5062",
        ),
        (
            "sip:half.example",
            &[Udp, Tcp],
            "NAPTR half.example; SRV _sip._udp.half.example, SRV _sip._tcp.half.example; A gone.example, A two.full.example",
            "TCP 192.0.2.2:5064",
        ),
        (
            "sip:lost.example",
            &[Udp],
            "NAPTR lost.example; SRV _sip._udp.nowhere.example; A lost.example",
            "UDP 192.0.2.5:5060",
        ),
        (
            "sips:plain.example;transport=tcp",
            &[Udp, Tls],
            "SRV _sips._tcp.plain.example; A plain.example",
            "TLS 192.0.2.4:5061, TLS [2001:db8::4]:5061",
        ),
    ] {
        assert_eq!(found(uri, known), (asked.into(), servers.into()), "{uri}");
    }
}

#[test]
fn a_service_that_is_said_not_to_exist_is_looked_for_nowhere_else() {
    let asked = "NAPTR none.example; SRV _sip._udp.none.example";
    assert_eq!(found("sip:none.example", &[Udp]), (asked.into(), String::new()));
}

#[test]
fn what_the_host_cannot_reach_is_not_asked_for() {
    for (uri, known) in [
        ("sips:full.example", &[Udp, Tcp][..]),
        ("sip:full.example;transport=tls", &[Udp]),
        ("sips:full.example;transport=udp", &[Udp, Tls]),
        ("sip:192.0.2.1", &[]),
    ] {
        assert_eq!(found(uri, known), (String::new(), String::new()), "{uri}");
    }
    let no_name = "a".repeat(64);
    for host in ["", ".", "a..b", "a b", no_name.as_str()] {
        let target = Target { host: host.into(), ..target("sip:x", &[Udp]) };
        let next = locate(&target, &Answers::default(), &mut Chance::seeded([1; 32]));
        assert_eq!(next, Next::Found(Vec::new()), "{host}");
    }
}

#[test]
fn answers_without_an_end_have_one_here() {
    let machine =
        |number: u16| Srv { priority: number, weight: 1, port: 5060, target: format!("m{number}.example") };
    let mut answers = Answers::default();
    answers.srv.insert("_sip._udp.many.example".into(), (0..9_999).map(machine).collect());
    let target = target("sip:many.example;transport=udp", &[Udp]);
    let mut chance = Chance::seeded([1; 32]);
    let Next::Ask(questions) = locate(&target, &answers, &mut chance) else { panic!("nothing was asked") };
    assert_eq!(questions.len(), MAX_SERVERS);
    for number in 0..9_999u16 {
        let addresses = (0..99).map(|low| [10, low, (number >> 8) as u8, number as u8].into()).collect();
        answers.addresses.insert(format!("m{number}.example"), addresses);
    }
    let Next::Found(servers) = locate(&target, &answers, &mut chance) else { panic!("more was asked") };
    assert_eq!(servers.len(), MAX_SERVERS);
}
