//! An engine whose time is given to it, and a caller on real sockets.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use dial_playout::{Call, CallId, Engine, Event, FRAME, GivenClock, Priority, Quality, Settings, Tick};
use dial_sip::dtmf::Digit;
use dial_sip::rtp::{HEADER_LEN, Header, Learn, Packet};
use dial_sip::sdp::{Codec, Direction, Media, TelephoneEvent};

/// Nothing that is waited for takes longer, be the machine ever so busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a call was told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Key(char),
    End(Quality),
}

/// Counts: each frame has a value of its own, so that every sample tells where it is from.
pub(crate) struct Counting {
    pub(crate) frames: u32,
    pub(crate) left: u32,
    pub(crate) told: Sender<Heard>,
}

/// The value of a byte of the sound.
pub(crate) fn sample(frame: u32, at: usize) -> u8 {
    (frame.wrapping_mul(31) as usize + at) as u8
}

impl Call for Counting {
    fn tick(&mut self, frame: &mut [u8; FRAME]) -> Tick {
        if self.left == 0 {
            return Tick::Over;
        }
        for (at, byte) in frame.iter_mut().enumerate() {
            *byte = sample(self.frames, at);
        }
        (self.frames, self.left) = (self.frames + 1, self.left - 1);
        Tick::Sounds
    }

    fn press(&mut self, digit: Digit) {
        // The sound begins anew with each key.
        self.frames = 0;
        let _ = self.told.send(Heard::Key(digit.sign()));
    }

    fn hang_up(&mut self, quality: &Quality) {
        let _ = self.told.send(Heard::End(*quality));
    }
}

/// The engine, and the caller's sockets.
pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<GivenClock>,
    pub(crate) events: Receiver<Event>,
    pub(crate) told: Receiver<Heard>,
    tell: Sender<Heard>,
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
    /// Where we hear; known once a call was added.
    pub(crate) ours: Option<SocketAddr>,
    given: Duration,
}

impl Bench {
    pub(crate) fn new(ports: std::ops::RangeInclusive<u16>) -> Self {
        Self::on("127.0.0.1", ports, |_| {})
    }

    pub(crate) fn on(ip: &str, ports: std::ops::RangeInclusive<u16>, set: impl Fn(&mut Settings)) -> Self {
        let clock = Arc::new(GivenClock::default());
        let (tell_event, events) = channel();
        let mut settings = Settings {
            ports,
            clock: Arc::clone(&clock) as _,
            priority: Priority::Ordinary,
            ..Settings::default()
        };
        set(&mut settings);
        let engine = Engine::start(settings, move |event| {
            let _ = tell_event.send(event);
        });
        let engine = engine.unwrap();
        // It sleeps for a period now: a call that is added begins at the end of that.
        clock.wait();
        let socket = || {
            let socket = UdpSocket::bind((ip.parse::<std::net::IpAddr>().unwrap(), 0)).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            socket
        };
        let (tell, told) = channel();
        Self {
            engine,
            clock,
            events,
            told,
            tell,
            rtp: socket(),
            rtcp: socket(),
            ours: None,
            given: Duration::ZERO,
        }
    }

    /// What is usual: A-law, 20 ms, events of payload type 101.
    pub(crate) fn media(&self) -> Media {
        Media {
            codec: Codec::Pcmu,
            payload_type: 0,
            telephone_event: Some(TelephoneEvent { payload_type: 101, clock: 8_000 }),
            ptime_ms: 20,
            remote: self.rtp.local_addr().unwrap(),
            remote_rtcp: self.rtcp.local_addr().unwrap(),
            rtcp_mux: false,
            direction: Direction::Both,
            keys: None,
        }
    }

    /// Begins a call of so many frames.
    pub(crate) fn add(&mut self, media: &Media, frames: u32, learn: Learn) -> CallId {
        let ports = self.engine.open(media.remote.ip()).unwrap();
        self.ours = Some(ports.rtp());
        let call = Counting { frames: 0, left: frames, told: self.tell.clone() };
        let (granted, id) =
            (self.engine.load().granted, self.engine.add(ports, media, learn, Box::new(call)).unwrap());
        // Time passes only for who is there.
        until(|| self.engine.load().granted > granted);
        id
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, ms: u64) {
        self.given += Duration::from_millis(ms);
        self.clock.give(self.given);
        self.clock.wait();
    }

    /// The next packet of sound.
    pub(crate) fn packet(&self) -> (Header, Vec<u8>) {
        let mut bytes = [0; 2_048];
        let length = self.rtp.recv(&mut bytes).unwrap();
        let packet = Packet::parse(&bytes[..length]).unwrap();
        (packet.header, packet.payload.to_vec())
    }

    /// Whether nothing waits at the caller's socket.
    pub(crate) fn is_quiet(&self) -> bool {
        self.rtp.set_nonblocking(true).unwrap();
        let quiet = self.rtp.recv(&mut [0; 2_048]).is_err();
        self.rtp.set_nonblocking(false).unwrap();
        quiet
    }

    /// The caller sends a packet of sound or of a key.
    pub(crate) fn send(&self, header: Header, payload: &[u8]) {
        let bytes = [&header.to_bytes()[..], payload].concat();
        assert!(bytes.len() >= HEADER_LEN);
        self.rtp.send_to(&bytes, self.ours.unwrap()).unwrap();
    }

    /// Waits until so many keys were heard.
    pub(crate) fn keys(&self, count: u64) {
        until(|| self.engine.load().keys >= count);
    }

    pub(crate) fn heard(&self) -> Heard {
        self.told.recv_timeout(PATIENCE).unwrap()
    }

    pub(crate) fn event(&self) -> Event {
        self.events.recv_timeout(PATIENCE).unwrap()
    }
}

/// Waits for what another thread does.
pub(crate) fn until(is_so: impl Fn() -> bool) {
    let tries = (0..PATIENCE.as_millis()).take_while(|_| {
        let goes_on = !is_so();
        if goes_on {
            std::thread::sleep(Duration::from_millis(1));
        }
        goes_on
    });
    assert!(tries.count() < PATIENCE.as_millis() as usize, "it never came");
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.clock.give(Duration::MAX);
    }
}

/// The header of a caller's packet.
pub(crate) fn header(payload_type: u8, sequence: u16, timestamp: u32, marker: bool) -> Header {
    Header { marker, payload_type, sequence, timestamp, ssrc: 0x1234_5678 }
}

/// A packet of a key (RFC 4733, section 2.3).
pub(crate) fn event(code: u8, duration: u16, is_end: bool) -> [u8; 4] {
    let [high, low] = duration.to_be_bytes();
    [code, if is_end { 0x8a } else { 0x0a }, high, low]
}
