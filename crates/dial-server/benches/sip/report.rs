//! What was found, beside what others do and what is promised.

use std::process::ExitCode;

use crate::load::Outcome;
use crate::peers::{ASTERISK, FREESWITCH, Peer};
use crate::table::say;
use crate::{limit, rate};

/// Ten times what Asterisk has at most.
const CALLS: usize = 10 * ASTERISK.calls[1] as usize;
/// Of the bare kernel, in what a packet costs and in how many calls are in time.
const OF_BARE: f64 = 0.6;
/// New calls a second that are set up without a failure, at which the times of the table are taken.
const A_SECOND: u32 = ASTERISK.a_second + 100;

/// Everything that was measured.
pub(crate) struct Found {
    /// Nanoseconds of the kernel for a packet.
    pub(crate) bare: f64,
    /// The most calls in time.
    pub(crate) load: Option<Outcome>,
    pub(crate) rates: Vec<rate::Outcome>,
    pub(crate) keys: [[f64; 2]; 3],
    /// Whether calls were not disturbed by strangers.
    pub(crate) is_calm: bool,
}

/// Prints it; it is a failure if a bar is missed.
pub(crate) fn print(found: &Found) -> ExitCode {
    let (calls, cpu_100, kb, ns) = found.load.map_or((0, f64::NAN, f64::NAN, f64::NAN), |load| {
        let cpu_100 = 100.0 * load.cpu / load.calls as f64 * 100.0;
        (load.calls, cpu_100, load.bytes_a_call / 1e3, load.ns_a_packet)
    });
    let best =
        found.rates.iter().filter(|rate| rate.failed == 0).map(|rate| rate.a_second).max().unwrap_or(0);
    let usual = found.rates.iter().find(|rate| rate.a_second == A_SECOND);
    let [answer, late] = usual.map_or([f64::NAN; 2], |rate| rate.answer);
    let heard = usual.map_or(f64::NAN, |rate| rate.heard[0]);
    let key = found.keys[0][0].max(found.keys[1][0]);

    let row = |name: &str, ours: String, theirs: fn(&Peer) -> String| {
        say(&format!("{name:<42}{ours:>11}{:>12}{:>12}", theirs(&ASTERISK), theirs(&FREESWITCH)));
    };
    let name = |peer: &Peer| peer.name.to_owned();
    row("The others were measured elsewhere", "this line".into(), name);
    row("calls in time, of whom nobody lacks sound", calls.to_string(), |peer| between(peer.calls));
    row("CPU of one core for 100 calls, %", format!("{cpu_100:.1}"), |peer| between(peer.cpu_100));
    row("memory a call, kB", format!("{kb:.1}"), |peer| peer.kb_a_call.to_string());
    row("calls a second without a failure", best.to_string(), |peer| peer.a_second.to_string());
    row("INVITE to 200, p50 / p99 ms", format!("{answer:.1} / {late:.1}"), |peer| {
        format!("{:.1} / {:.0}", peer.answer[0], peer.answer[1])
    });
    row("INVITE to the first packet, p50 ms", format!("{heard:.1}"), |peer| format!("{:.0}", peer.heard));
    row("key to changed sound, p50 ms", format!("{key:.1}"), |peer| format!("{:.0}", peer.key));

    let (work, share) = (found.bare / ns, calls as f64 / limit::calls(found.bare));
    let percent = |part: f64| format!("{:.0} %", 100.0 * part);
    let bars = [
        (format!("{CALLS} calls in time"), calls >= CALLS, calls.to_string()),
        ("a packet at 60 % of the bare loop's speed".into(), work >= OF_BARE, percent(work)),
        ("60 % of the calls of the bare loop in time".into(), share >= OF_BARE, percent(share)),
        (format!("{A_SECOND} calls a second without a failure"), best >= A_SECOND, best.to_string()),
        ("a key is heard sooner than with others".into(), key < ASTERISK.key, format!("{key:.1} ms")),
        ("strangers disturb nobody".into(), found.is_calm, String::new()),
    ];
    say("");
    for (bar, is_reached, number) in &bars {
        say(&format!("{bar:<46}{:<13}{number}", if *is_reached { "reached" } else { "not reached" }));
    }
    let all = bars.iter().all(|(_, is_reached, _)| *is_reached);
    if all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn between([from, to]: [u32; 2]) -> String {
    format!("{from} to {to}")
}
