//! How many calls one pacing thread plays in time, beside the bare limit of the kernel on the same machine.
//!
//! ```sh
//! cargo bench -p dial-playout --bench play
//! cargo bench -p dial-playout --bench play -- --calls 3000   # this number only
//! cargo bench -p dial-playout --bench play -- --ordinary     # without a priority
//! cargo bench -p dial-playout --bench play -- --threads 2    # by two pacing threads
//! ```
//!
//! Loopback only, and done in a minute and a half at most. A number of calls is played in time if fewer than one packet of
//! 1,000 is missing and 99 of 100 leave within 5 ms of when they are due, by the kernel's own clock.
#![allow(clippy::unwrap_used, reason = "a measurement stops at what it did not expect")]
#![allow(clippy::print_stdout, reason = "a measurement prints")]

mod bare;
mod callers;
mod machine;
mod run;

use dial_playout::Priority;

use run::{Callers, Outcome, Plan, run};

/// Two descriptors a call, and some for everything else.
const DESCRIPTORS_A_CALL: u64 = 2;
/// Steps of the search: each halves what is not known.
const STEPS: usize = 5;
/// So many calls that what the engine has for itself is little beside them.
const MANY: usize = 1_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let number = |name: &str| -> Option<usize> {
        arguments.windows(2).find(|pair| pair[0] == name).map(|pair| pair[1].parse().unwrap())
    };
    let (wanted, threads) = (number("--calls"), number("--threads").unwrap_or(1));
    let priority = if has("--ordinary") { Priority::Ordinary } else { Priority::First };
    let plan = |calls| Plan { calls, priority, threads, callers: Callers::Silent, sealed: false };

    let room = (machine::raise_descriptors().saturating_sub(500) / DESCRIPTORS_A_CALL) as usize;
    println!("load average {}, room for {room} calls\n", machine::load_average());

    let batched = bare::batched();
    let single = bare::single();
    println!("bare loops of one thread        ns a packet   calls a core");
    for (name, bare) in [("sendmmsg, 64 at once", batched), ("sendto, a socket a call", single)] {
        println!("{name:<31} {bare:>11.0} {:>14.0}", limit(bare));
    }

    println!("\n calls  missing %   p50 ms   p99 ms   max ms  pace CPU %  hear CPU %  ns a packet  in time");
    let mut best: Option<Outcome> = None;
    // Later runs find room that the allocator kept of earlier ones.
    let mut bytes_a_call = 0.0_f64;
    let mut note = |outcome: Outcome| {
        outcome.print();
        if outcome.calls >= MANY {
            bytes_a_call = bytes_a_call.max(outcome.bytes_a_call);
        }
        if outcome.is_in_time() && best.as_ref().is_none_or(|best| best.calls < outcome.calls) {
            best = Some(outcome);
        }
    };
    if let Some(calls) = wanted {
        note(run(plan(calls)));
    } else {
        note(run(plan(100)));
        let (mut low, mut high) = (0_usize, (limit(single) as usize * threads).min(room));
        for _ in 0..STEPS {
            let calls = low.midpoint(high);
            // What else the machine does may spoil one run: only twice is too much.
            let mut outcome = run(plan(calls));
            if !outcome.is_in_time() {
                outcome.print();
                outcome = run(plan(calls));
            }
            if outcome.is_in_time() {
                low = calls;
            } else {
                high = calls;
            }
            note(outcome);
        }
    }
    let Some(best) = best else { return println!("\nno number of calls was in time") };
    println!(
        "\n{} calls in time: {:.0} % of sendmmsg, {:.0} % of sendto; {:.1} kB of ours a call; {:?}",
        best.calls,
        100.0 * best.calls as f64 / limit(batched),
        100.0 * best.calls as f64 / limit(single),
        bytes_a_call / 1_000.0,
        best.priority,
    );
    println!(
        "work of one packet: {:.0} % of sendmmsg's speed, {:.0} % of sendto's",
        100.0 * batched / best.ns_a_packet,
        100.0 * single / best.ns_a_packet,
    );

    let half = best.calls / 2;
    println!("\n{half} calls:");
    for (name, callers, sealed) in [
        ("callers are silent", Callers::Silent, false),
        ("encrypted", Callers::Silent, true),
        ("callers speak, keys are heard", Callers::Speak, false),
        ("callers speak, all is heard", Callers::SpeakAndAreHeard, false),
    ] {
        println!("{name}");
        run(Plan { callers, sealed, ..plan(half) }).print();
    }
}

/// Calls of 50 packets a second that fill a core.
fn limit(ns_a_packet: f64) -> f64 {
    1e9 / ns_a_packet / 50.0
}
