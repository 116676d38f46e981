//! The engine as its host has it: opens ports, plays calls, changes and ends them. Nothing here waits.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};

use dial_sip::dtmf::Digit;
use dial_sip::rtp::Learn;
use dial_sip::sdp::Media;
use dial_sip::srtp::SoundOut;
use dial_sip::time::Moment;
use mio::Waker;

use crate::hear::{Begin, Ear, Hear, Setting, Wish};
use crate::load::{Gauges, Meter};
use crate::play::{Command, Play, Sending, Stream, Voice};
use crate::ports::{Pool, Ports, random};
use crate::queue::Queue;
use crate::{Call, CallId, Event, Load, Refused, Settings};

/// With packets later than this, in milliseconds, no more calls are taken.
const LATE_MS: u32 = 10;

/// Plays calls until it is dropped.
pub struct Engine {
    settings: Settings,
    pool: Pool,
    next: AtomicU64,
    wishes: Arc<Queue<Wish>>,
    plays: Vec<Arc<Queue<Command>>>,
    gauges: Arc<Gauges>,
    waker: Waker,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Engine {
    /// Starts the threads. `tell` hears what happens to calls, on a thread of the engine: it must not block.
    ///
    /// # Errors
    /// If the machine has no more threads, or no way to wait for sockets.
    pub fn start(settings: Settings, tell: impl Fn(Event) + Clone + Send + 'static) -> io::Result<Self> {
        let (gauges, stop) = (Arc::new(Gauges::default()), Arc::new(AtomicBool::new(false)));
        let wishes = Arc::new(Queue::default());
        let plays: Vec<_> = (0..settings.threads.max(1)).map(|_| Arc::new(Queue::default())).collect();
        let (hear, waker) = Hear::new(Setting {
            clock: Arc::clone(&settings.clock),
            wishes: Arc::clone(&wishes),
            plays: plays.clone(),
            gauges: Arc::clone(&gauges),
            silent: settings.silent,
            stop: Arc::clone(&stop),
            tell: Box::new(tell.clone()),
        })?;
        let pool = Pool::new(&settings.ports);
        let (next, threads) = (AtomicU64::new(1), Vec::new());
        let mut engine = Self { settings, pool, next, wishes, plays, gauges, waker, stop, threads };
        engine.spawn("hear calls", move || hear.run())?;
        for (number, queue) in engine.plays.clone().into_iter().enumerate() {
            let play = Play {
                number,
                clock: Arc::clone(&engine.settings.clock),
                queue,
                gauges: Arc::clone(&engine.gauges),
                stop: Arc::clone(&engine.stop),
                tell: Box::new(tell.clone()),
            };
            let (priority, gauges) = (engine.settings.priority, Arc::clone(&engine.gauges));
            engine.spawn("play calls", move || {
                gauges.priority(priority.take());
                play.run();
            })?;
        }
        Ok(engine)
    }

    fn spawn(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.threads.push(thread::Builder::new().name(name.into()).spawn(run)?);
        Ok(())
    }

    /// Two ports of an address of ours, for a call to be.
    ///
    /// # Errors
    /// If there are as many calls as there may be, sound goes out late, or no ports are free.
    pub fn open(&self, ip: IpAddr) -> Result<Ports, Refused> {
        let load = self.load();
        let most = self.settings.max_calls.min(self.pool.pairs());
        if load.calls >= most {
            return Err(Refused::Full(load.calls));
        }
        if load.lag_ms > LATE_MS {
            return Err(Refused::Late(load.lag_ms));
        }
        self.pool.open(ip).map_err(|_| Refused::NoPorts)
    }

    /// Begins to play a call, and to hear its caller.
    ///
    /// # Errors
    /// If its sound is not served. The call is dropped then, and told nothing.
    pub fn add(
        &self,
        ports: Ports,
        media: &Media,
        learn: Learn,
        call: Box<dyn Call>,
    ) -> Result<CallId, Refused> {
        let sending = Sending::of(media, media.remote).ok_or(Refused::NotServed)?;
        let chance: [u8; 24] = random().map_err(|_| Refused::Stopped)?;
        let word = |at: usize| {
            chance
                .get(at * 4..)
                .and_then(|rest| rest.first_chunk())
                .map_or(0, |word| u32::from_ne_bytes(*word))
        };
        let id = CallId(self.next.fetch_add(1, Relaxed));
        let seal = media.keys.as_ref().map(|(ours, _)| Box::new(SoundOut::new(ours)));
        let stream = Arc::new(Stream::from(ports.rtp));
        let voice = Voice::new(id, call, Arc::clone(&stream), sending, seal, [word(0), word(1), word(2)]);
        let ear = Ear::new(Begin {
            id,
            stream,
            rtcp: ports.rtcp,
            media: media.clone(),
            learn,
            ssrc: word(0),
            // RFC 7022: a name by chance, for a call's length.
            cname: format!("{:08x}{:08x}{:08x}", word(3), word(4), word(5)),
            now: Moment::after_start(self.settings.clock.now()),
        });
        let play = self.play(id).ok_or(Refused::Stopped)?;
        self.gauges.calls.fetch_add(1, Relaxed);
        play.push_always(Command::Add(Box::new(voice)));
        self.wish(Wish::Add(Box::new(ear)));
        Ok(id)
    }

    /// What was agreed on is another from now on: hold, resumption, address, codec, packet time.
    pub fn change(&self, call: CallId, media: &Media) {
        self.wish(Wish::Change(call, Box::new(media.clone())));
    }

    /// A key came by signalling.
    pub fn press(&self, call: CallId, digit: Digit) {
        self.wish(Wish::Press(call, digit));
    }

    /// Ends a call: it hears so, and its ports are closed.
    pub fn remove(&self, call: CallId) {
        self.wish(Wish::Remove(call));
    }

    /// How it is doing.
    pub fn load(&self) -> Load {
        self.gauges.read()
    }

    /// Tells how it is doing to whoever does not have it.
    pub fn meter(&self) -> Meter {
        Meter(Arc::clone(&self.gauges))
    }

    fn play(&self, id: CallId) -> Option<&Queue<Command>> {
        self.plays.get(id.0 as usize % self.plays.len()).map(|play| &**play)
    }

    fn wish(&self, wish: Wish) {
        self.wishes.push_always(wish);
        // A thread that cannot be woken looks by itself soon.
        let _ = self.waker.wake();
    }

    /// Ends all calls, and the threads.
    pub fn stop(&mut self) {
        self.stop.store(true, Relaxed);
        let _ = self.waker.wake();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}
