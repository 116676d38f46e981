//! The pacing thread: walks its calls by a clock of 2 ms, and sends what is due.
//!
//! Ten phases share the calls, so that each tick has its share of the work. A late tick is caught up
//! at twice the pace, so that nobody is sent a burst; what is later than [`HOPELESS`] is left out, and the
//! calls' timestamps tell so.

mod out;
mod ring;
mod voice;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use dial_sip::dtmf::Digit;
use dial_sip::srtp::SoundOut;

use crate::load::{Gauges, Lag};
use crate::queue::Queue;
use crate::{CallId, Clock, Event, Quality};
use out::Out;
pub(crate) use voice::{Sending, Stream, Voice};

/// Phases of a period of 20 ms.
const PHASES: usize = 10;
/// With so many calls, a phase takes no more while there is another one. Sending to them takes less than a tenth
/// of a millisecond.
const FULL: usize = 16;
/// A tick.
const TICK: Duration = Duration::from_millis(2);
/// The time between ticks that are caught up.
const HURRY: Duration = Duration::from_millis(1);
/// What is later than this is left out.
const HOPELESS: Duration = Duration::from_millis(200);

/// What is asked of the thread.
pub(crate) enum Command {
    Add(Box<Voice>),
    Change(CallId, Sending),
    /// Sound is encrypted with this key, or not at all.
    Seal(CallId, Option<Box<SoundOut>>),
    Press(CallId, Digit),
    Remove(CallId, Quality),
}

/// One pacing thread.
pub(crate) struct Play {
    pub(crate) number: usize,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) queue: Arc<Queue<Command>>,
    pub(crate) gauges: Arc<Gauges>,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) tell: Box<dyn Fn(Event) + Send>,
}

/// The calls of a thread, each in its slot, and which slots each phase serves.
#[derive(Default)]
struct Calls {
    slots: Vec<Option<Voice>>,
    free: Vec<usize>,
    of: HashMap<CallId, usize>,
    phases: [Vec<usize>; PHASES],
}

impl Play {
    /// Plays until it is to stop.
    pub(crate) fn run(self) {
        let (mut calls, mut commands, mut lag) = (Calls::default(), Vec::new(), Lag::new());
        let mut out = Out::new(Arc::clone(&self.gauges));
        let begun = self.clock.now();
        let (mut tick, mut skipped): (u64, Duration) = (0, Duration::ZERO);
        while !self.stop.load(Relaxed) {
            self.queue.take(&mut commands);
            commands.drain(..).for_each(|command| calls.obey(command, tick as usize % PHASES));
            let due = begun + skipped + TICK * tick as u32;
            let now = self.clock.now();
            let late = now.saturating_sub(due);
            if late > HOPELESS {
                // Whole periods, so that each call keeps its phase.
                let period = TICK * PHASES as u32;
                let left_out = period * (late.as_millis() / period.as_millis()) as u32;
                skipped += left_out;
                self.gauges.skipped_ms.fetch_add(left_out.as_millis() as u64, Relaxed);
                calls.skip(left_out);
            }
            if let Some(worst) = lag.note(late.as_millis() as u64, due.as_secs()) {
                self.gauges.lag(self.number, worst);
            }
            calls.sound(tick as usize % PHASES, &mut out, &self.tell);
            let ahead = calls.until_next(tick as usize % PHASES) as u32;
            tick += u64::from(ahead);
            let next = due + TICK * ahead;
            // From the beginning of one to that of the next: however long a tick takes, what is late is caught up.
            let soonest = if late > TICK { now + HURRY } else { now };
            self.clock.sleep_until(next.max(soonest));
        }
        self.queue.take(&mut commands);
        commands.drain(..).for_each(|command| calls.obey(command, 0));
        calls.slots.into_iter().flatten().for_each(|voice| voice.end(&Quality::default()));
    }
}

impl Calls {
    fn obey(&mut self, command: Command, phase: usize) {
        match command {
            Command::Add(voice) => self.add(*voice, phase),
            Command::Change(id, sending) => {
                let Some(slot) = self.of.get(&id).copied() else { return };
                let phase = self.leave(slot);
                if let Some(voice) = self.voice(slot) {
                    voice.change(sending);
                }
                self.enter(slot, phase);
            }
            Command::Seal(id, seal) => {
                if let Some(voice) = self.of.get(&id).copied().and_then(|slot| self.voice(slot)) {
                    voice.seal(seal);
                }
            }
            Command::Press(id, digit) => {
                if let Some(voice) = self.of.get(&id).copied().and_then(|slot| self.voice(slot)) {
                    voice.press(digit);
                }
            }
            Command::Remove(id, quality) => {
                let Some(slot) = self.of.remove(&id) else { return };
                self.leave(slot);
                if let Some(voice) = self.slots.get_mut(slot).and_then(Option::take) {
                    self.free.push(slot);
                    voice.end(&quality);
                }
            }
        }
    }

    fn voice(&mut self, slot: usize) -> Option<&mut Voice> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// A new call joins the fullest phase that has room: the fewer phases there are, the less often we wake. Where
    /// none has, it joins the emptiest.
    fn add(&mut self, voice: Voice, now: usize) {
        let id = voice.id();
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        if let Some(place) = self.slots.get_mut(slot) {
            *place = Some(voice);
        }
        self.of.insert(id, slot);
        let phases = (0..PHASES).map(|ahead| (now + ahead) % PHASES);
        let best = phases.min_by_key(|phase| {
            let calls = self.phases.get(*phase).map_or(usize::MAX, Vec::len);
            (calls >= FULL, if calls < FULL { FULL - calls } else { calls })
        });
        self.enter(slot, best.unwrap_or(now));
    }

    /// A call is served in one phase, or in two 10 ms apart if its packets need that.
    fn enter(&mut self, slot: usize, phase: usize) {
        let twice = self.voice(slot).is_some_and(|voice| voice.begins(phase));
        for served in [Some(phase), twice.then_some((phase + PHASES / 2) % PHASES)].into_iter().flatten() {
            if let Some(slots) = self.phases.get_mut(served) {
                slots.push(slot);
            }
        }
    }

    /// In which phase it was.
    fn leave(&mut self, slot: usize) -> usize {
        for slots in &mut self.phases {
            slots.retain(|its| *its != slot);
        }
        self.voice(slot).map_or(0, |voice| voice.phase())
    }

    fn sound(&mut self, phase: usize, out: &mut Out, tell: &dyn Fn(Event)) {
        let Some(slots) = self.phases.get(phase) else { return };
        for slot in slots {
            if let Some(Some(voice)) = self.slots.get_mut(*slot)
                && voice.step(out)
            {
                tell(Event::Over(voice.id()));
            }
        }
        out.flush();
    }

    /// In how many ticks somebody is to be served; without anybody, in a whole period.
    fn until_next(&self, phase: usize) -> usize {
        let served =
            |ahead: &usize| self.phases.get((phase + ahead) % PHASES).is_some_and(|slots| !slots.is_empty());
        (1..PHASES).find(served).unwrap_or(PHASES)
    }

    fn skip(&mut self, time: Duration) {
        self.slots.iter_mut().flatten().for_each(|voice| voice.skip(time));
    }
}
