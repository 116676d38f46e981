//! The hearing thread: waits for all sockets at once, and tells what callers press.

mod ear;
mod filter;

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use dial_sip::dtmf::Digit;
use dial_sip::sdp::Media;
use dial_sip::srtp::SoundOut;
use dial_sip::time::Moment;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Registry, Token, Waker};

use crate::load::Gauges;
use crate::play::Command;
use crate::ports::random;
use crate::queue::Queue;
use crate::{CallId, Clock, Event};
use ear::Source;
pub(crate) use ear::{Begin, Ear};

/// So many sockets are told of at once.
const EVENTS: usize = 1_024;
/// Of one socket so many packets are taken before the others have their turn.
const FAIR: usize = 32;
/// How often it is looked for silence and due reports.
const LOOK: Duration = Duration::from_millis(500);
/// A longer packet is cut, and then of no use.
const LONGEST: usize = 2_048;
/// The token of the waker; a call has two others, of sound and of reports.
const WAKE: Token = Token(usize::MAX);

/// What is asked of the thread.
pub(crate) enum Wish {
    Add(Box<Ear>),
    Change(CallId, Box<Media>),
    /// A key came another way.
    Press(CallId, Digit),
    Remove(CallId),
}

/// The hearing thread.
pub(crate) struct Hear {
    poll: Poll,
    ears: HashMap<u64, Box<Ear>>,
    /// Sockets that may have more.
    ready: BTreeSet<usize>,
    setting: Setting,
}

/// What it works with.
pub(crate) struct Setting {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) wishes: Arc<Queue<Wish>>,
    /// Those of the threads that send; a call belongs to one of them.
    pub(crate) plays: Vec<Arc<Queue<Command>>>,
    pub(crate) gauges: Arc<Gauges>,
    pub(crate) silent: Duration,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) tell: Box<dyn Fn(Event) + Send>,
}

impl Hear {
    /// A thread to be, and what wakes it.
    pub(crate) fn new(setting: Setting) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        Ok((Self { poll, ears: HashMap::new(), ready: BTreeSet::new(), setting }, waker))
    }

    /// Hears until it is to stop.
    pub(crate) fn run(mut self) {
        let (mut events, mut wishes) = (Events::with_capacity(EVENTS), Vec::new());
        let mut bytes = [0; LONGEST];
        let mut looked = self.now();
        while !self.setting.stop.load(Relaxed) {
            let wait = if self.ready.is_empty() { LOOK } else { Duration::ZERO };
            if let Err(error) = self.poll.poll(&mut events, Some(wait))
                && error.kind() != io::ErrorKind::Interrupted
            {
                break;
            }
            self.ready.extend(events.iter().map(|event| event.token().0).filter(|token| *token != WAKE.0));
            self.setting.wishes.take(&mut wishes);
            wishes.drain(..).for_each(|wish| self.grant(wish));
            let now = self.now();
            for socket in std::mem::take(&mut self.ready) {
                if self.drain(socket, &mut bytes, now) {
                    self.ready.insert(socket);
                }
            }
            if now.since(looked) >= LOOK {
                looked = now;
                self.look(now);
            }
        }
        self.setting.wishes.take(&mut wishes);
        wishes.drain(..).for_each(|wish| self.grant(wish));
        for id in self.ears.keys().copied().collect::<Vec<_>>() {
            self.remove(CallId(id));
        }
    }

    fn now(&self) -> Moment {
        Moment::after_start(self.setting.clock.now())
    }

    fn play(&self, id: CallId) -> Option<&Queue<Command>> {
        let plays = &self.setting.plays;
        plays.get(id.0 as usize % plays.len().max(1)).map(|play| &**play)
    }

    fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Add(mut ear) => {
                if let Err(error) = register(self.poll.registry(), &mut ear) {
                    // Its keys will not be heard; after a while it is silent, and ended.
                    debug_assert!(false, "{error}");
                }
                self.ears.insert(ear.id.0, ear);
            }
            Wish::Change(id, media) => {
                let now = self.now();
                if let Some(ear) = self.ears.get_mut(&id.0) {
                    let ours = |media: &Media| media.keys.as_ref().map(|(ours, _)| ours.clone());
                    let (before, after) = (ours(ear.media()), ours(&media));
                    ear.change(*media, now);
                    // The same key goes on with the same count: to begin again would betray it.
                    if let (true, Some(play)) = (before != after, self.play(id)) {
                        play.push_always(Command::Seal(id, after.map(|ours| Box::new(SoundOut::new(&ours)))));
                    }
                    self.send_as_agreed(id);
                }
            }
            Wish::Press(id, digit) => self.press(id, digit),
            Wish::Remove(id) => self.remove(id),
        }
        self.setting.gauges.granted.fetch_add(1, Relaxed);
    }

    /// The sending thread follows the description and the address at which the caller was found.
    fn send_as_agreed(&self, id: CallId) {
        let sending = self.ears.get(&id.0).and_then(|ear| ear.sending());
        if let (Some(sending), Some(play)) = (sending, self.play(id)) {
            play.push_always(Command::Change(id, sending));
        }
    }

    fn press(&self, id: CallId, digit: Digit) {
        if self.play(id).is_some_and(|play| play.push(Command::Press(id, digit))) {
            self.setting.gauges.keys.fetch_add(1, Relaxed);
        }
    }

    fn remove(&mut self, id: CallId) {
        let now = self.now();
        let Some(mut ear) = self.ears.remove(&id.0) else { return };
        let quality = ear.end(now);
        if let Some(play) = self.play(id) {
            play.push_always(Command::Remove(id, quality));
        }
        self.setting.gauges.calls.fetch_sub(1, Relaxed);
    }

    /// Takes what came to a socket. Tells whether there may be more.
    fn drain(&mut self, socket: usize, bytes: &mut [u8], now: Moment) -> bool {
        let id = CallId(socket as u64 / 2);
        for _ in 0..FAIR {
            let Some(ear) = self.ears.get_mut(&id.0) else { return false };
            let is_rtp = socket.is_multiple_of(2);
            let came = if is_rtp { ear.stream.socket.recv_from(bytes) } else { ear.rtcp.recv_from(bytes) };
            let (length, from) = match came {
                Ok(came) => came,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                // Somebody's word that nobody is there; the silence will tell.
                Err(_) => continue,
            };
            let packet = bytes.get_mut(..length).unwrap_or_default();
            let told = if is_rtp { ear.hears(packet, from, now) } else { ear.reported(packet, from, now) };
            let counter =
                if told.is_strange { &self.setting.gauges.strangers } else { &self.setting.gauges.heard };
            counter.fetch_add(1, Relaxed);
            if told.moved.is_some() {
                self.send_as_agreed(id);
            }
            if let Some(digit) = told.key {
                self.press(id, digit);
            }
            if told.is_goodbye {
                (self.setting.tell)(Event::Goodbye(id));
            }
        }
        true
    }

    /// Sends the reports that are due, and tells of callers of whom nothing is heard, or not from where it should.
    fn look(&mut self, now: Moment) {
        let mut connected = Vec::new();
        let chance = random::<8>().map(u64::from_ne_bytes).unwrap_or_default();
        for (at, ear) in self.ears.values_mut().enumerate() {
            // One draw for all, spread over them.
            let share = chance.rotate_left(at as u32) as f64 / u64::MAX as f64;
            ear.report(now, share);
            match ear.settle(now) {
                Some(Source::Told) => connected.push(ear.id),
                Some(Source::Elsewhere) => (self.setting.tell)(Event::Elsewhere(ear.id)),
                Some(Source::Moves | Source::Unclear) | None => {}
            }
            let silent = self.setting.silent;
            if !silent.is_zero() && !ear.is_told && ear.silence(now) >= silent {
                ear.is_told = true;
                (self.setting.tell)(Event::Silent(ear.id));
            }
        }
        for id in connected {
            self.send_as_agreed(id);
        }
    }
}

fn register(registry: &Registry, ear: &mut Ear) -> io::Result<()> {
    let token = ear.id.0 as usize * 2;
    // The sending thread has the socket too, so it is registered by its number.
    register_shared(registry, &ear.stream.socket, Token(token))?;
    registry.register(&mut ear.rtcp, Token(token + 1), Interest::READABLE)
}

#[cfg(unix)]
fn register_shared(registry: &Registry, socket: &UdpSocket, token: Token) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    registry.register(&mut mio::unix::SourceFd(&socket.as_raw_fd()), token, Interest::READABLE)
}

/// Elsewhere mio wants a socket for itself.
#[cfg(not(unix))]
fn register_shared(_: &Registry, _: &UdpSocket, _: Token) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
