//! Strangers knock in masses while callers listen to the real program: nobody who listens notices.
//!
//! `DIAL_FLOOD=5000 cargo test -p dial-server --test flood` sends so many messages a second; `script/bench sip`
//! does it to the program as it is released, and looks at the time of each packet too.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]
#![allow(clippy::disallowed_methods, reason = "a process is waited for in real time")]
#![allow(dead_code, reason = "the benchmark uses the rest of it")]

#[path = "../../benches/sip/ear.rs"]
mod ear;
#[path = "../../benches/sip/judge.rs"]
mod judge;
#[path = "../../benches/sip/message.rs"]
mod message;
#[path = "../../benches/sip/program.rs"]
mod program;
#[path = "../../benches/sip/socket.rs"]
mod socket;
#[path = "../../benches/sip/strangers.rs"]
mod strangers;
#[path = "../../benches/sip/telephones.rs"]
mod telephones;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ear::Ear;
use judge::judge;
use program::{Program, Room};
use strangers::{Flood, Flooded};
use telephones::Telephones;

/// Callers who listen.
const CALLS: usize = 200;
/// New calls a second, within what one trunk may.
const A_SECOND: f64 = 100.0;
/// Messages of strangers a second, if nothing else is wanted, and for how long.
const FLOOD: u32 = 1_000;
const LASTS: Duration = Duration::from_secs(4);
/// What the memory of the program may grow, in bytes: each stranger's message that were kept would be more.
const GROWTH: f64 = 2e6;
/// What a trunk may have in memory for requests that it never acknowledges: some hundred a second for half a
/// minute.
const GROWTH_OF_TRUNK: f64 = 12e6;

/// Whoever rings, and whether all who listen heard every packet meanwhile.
fn listen_during<T: Send>(telephones: &mut Telephones<'_>, ear: &Ear, what: impl FnOnce() -> T + Send) -> T {
    let calls = telephones.talking().count();
    ear.keep(calls * 50 * 20);
    let result = std::thread::scope(|scope| {
        let doing = scope.spawn(what);
        while !doing.is_finished() {
            telephones.until(socket::now() + 20_000_000);
        }
        doing.join().unwrap()
    });
    let (arrivals, seconds) = ear.kept();
    let verdict = judge(arrivals, calls, seconds);
    assert_eq!((verdict.calls, verdict.missing, ear.dropped()), (CALLS, 0, 0), "{verdict:?}");
    assert!(verdict.packets > CALLS as u64 * 50, "{verdict:?}");
    result
}

fn requests(program: &Program, outcome: &str) -> f64 {
    program.metric(&format!("dial_sip_requests_total{{outcome=\"{outcome}\"}}"))
}

/// What a program of sipvicious prints of the line, from an address of a stranger.
fn sipvicious(program: &str, arguments: &[&str], port: u16) -> String {
    let mut command = Command::new(program);
    command.args(["-b", "127.0.1.99", "-x", "127.0.1.99", "-p", &port.to_string()]).args(arguments);
    let output = command.arg("127.0.0.1").env("HOME", std::env::temp_dir()).stdin(Stdio::null()).output();
    let output =
        output.unwrap_or_else(|error| panic!("cannot run {program}: {error}; `script/test` installs it"));
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn nobody_who_listens_notices_strangers_or_a_trunk_that_rings_in_masses() {
    let a_second = std::env::var("DIAL_FLOOD").map_or(FLOOD, |text| text.parse().unwrap());
    let dial = Path::new(env!("CARGO_BIN_EXE_dial"));
    let program = Program::start(dial, &Room { calls: 300, recording: Duration::from_mins(2) });
    let (ear, line) = (Ear::open(), program.sip);
    let mut telephones = Telephones::new(line, &ear);
    telephones.ring_all(CALLS, A_SECOND);
    program.until_calls(CALLS);

    let (strangers, before) = (requests(&program, "stranger"), program.resident());
    let Flooded { messages, bytes } =
        listen_during(&mut telephones, &ear, || Flood::Strangers.run(line, a_second, LASTS));
    assert_eq!(bytes, 0, "strangers are not answered");
    let counted = requests(&program, "stranger") - strangers;
    assert!(counted > 0.9 * messages as f64 && counted <= messages as f64, "{counted} of {messages}");
    assert!(program.resident() - before < GROWTH, "{before} and then {}", program.resident());

    let before = program.resident();
    let Flooded { messages, bytes } =
        listen_during(&mut telephones, &ear, || Flood::Trunk.run(line, a_second, LASTS));
    assert!(bytes > 0, "a trunk is told that it is too much");
    let told = requests(&program, "too_much");
    assert!(told > 0.3 * messages as f64, "{told} of {messages}");
    assert!(program.resident() - before < GROWTH_OF_TRUNK, "{before} and then {}", program.resident());

    let strangers = requests(&program, "stranger");
    let port = line.port();
    let [map, war] = listen_during(&mut telephones, &ear, || {
        let map = sipvicious("svmap", &["-m", "INVITE"], port);
        [map, sipvicious("svwar", &["-e", "100-200", "-m", "REGISTER", "--force"], port)]
    });
    assert!(map.contains("found nothing") && war.contains("found nothing"), "{map}\n{war}");
    assert!(requests(&program, "stranger") > strangers, "{map}\n{war}");

    telephones.hang_up_all(400.0);
    program.until_calls(0);
}
