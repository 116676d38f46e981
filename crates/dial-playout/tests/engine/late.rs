//! A machine that comes late, on time that passes with the work.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use dial_playout::{Call, Clock, Engine, FRAME, Priority, Quality, Settings, Tick};
use dial_sip::dtmf::Digit;
use dial_sip::rtp::Learn;

use crate::bench::{Bench, until};

/// So many calls, so that each phase has some.
const CALLS: u32 = 160;
/// What one frame of one of them takes: with all calls more than two thirds of the time there is.
const WORK: Duration = Duration::from_micros(90);

/// A clock that goes on while calls work, and over waits at once, until its end.
#[derive(Default)]
struct Busy {
    /// The time, and its end.
    times: Mutex<(Duration, Duration)>,
    changed: Condvar,
}

impl Busy {
    fn works(&self, time: Duration) {
        self.times.lock().unwrap().0 += time;
    }

    fn ends(&self, end: Duration) {
        self.times.lock().unwrap().1 = end;
        self.changed.notify_all();
    }
}

impl Clock for Busy {
    fn now(&self) -> Duration {
        self.times.lock().unwrap().0
    }

    fn sleep_until(&self, then: Duration) {
        let times = self.changed.wait_while(self.times.lock().unwrap(), |(_, end)| *end < then);
        let (time, _) = &mut *times.unwrap();
        *time = then.max(*time);
    }
}

/// A call of silence, of which one frame takes far too long.
struct Hard {
    clock: Arc<Busy>,
    hiccup: Option<(u32, Duration)>,
    frames: u32,
}

impl Call for Hard {
    fn tick(&mut self, frame: &mut [u8; FRAME]) -> Tick {
        self.frames += 1;
        let hiccup = self.hiccup.filter(|(at, _)| *at == self.frames).map(|(_, time)| time);
        self.clock.works(hiccup.unwrap_or(WORK));
        *frame = [0xff; FRAME];
        Tick::Sounds
    }
    fn press(&mut self, _: Digit) {}
    fn hang_up(&mut self, _: &Quality) {}
}

/// How late sound was after a hiccup of so many milliseconds, in the last of five seconds, and what was left out.
fn after_a_hiccup_of(ms: u64, ports: u16) -> (u32, u64) {
    let clock = Arc::new(Busy::default());
    let settings = Settings {
        ports: ports..=ports + 2 * CALLS as u16 + 9,
        priority: Priority::Ordinary,
        clock: Arc::clone(&clock) as _,
        ..Settings::default()
    };
    let engine = Engine::start(settings, |_| {}).unwrap();
    let caller = Bench::new(ports + 400..=ports + 401);
    for call in 0..CALLS {
        let ports = engine.open(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
        let hiccup = (call == 0).then_some((50, Duration::from_millis(ms)));
        let hard = Hard { clock: Arc::clone(&clock), hiccup, frames: 0 };
        engine.add(ports, &caller.media(), Learn::Never, Box::new(hard)).unwrap();
    }
    until(|| engine.load().granted == u64::from(CALLS));
    clock.ends(Duration::from_secs(5));
    until(|| clock.now() >= Duration::from_millis(4_950));
    let load = engine.load();
    clock.ends(Duration::MAX);
    (load.lag_ms, load.skipped_ms)
}

#[test]
fn what_is_late_is_caught_up_even_where_most_of_the_time_is_needed() {
    let (lag_ms, skipped_ms) = after_a_hiccup_of(60, 43_000);
    assert!(lag_ms <= 3 && skipped_ms == 0, "{lag_ms} ms late, {skipped_ms} left out");
}

#[test]
fn what_is_hopelessly_late_is_left_out_and_the_rest_is_in_time() {
    let (lag_ms, skipped_ms) = after_a_hiccup_of(700, 43_500);
    assert!(lag_ms <= 3 && (500..=700).contains(&skipped_ms), "{lag_ms} ms late, {skipped_ms} left out");
}
