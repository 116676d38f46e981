//! Telephones of other makers ring the real program: sipp and baresip, as Debian has them.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]
#![allow(clippy::disallowed_methods, reason = "a process is waited for in real time")]

#[path = "../../src/channel/sip/tests/caller.rs"]
#[expect(dead_code, reason = "other tests have more use of it")]
mod caller;
mod line;
mod whole;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use dial_audio::{alaw, g711};
use line::{Line, PATIENCE, run};
use serde_json::Value;

/// Debian's recording of key 1, as RFC 4733 has it.
const KEY_1: &str = "/usr/share/sip-tester/dtmf_2833_1.pcap";

/// A scenario of sipp against the line, so many calls.
fn sipp(line: &Line, scenario: &str, transport: &str, calls: u32) -> Output {
    let written = std::fs::read_to_string(here(scenario)).unwrap().replace("[$dtmf]", KEY_1);
    let file = line.folder().join(scenario);
    std::fs::write(&file, written).unwrap();
    let mut sipp = Command::new("sipp");
    sipp.current_dir(line.folder()).arg("-sf").arg(file).args([
        "-s",
        "st-marys",
        "-i",
        "127.0.0.1",
        "-nostdin",
    ]);
    sipp.args(["-t", transport, "-m", &calls.to_string(), "-r", "5", "-mi", "127.0.0.1", "-timeout", "60s"]);
    run(sipp.arg("-mp").arg(line.media_port().to_string()).arg(line.address()))
}

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(file)
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// The records of calls that are over, once there are so many.
fn records(line: &Line, count: usize) -> Vec<Value> {
    let read = || {
        let text = std::fs::read_to_string(line.folder().join("data/store/calls.jsonl")).unwrap_or_default();
        text.lines().filter_map(|row| serde_json::from_str(row).ok()).collect::<Vec<Value>>()
    };
    for _ in 0..PATIENCE.as_millis() / 50 {
        if read().len() >= count {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    read()
}

#[test]
fn sipp_presses_keys_in_rtp_and_info_holds_the_line_and_hangs_up() {
    for transport in ["u1", "t1"] {
        let line = Line::new();
        let output = sipp(&line, "listen.xml", transport, 3);
        assert!(output.status.success(), "{transport}: {}", text(&output));
        let records = records(&line, 3);
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
fn sipp_loses_its_own_acknowledgement_and_our_answers_and_the_call_goes_on() {
    let line = Line::new();
    let output = sipp(&line, "lossy.xml", "u1", 3);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(records(&line, 3).len(), 3);
}

#[test]
fn many_short_calls_of_sipps_own_leave_nothing_behind() {
    let line = Line::new();
    let mut sipp = Command::new("sipp");
    sipp.current_dir(line.folder()).args(["-sn", "uac", "-s", "st-marys", "-i", "127.0.0.1", "-nostdin"]);
    sipp.args(["-m", "200", "-r", "50", "-d", "400", "-timeout", "60s", "-mi", "127.0.0.1", "-mp"]);
    let output = run(sipp.arg(line.media_port().to_string()).arg(line.address()));
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(records(&line, 200).len(), 200);
    let metrics = line.metrics();
    assert!(
        metrics.contains("\ndial_sound_calls 0\n") && metrics.contains("\ndial_sound_packets_not_sent 0\n")
    );
}

/// What `dial call` hears of the same line in its first seconds, as a telephone in Europe hears it.
fn expected(line: &Line) -> Vec<i16> {
    let record = line.folder().join("expected.wav");
    let mut dial = Command::new(env!("CARGO_BIN_EXE_dial"));
    dial.current_dir(line.folder())
        .args(["call", "--config", "dial.toml", "--for", "6", "--record"])
        .arg(&record);
    let output = run(dial.env_remove("DIAL_CONFIG"));
    assert!(output.status.success(), "{}", text(&output));
    let bytes = std::fs::read(record).unwrap();
    let data = bytes.windows(4).position(|word| word == b"data").unwrap() + 8;
    bytes[data..].iter().map(|byte| alaw::decode(alaw::FROM_MULAW[usize::from(*byte)])).collect()
}

#[test]
fn baresip_hears_the_menu_sample_for_sample() {
    assert_eq!(g711::encode(0), 0xff);
    let line = Line::new();
    let folder = line.folder().join("baresip");
    std::fs::create_dir(&folder).unwrap();
    let silence = vec![0_u8; 16_000 * 30];
    let header = [
        &b"RIFF"[..],
        &(36 + silence.len() as u32).to_le_bytes(),
        b"WAVEfmt ",
        &16_u32.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &8_000_u32.to_le_bytes(),
        &16_000_u32.to_le_bytes(),
        &2_u16.to_le_bytes(),
        &16_u16.to_le_bytes(),
        b"data",
        &(silence.len() as u32).to_le_bytes(),
    ];
    std::fs::write(folder.join("silence.wav"), [header.concat(), silence].concat()).unwrap();
    let place = folder.display().to_string();
    let config = std::fs::read_to_string(here("baresip.config")).unwrap().replace("@FOLDER@", &place);
    std::fs::write(folder.join("config"), config).unwrap();
    let account = "<sip:caller@127.0.0.1>;regint=0;audio_codecs=PCMA/8000/1\n";
    std::fs::write(folder.join("accounts"), account).unwrap();
    std::fs::write(folder.join("contacts"), "").unwrap();
    let dial = format!("/dial sip:st-marys@{}", line.address());
    let output = run(Command::new("baresip").arg("-f").arg(&folder).args(["-e", &dial, "-t", "8"]));
    let told = text(&output);
    assert!(told.contains("Call established"), "{told}");

    let heard = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let heard = heard.into_iter().find(|path| path.to_string_lossy().ends_with("-dec.wav")).unwrap();
    let bytes = std::fs::read(heard).unwrap();
    let heard: Vec<i16> =
        bytes[44..].chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect();
    let expected = expected(&line);
    // It begins with what comes while its ear is being made ready; from there on nothing may differ.
    let loud = expected.iter().position(|sample| sample.unsigned_abs() > 500).unwrap();
    let mark = &expected[loud..loud + 400];
    let at = heard.windows(mark.len()).position(|part| part == mark).expect("the menu was heard");
    let (heard, expected) = (&heard[at..], &expected[loud..]);
    let same = heard.iter().zip(expected).take_while(|(one, other)| one == other).count();
    assert!(same >= 4 * 8_000, "the same for {same} samples");
    let record = &records(&line, 1)[0];
    assert!(record["sound"]["packets"].as_u64().unwrap() > 300, "{record}");
}
