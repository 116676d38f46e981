//! sipp rings the line.

use std::net::UdpSocket;
use std::process::{Command, Output};
use std::time::Duration;

use dial_sip::rtp::Packet;

use crate::line::{Line, Way};
use crate::program::{here, run, text};

/// Debian's recording of key 1, as RFC 4733 has it.
const KEY_1: &str = "/usr/share/sip-tester/dtmf_2833_1.pcap";

/// Calls of sipp.
pub(crate) struct Rings<'a> {
    pub(crate) scenario: &'a str,
    /// One socket for all: `u1` for datagrams, `t1` for a stream.
    pub(crate) transport: &'a str,
    pub(crate) calls: u32,
    pub(crate) whom: &'a str,
    pub(crate) at: &'a str,
    /// Words of the scenario, and what they stand for.
    pub(crate) words: &'a [(&'a str, String)],
}

impl<'a> Rings<'a> {
    /// One call to the line itself.
    pub(crate) fn the(line: &'a Line, scenario: &'a str) -> Self {
        Self { scenario, transport: "u1", calls: 1, whom: "st-marys", at: line.address(Way::Udp), words: &[] }
    }
}

/// sipp plays a scenario to its end.
pub(crate) fn rings(line: &Line, rings: &Rings<'_>) -> Output {
    let written = std::fs::read_to_string(here(rings.scenario)).unwrap().replace("[$dtmf]", KEY_1);
    let written =
        rings.words.iter().fold(written, |written, (word, stands_for)| written.replace(word, stands_for));
    let file = line.folder().join(rings.scenario);
    std::fs::write(&file, written).unwrap();
    let mut sipp = Command::new("sipp");
    sipp.current_dir(line.folder()).arg("-sf").arg(file).args([
        "-s",
        rings.whom,
        "-i",
        "127.0.0.1",
        "-nostdin",
    ]);
    sipp.args(["-t", rings.transport, "-m", &rings.calls.to_string(), "-r", "5", "-timeout", "60s"]);
    run(sipp.args(["-mi", "127.0.0.1", "-mp", &line.media_port().to_string(), rings.at]))
}

#[test]
fn sipp_presses_keys_in_rtp_and_info_holds_the_line_and_hangs_up() {
    for transport in ["u1", "t1"] {
        let line = Line::new();
        let output = rings(&line, &Rings { transport, calls: 3, ..Rings::the(&line, "listen.xml") });
        assert!(output.status.success(), "{transport}: {}", text(&output));
        let records = line.records(3);
        assert_eq!(records.len(), 3, "{transport}");
        for record in records {
            // Key 1 chose the recording, key 6 went forward half a minute; nothing sounded on hold.
            assert!(record["recording"].is_string(), "{transport}: {record}");
            assert_eq!(record["position_ms"].as_u64().unwrap() / 2_000, 15, "{transport}: {record}");
            assert_eq!(record["cause"], "caller");
        }
    }
}

#[test]
fn many_short_calls_of_sipps_own_leave_nothing_behind() {
    let line = Line::new();
    let mut sipp = Command::new("sipp");
    sipp.current_dir(line.folder()).args(["-sn", "uac", "-s", "st-marys", "-i", "127.0.0.1", "-nostdin"]);
    sipp.args(["-m", "200", "-r", "50", "-d", "400", "-timeout", "60s", "-mi", "127.0.0.1", "-mp"]);
    let output = run(sipp.arg(line.media_port().to_string()).arg(line.address(Way::Udp)));
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(line.records(200).len(), 200);
    let metrics = line.metrics();
    assert!(
        metrics.contains("\ndial_sound_calls 0\n") && metrics.contains("\ndial_sound_packets_not_sent 0\n")
    );
}

#[test]
fn a_confirmation_of_ringing_that_comes_after_the_answer_is_taken() {
    let line = Line::new();
    let output = rings(&line, &Rings::the(&line, "prack.xml"));
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(line.records(1)[0]["cause"], "caller");
}

#[test]
fn a_caller_who_gives_up_as_the_line_answers_has_rung_once_and_hung_up() {
    let line = Line::new();
    let output = rings(&line, &Rings { calls: 5, ..Rings::the(&line, "cancel.xml") });
    assert!(output.status.success(), "{}", text(&output));
    let records = line.records(5);
    assert_eq!(records.len(), 5);
    for record in records {
        assert_eq!(record["cause"], "caller", "{record}");
        assert!(record["duration_s"].as_u64().unwrap() <= 2, "{record}");
    }
    assert!(line.metrics().contains("\ndial_sound_calls 0\n"));
}

#[test]
fn within_a_call_an_invite_comes_again_keys_come_by_info_and_sound_moves_without_a_gap() {
    let line = Line::new();
    let [old, new] = [(); 2].map(|()| {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        socket
    });
    let port = |socket: &UdpSocket| socket.local_addr().unwrap().port().to_string();
    let words = [("[$old]", port(&old)), ("[$new]", port(&new))];
    let (at_old, at_new) = std::thread::scope(|scope| {
        let sipp = scope.spawn(|| rings(&line, &Rings { words: &words, ..Rings::the(&line, "inside.xml") }));
        let (mut at_old, mut at_new) = (Vec::new(), Vec::new());
        while !sipp.is_finished() {
            numbers(&old, &mut at_old);
            numbers(&new, &mut at_new);
            std::thread::sleep(Duration::from_millis(1));
        }
        let output = sipp.join().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        (at_old, at_new)
    });
    assert!(at_old.len() > 200 && at_new.len() > 40, "{} and {} packets", at_old.len(), at_new.len());
    let all: Vec<u16> = at_old.iter().chain(&at_new).copied().collect();
    assert!(all.windows(2).all(|two| two[1] == two[0].wrapping_add(1)), "each comes once, to one place");
    let records = line.records(1);
    assert_eq!(records.len(), 1, "the INVITE that came again began no call");
    assert_eq!(records[0]["position_ms"].as_u64().unwrap() / 2_000, 15, "{}", records[0]);
    assert_eq!(records[0]["sound"]["packets"], all.len(), "{}", records[0]);
}

/// Takes the packets that have come, by their numbers; how many those are.
fn numbers(socket: &UdpSocket, taken: &mut Vec<u16>) -> usize {
    let (before, mut buffer) = (taken.len(), [0; 2_048]);
    while let Ok(length) = socket.recv(&mut buffer) {
        taken.extend(Packet::parse(&buffer[..length]).map(|packet| packet.header.sequence));
    }
    taken.len() - before
}
