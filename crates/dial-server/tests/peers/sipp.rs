//! sipp rings the line.

use std::process::{Command, Output};

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
}

impl<'a> Rings<'a> {
    /// One call to the line itself.
    pub(crate) fn the(line: &'a Line, scenario: &'a str) -> Self {
        Self { scenario, transport: "u1", calls: 1, whom: "st-marys", at: line.address(Way::Udp) }
    }
}

/// sipp plays a scenario to its end.
pub(crate) fn rings(line: &Line, rings: &Rings<'_>) -> Output {
    let written = std::fs::read_to_string(here(rings.scenario)).unwrap().replace("[$dtmf]", KEY_1);
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
