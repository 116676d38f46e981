//! So many calls for some seconds, and how they were played.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use dial_playout::{Call, Engine, Priority, Quality, Settings, Tick};
use dial_sip::dtmf::Digit;
use dial_sip::rtp::Learn;
use dial_sip::sdp::{Codec, Direction, Keying, Media, Suite, TelephoneEvent};

use crate::callers::{Arrivals, read, sinks, speak, timed};
use crate::machine::{cpu_ns, resident};

/// Callers whose packets are timed.
const TIMED: usize = 100;
/// Until all calls are added, callers are known and the caches are warm.
const SETTLE: Duration = Duration::from_secs(3);
const MEASURE: Duration = Duration::from_millis(3_500);
/// Sound that is played: far more than a processor's cache has, as recordings are.
const SOUND: usize = 64 << 20;

/// What the callers do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callers {
    Silent,
    Speak,
    SpeakAndAreHeard,
}

#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) calls: usize,
    pub(crate) priority: Priority,
    pub(crate) threads: usize,
    pub(crate) callers: Callers,
    pub(crate) sealed: bool,
}

pub(crate) struct Outcome {
    pub(crate) calls: usize,
    missing: f64,
    /// Of the deviations, in milliseconds.
    p50: f64,
    p99: f64,
    max: f64,
    pace: f64,
    hear: f64,
    pub(crate) ns_a_packet: f64,
    pub(crate) bytes_a_call: f64,
    pub(crate) priority: Priority,
    skipped: u64,
}

impl Outcome {
    pub(crate) fn is_in_time(&self) -> bool {
        self.missing < 0.001 && self.p99 < 5.0 && self.skipped == 0
    }

    pub(crate) fn print(&self) {
        println!(
            "{:>6} {:>10.3} {:>8.3} {:>8.3} {:>8.3} {:>11.1} {:>11.1} {:>12.0}  {}",
            self.calls,
            100.0 * self.missing,
            self.p50,
            self.p99,
            self.max,
            100.0 * self.pace,
            100.0 * self.hear,
            self.ns_a_packet,
            if self.is_in_time() { "yes" } else { "no" },
        );
    }
}

/// Plays a part of the sound that no other call plays.
struct Recording(Arc<Vec<u8>>, usize);

impl Call for Recording {
    fn tick(&mut self, frame: &mut [u8; 160]) -> Tick {
        let from = self.1 % (SOUND - 160);
        frame.copy_from_slice(&self.0[from..from + 160]);
        self.1 += 160;
        Tick::Sounds
    }
    fn press(&mut self, _: Digit) {}
    fn hang_up(&mut self, _: &Quality) {}
}

fn media(remote: &UdpSocket, sealed: bool, hears_all: bool) -> Media {
    let remote = remote.local_addr().unwrap();
    let key = |byte| Keying { tag: 1, suite: Suite::Sha1_80, master: [byte; 30] };
    Media {
        codec: Codec::Pcmu,
        payload_type: 0,
        // Where keys are not told as events, they are heard in the sound.
        telephone_event: (!hears_all).then_some(TelephoneEvent { payload_type: 101, clock: 8_000 }),
        ptime_ms: 20,
        remote,
        remote_rtcp: remote,
        rtcp_mux: false,
        direction: Direction::Both,
        keys: sealed.then(|| (key(1), key(2))),
    }
}

pub(crate) fn run(plan: Plan) -> Outcome {
    let Plan { calls, priority, threads, callers, sealed } = plan;
    let hears_all = callers == Callers::SpeakAndAreHeard;
    let settings =
        Settings { ports: 1_024..=65_535, max_calls: calls, threads, priority, ..Settings::default() };
    let mut engine = Engine::start(settings, |_| {}).unwrap();
    let (timed, sinks) = (Arc::new(vec![timed()]), Arc::new(sinks()));
    let sound = Arc::new((0..SOUND).map(|place| (place % 251) as u8).collect::<Vec<_>>());

    let before = resident();
    let mut speakers = Vec::with_capacity(calls);
    for number in 0..calls {
        let (sockets, place) = if number < TIMED { (&timed, 0) } else { (&sinks, number % sinks.len()) };
        let ports = engine.open(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
        speakers.push((sockets.clone(), place, ports.rtp()));
        let call = Box::new(Recording(sound.clone(), number * 7_919 * 160));
        engine.add(ports, &media(&sockets[place], sealed, hears_all), Learn::Never, call).unwrap();
    }
    thread::sleep(SETTLE);
    let bytes_a_call = (resident() - before) as f64 / calls as f64;

    let stop = AtomicBool::new(false);
    let (arrivals, pace, hear, sent, seconds, skipped) = thread::scope(|scope| {
        let speaker = (callers != Callers::Silent).then(|| scope.spawn(|| speak(&speakers, &stop)));
        thread::sleep(Duration::from_millis(300));
        let reader = scope.spawn(|| read(&timed[0], &stop));
        let (load, started) = (engine.load(), now());
        let (pace, hear) = (cpu_ns("play"), cpu_ns("hear"));
        thread::sleep(MEASURE);
        let seconds = (now() - started) as f64 / 1e9;
        let (pace, hear) = (cpu_ns("play") - pace, cpu_ns("hear") - hear);
        let later = engine.load();
        stop.store(true, Relaxed);
        if let Some(speaker) = speaker {
            speaker.join().unwrap();
        }
        let skipped = later.skipped_ms - load.skipped_ms;
        (reader.join().unwrap(), pace as f64, hear as f64, later.sent - load.sent, seconds, skipped)
    });
    let priority = engine.load().priority;
    engine.stop();
    let mut deviations = deviations(&arrivals);
    deviations.sort_by(f64::total_cmp);
    let at = |share: f64| deviations.get(((deviations.len() - 1) as f64 * share) as usize).copied().unwrap();
    // The worse of what the timed callers miss, and of what all were not sent.
    let unsent = 1.0 - sent as f64 / (calls as f64 * 50.0 * seconds);
    Outcome {
        calls,
        missing: missing(&arrivals).max(if unsent > 0.002 { unsent } else { 0.0 }),
        p50: at(0.5),
        p99: at(0.99),
        max: at(1.0),
        pace: pace / 1e9 / seconds,
        hear: hear / 1e9 / seconds,
        ns_a_packet: pace / sent as f64,
        bytes_a_call,
        priority,
        skipped,
    }
}

fn now() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// How far packets were from when they were due, in milliseconds: the median of a call is taken for in time.
fn deviations(arrivals: &Arrivals) -> Vec<f64> {
    let mut all = Vec::new();
    for packets in arrivals.values() {
        let Some((first, _)) = packets.first() else { continue };
        let offset =
            |(timestamp, came): &(u32, i64)| *came - i64::from(timestamp.wrapping_sub(*first)) * 125_000;
        let mut offsets: Vec<_> = packets.iter().map(offset).collect();
        offsets.sort_unstable();
        let median = offsets[offsets.len() / 2];
        all.extend(offsets.iter().map(|offset| (offset - median).abs() as f64 / 1e6));
    }
    all
}

/// The share of 20 ms of sound that did not come, between the first and the last that did.
fn missing(arrivals: &Arrivals) -> f64 {
    let (mut expected, mut came) = (0, 0);
    for packets in arrivals.values() {
        let (Some((first, _)), Some((last, _))) = (packets.first(), packets.last()) else { continue };
        expected += u64::from(last.wrapping_sub(*first)) / 160 + 1;
        came += packets.len() as u64;
    }
    1.0 - came as f64 / expected.max(1) as f64
}
