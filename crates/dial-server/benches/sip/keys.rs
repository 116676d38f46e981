//! From a key to the sound that it makes.

use std::collections::HashMap;

use crate::ear::{Arrival, Ear, Kind};
use crate::judge::quantiles_ms;
use crate::mouth::press;
use crate::program::Program;
use crate::socket::now;
use crate::table::say;
use crate::telephones::Telephones;

const CALLS: usize = 200;
const A_SECOND: f64 = 100.0;
/// The menu has been said when so many packets are silent.
const SAID: u32 = 40;
/// The recording, or the pause, lasts for so many packets before the next key.
const LASTS: u32 = 25;
/// A key comes so many nanoseconds later at most, so that keys fall anywhere between two packets.
const LATER: i64 = 40_000_000;
const STEP: i64 = 2_000_000;
/// No key is waited for longer.
const PATIENCE: i64 = 40_000_000_000;

/// What a caller waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wait {
    /// The menu's end; then key 1 is pressed, which is the newest recording.
    Menu,
    /// Sound after the menu's silence.
    Chosen,
    /// The recording for some time; then key 5 is pressed.
    Recording,
    Paused,
    /// The pause for some time; then key 5 is pressed again.
    Pause,
    Resumed,
    Done,
}

struct Hand {
    wait: Wait,
    run: u32,
    pressed: i64,
}

/// From a key to the first packet that it changed, for a choice, a pause, and going on: the middle, and all
/// but one of a hundred.
pub(crate) fn measure(program: &Program, ear: &Ear) -> [[f64; 2]; 3] {
    let mut telephones = Telephones::new(program.sip, ear);
    ear.keep(1 << 20);
    telephones.ring_all(CALLS, A_SECOND);
    let mut hands: HashMap<u16, Hand> = telephones
        .talking()
        .map(|caller| (caller.port, Hand { wait: Wait::Menu, run: 0, pressed: 0 }))
        .collect();
    let (mut due, mut times): (Vec<(i64, u16)>, [Vec<i64>; 3]) = Default::default();
    let begun = now();
    while hands.values().any(|hand| hand.wait != Wait::Done) && now() - begun < PATIENCE {
        telephones.until(now() + STEP);
        for arrival in ear.so_far() {
            let Some(hand) = hands.get_mut(&arrival.port) else { continue };
            if let Some((place, took)) = hand.hear(arrival) {
                times[place].push(took);
            }
            if hand.pressed == i64::MAX {
                hand.pressed = i64::MAX - 1;
                due.push((now() + fastrand::i64(0..LATER), arrival.port));
            }
        }
        let at = now();
        for (_, port) in due.extract_if(.., |(moment, _)| *moment <= at) {
            let Some(hand) = hands.get_mut(&port) else { continue };
            let key = if hand.wait == Wait::Chosen { 1 } else { 5 };
            hand.pressed = now();
            press(ear.socket(), port, key, hand.wait as u16);
        }
    }
    let _ = ear.kept();
    telephones.hang_up_all(10.0 * A_SECOND);
    say("key                            heard  p50 ms  p99 ms  max ms");
    let names = ["1 on the menu: the recording", "5 in the recording: pause", "5 in the pause: it goes on"];
    std::array::from_fn(|place| {
        let count = times[place].len();
        let [p50, p99, max] = quantiles_ms(&mut times[place], [0.5, 0.99, 1.0]);
        say(&format!("{:<31}{count:>5}{p50:>8.2}{p99:>8.2}{max:>8.2}", names[place]));
        if count < CALLS { [f64::NAN; 2] } else { [p50, p99] }
    })
}

impl Hand {
    /// Hears a packet. Tells which key was answered, and how long after it.
    fn hear(&mut self, Arrival { kind, at, .. }: Arrival) -> Option<(usize, i64)> {
        let (lasts, next) = match self.wait {
            Wait::Menu => (kind == Kind::Silence, Wait::Chosen),
            Wait::Recording => (kind == Kind::Tone, Wait::Paused),
            Wait::Pause => (kind != Kind::Tone, Wait::Resumed),
            Wait::Done => return None,
            waits => {
                let (place, changed, next) = match waits {
                    Wait::Chosen => (0, kind != Kind::Silence, Wait::Recording),
                    Wait::Paused => (1, kind != Kind::Tone, Wait::Pause),
                    _ => (2, kind == Kind::Tone, Wait::Done),
                };
                if !changed || at < self.pressed {
                    return None;
                }
                (self.wait, self.run) = (next, 0);
                return Some((place, at - self.pressed));
            }
        };
        self.run = if lasts { self.run + 1 } else { 0 };
        let enough = if self.wait == Wait::Menu { SAID } else { LASTS };
        if self.run >= enough {
            // It is to be pressed soon.
            (self.wait, self.pressed) = (next, i64::MAX);
        }
        None
    }
}
