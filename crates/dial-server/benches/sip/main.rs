//! How many calls by SIP the real `dial serve` carries at a time, sets up in a second, and how soon it answers,
//! is heard, and obeys a key: beside the bare kernel and what others do. Started by `script/bench`.
//!
//! All of it is on loopback, and bounded in calls and time.

#![allow(clippy::unwrap_used, reason = "a measurement stops at what it did not expect")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures real time")]

#[path = "../../../dial-playout/benches/play/bare.rs"]
#[allow(dead_code, reason = "the benchmark of sound alone uses the rest of it")]
mod bare;
#[path = "../../../dial-playout/benches/play/callers.rs"]
#[allow(dead_code, reason = "the benchmark of sound alone uses the rest of it")]
mod callers;
mod ear;
mod judge;
mod keys;
mod limit;
mod load;
#[path = "../../../dial-playout/benches/play/machine.rs"]
#[allow(dead_code, reason = "the benchmark of sound alone uses the rest of it")]
mod machine;
mod message;
mod mouth;
mod peers;
mod program;
mod rate;
mod report;
mod socket;
mod strangers;
mod table;
mod telephones;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use ear::Ear;
use program::{Program, Room};
use report::Found;
use strangers::Flood;
use table::say;
use telephones::Telephones;

/// As many as may be configured: what is measured is the program, and not its settings.
const CALLS: usize = 20_000;
/// Longer than anything here takes.
const RECORDING: Duration = Duration::from_mins(6);
/// Calls that strangers are to disturb.
const DISTURBED: usize = 200;
/// What they send in a second, and for how long.
const FLOOD: u32 = 5_000;
const FLOOD_LASTS: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [dial] = arguments.as_slice() else {
        say("usage: sip PROGRAM; script/bench does it");
        return ExitCode::SUCCESS;
    };
    let dial = Path::new(dial).canonicalize().unwrap();
    let descriptors = machine::raise_descriptors();
    // Threads that wait for a moment wake when it comes, not 50 microseconds later.
    let _ = std::fs::write("/proc/self/timerslack_ns", "1");
    say(&format!("load average {}\n", machine::load_average()));
    let ear = Ear::open();
    let rows = [
        ("sendmmsg, 64 at once, nobody reads", bare::batched()),
        ("sendto, a socket a call, nobody reads", bare::single()),
        ("sendmmsg, 64 at once, as callers read", limit::bare(ear.port())),
    ];
    say("bare loops of one thread                ns a packet   calls a core");
    for (name, bare) in rows {
        say(&format!("{name:<39}{bare:>12.0}{:>15.0}", limit::calls(bare)));
    }
    say("");
    let bare = rows[2].1;

    let program = Program::start(&dial, &Room { calls: CALLS, recording: RECORDING });
    let load = load::measure(&program, &ear, descriptors);
    say("");
    let rates = rate::measure(&program, &ear);
    say("");
    let keys = keys::measure(&program, &ear);
    say("");
    let is_calm = disturb(&program, &ear);
    say("");
    report::print(&Found { bare, load, rates, keys, is_calm })
}

/// Some calls go on while others knock in masses. Whether nobody was disturbed, and no stranger was answered.
fn disturb(program: &Program, ear: &Ear) -> bool {
    let mut telephones = Telephones::new(program.sip, ear);
    telephones.ring_all(DISTURBED, 400.0);
    let mut is_calm = true;
    say(
        "200 calls, and                sent a second  answered kB  missing %  p50 ms  p99 ms  CPU %  memory kB",
    );
    let rows =
        [("nobody else", None), ("strangers", Some(Flood::Strangers)), ("their trunk", Some(Flood::Trunk))];
    for (name, flood) in rows {
        let before = program.resident();
        let (outcome, flooded) = std::thread::scope(|scope| {
            let flooding = flood.map(|flood| scope.spawn(move || flood.run(program.sip, FLOOD, FLOOD_LASTS)));
            std::thread::sleep(Duration::from_millis(500));
            let outcome = load::look(program, ear, &mut telephones, before);
            (outcome, flooding.map(|flooding| flooding.join().unwrap()))
        });
        let (messages, bytes) = flooded.map_or((0, 0), |flooded| (flooded.messages, flooded.bytes));
        say(&format!(
            "{name:<30}{:>13.0}{:>13.1}{:>11.3}{:>8.3}{:>8.3}{:>7.1}{:>11.0}",
            messages as f64 / FLOOD_LASTS.as_secs_f64(),
            bytes as f64 / 1e3,
            100.0 * outcome.verdict.loss(),
            outcome.verdict.p50,
            outcome.verdict.p99,
            100.0 * outcome.cpu,
            (program.resident() - before) / 1e3,
        ));
        let is_answered = bytes > 0 && matches!(flood, Some(Flood::Strangers));
        is_calm &= outcome.verdict.is_in_time() && outcome.verdict.missing == 0 && !is_answered;
    }
    telephones.hang_up_all(400.0);
    program.until_calls(0);
    is_calm
}
