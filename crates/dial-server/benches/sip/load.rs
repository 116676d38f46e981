//! How many calls go on at a time, each of their packets received and judged.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::ear::Ear;
use crate::judge::{Verdict, judge};
use crate::mouth::{press, speak};
use crate::program::Program;
use crate::socket::now;
use crate::table::say;
use crate::telephones::Telephones;

/// So many calls; and at which of them callers speak too.
const STEPS: [usize; 8] = [100, 400, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000];
const SPEAKING: [usize; 2] = [1_000, 2_000];
/// New calls a second while there are ever more.
const A_SECOND: f64 = 600.0;
/// Until the recording plays, in nanoseconds.
const SETTLE: i64 = 1_200_000_000;
const MEASURE: i64 = 4_000_000_000;
/// Two descriptors a call, and some for everything else.
const DESCRIPTORS: usize = 500;

/// What a step showed.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) calls: usize,
    pub(crate) verdict: Verdict,
    /// Of the program, in processors.
    pub(crate) cpu: f64,
    pace: f64,
    pub(crate) ns_a_packet: f64,
    pub(crate) bytes_a_call: f64,
    /// Of ourselves, in processors.
    ours: f64,
    /// Packets for which we had no room.
    dropped: u64,
}

impl Outcome {
    fn is_in_time(&self, wanted: usize) -> bool {
        self.calls == wanted && self.verdict.is_in_time()
    }

    fn print(&self, callers: &str) {
        let Verdict { p50, p99, max, .. } = self.verdict;
        say(&format!(
            "{:>6} {callers:<7}{:>9.3}{p50:>8.3}{p99:>8.3}{max:>8.2}{:>8.1}{:>8.1}{:>10.1}{:>8.0}{:>9.1}{:>9.1}  {}{}",
            self.calls,
            100.0 * self.verdict.loss(),
            100.0 * self.cpu,
            100.0 * self.pace,
            100.0 * self.cpu / self.calls as f64 * 100.0,
            self.ns_a_packet,
            self.bytes_a_call / 1_000.0,
            100.0 * self.ours,
            if self.verdict.is_in_time() { "yes" } else { "no" },
            if self.dropped > 0 { format!(", {} lost by ourselves", self.dropped) } else { String::new() },
        ));
    }
}

/// Ever more calls; the most that were in time.
pub(crate) fn measure(program: &Program, ear: &Ear, descriptors: u64) -> Option<Outcome> {
    say(
        " calls callers missing %  p50 ms  p99 ms  max ms   CPU %  pace %  CPU %/100  ns/pkt  kB/call   load %  in time",
    );
    let (mut telephones, before) = (Telephones::new(program.sip, ear), program.resident());
    let mut best: Option<Outcome> = None;
    let room = (descriptors as usize).saturating_sub(DESCRIPTORS) / 2;
    for step in STEPS.into_iter().filter(|step| *step <= room) {
        let there = telephones.talking().count();
        telephones.ring_all(step - there, A_SECOND);
        let after = now();
        for caller in telephones.talking().skip(there) {
            press(ear.socket(), caller.port, 1, 1);
        }
        telephones.until(after + SETTLE);
        let mut outcome = look(program, ear, &mut telephones, before);
        outcome.print("silent");
        if !outcome.is_in_time(step) {
            // What else the machine does may spoil one look: only twice is too much.
            outcome = look(program, ear, &mut telephones, before);
            outcome.print("silent");
        }
        if !outcome.is_in_time(step) {
            break;
        }
        best = Some(outcome);
        if SPEAKING.contains(&step) {
            let ports: Vec<u16> = telephones.talking().map(|caller| caller.port).collect();
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| speak(ear.socket(), &ports, &stop));
                std::thread::sleep(Duration::from_millis(300));
                look(program, ear, &mut telephones, before).print("speak");
                stop.store(true, Relaxed);
            });
        }
    }
    if !telephones.refusals.is_empty() {
        say(&format!("{} calls were refused", telephones.refusals.len()));
    }
    telephones.hang_up_all(2.0 * A_SECOND);
    program.until_calls(0);
    best
}

/// Hears all calls for some seconds.
pub(crate) fn look(program: &Program, ear: &Ear, telephones: &mut Telephones<'_>, before: f64) -> Outcome {
    let calls = telephones.talking().count();
    let dropped = ear.dropped();
    ear.keep(calls * 50 * (MEASURE / 1_000_000_000 + 1) as usize);
    let sent = program.metric("dial_sound_packets");
    let (begun, cpu, pace, ours) = (now(), program.computed(), program.paced(), computed());
    telephones.until(begun + MEASURE);
    let seconds = (now() - begun) as f64 / 1e9;
    let (cpu, pace, ours) = (program.computed() - cpu, program.paced() - pace, computed() - ours);
    let sent = program.metric("dial_sound_packets") - sent;
    let (arrivals, heard_s) = ear.kept();
    Outcome {
        calls,
        verdict: judge(arrivals, calls, heard_s),
        cpu: cpu / seconds,
        pace: pace / seconds,
        ns_a_packet: pace * 1e9 / sent,
        bytes_a_call: (program.resident() - before) / calls as f64,
        ours: ours / seconds,
        dropped: ear.dropped() - dropped,
    }
}

/// Seconds that we were on a processor.
fn computed() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
