//! All callers hear at one socket: each of the line's calls sends from a port of its own, which tells them apart.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use dial_sip::rtp::Packet;

use crate::socket::{Batch, dropped, now, open};

/// How often the socket is read: the kernel has noted when packets came.
const PAUSE: Duration = Duration::from_millis(4);
/// What came in time is read by then.
const LATE: Duration = Duration::from_millis(60);

/// What a packet sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Silence,
    /// The recording: a tone of eight samples.
    Tone,
    Other,
}

impl Kind {
    fn of(sound: &[u8]) -> Self {
        let same = |apart: usize| sound.iter().zip(sound.iter().skip(apart)).filter(|(a, b)| a == b).count();
        match sound.len() {
            len if same(1) + 1 >= len => Self::Silence,
            len if same(8) + 8 >= len * 3 / 4 => Self::Tone,
            _ => Self::Other,
        }
    }
}

/// A packet of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// The line's port of the call.
    pub(crate) port: u16,
    pub(crate) kind: Kind,
    pub(crate) timestamp: u32,
    pub(crate) at: i64,
}

/// Hears until it is dropped.
pub(crate) struct Ear {
    heard: Arc<Heard>,
    thread: Option<JoinHandle<()>>,
}

struct Heard {
    socket: UdpSocket,
    /// When the first packet came from each port of the line; 0 if none has.
    first: Vec<AtomicI64>,
    kept: Mutex<Vec<Arrival>>,
    /// Between these moments everything is kept.
    from: AtomicI64,
    until: AtomicI64,
    stop: AtomicBool,
}

impl Ear {
    pub(crate) fn open() -> Self {
        let heard = Arc::new(Heard {
            socket: open(Ipv4Addr::LOCALHOST),
            first: (0..=u16::MAX).map(|_| AtomicI64::new(0)).collect(),
            kept: Mutex::default(),
            from: AtomicI64::new(i64::MAX),
            until: AtomicI64::new(i64::MAX),
            stop: AtomicBool::new(false),
        });
        let hears = Arc::clone(&heard);
        Self { heard, thread: Some(std::thread::spawn(move || hears.run())) }
    }

    pub(crate) fn socket(&self) -> &UdpSocket {
        &self.heard.socket
    }

    pub(crate) fn port(&self) -> u16 {
        self.socket().local_addr().unwrap().port()
    }

    /// From now on another call has this port of the line.
    pub(crate) fn begins(&self, port: u16) {
        self.heard.first[usize::from(port)].store(0, Relaxed);
    }

    /// When the first packet of the call came.
    pub(crate) fn first(&self, port: u16) -> Option<i64> {
        Some(self.heard.first[usize::from(port)].load(Relaxed)).filter(|at| *at > 0)
    }

    /// Packets for which we had no room: what is missing may be our own fault.
    pub(crate) fn dropped(&self) -> u64 {
        dropped(self.socket())
    }

    /// From now on everything is kept.
    pub(crate) fn keep(&self, room: usize) {
        *self.heard.kept.lock().unwrap() = Vec::with_capacity(room);
        self.heard.until.store(i64::MAX, Relaxed);
        self.heard.from.store(now(), Relaxed);
    }

    /// What came since [`keep`](Self::keep), and in how many seconds.
    pub(crate) fn kept(&self) -> (Vec<Arrival>, f64) {
        let until = now();
        self.heard.until.store(until, Relaxed);
        std::thread::sleep(LATE);
        let from = self.heard.from.swap(i64::MAX, Relaxed);
        (std::mem::take(&mut *self.heard.kept.lock().unwrap()), (until - from) as f64 / 1e9)
    }

    /// What has come so far.
    pub(crate) fn so_far(&self) -> Vec<Arrival> {
        std::mem::take(&mut *self.heard.kept.lock().unwrap())
    }
}

impl Heard {
    fn run(&self) {
        let mut batch = Batch::new();
        while !self.stop.load(Relaxed) {
            let (from, until) = (self.from.load(Relaxed), self.until.load(Relaxed));
            let mut kept = self.kept.lock().unwrap();
            let has_more = batch.read(&self.socket, |bytes, sender, at| {
                let Some(packet) = Packet::parse(bytes) else { return };
                let port = sender.port();
                let first = &self.first[usize::from(port)];
                if first.load(Relaxed) == 0 {
                    first.store(at, Relaxed);
                }
                if (from..until).contains(&at) {
                    let (kind, timestamp) = (Kind::of(packet.payload), packet.header.timestamp);
                    kept.push(Arrival { port, kind, timestamp, at });
                }
            });
            drop(kept);
            if !has_more {
                std::thread::sleep(PAUSE);
            }
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.heard.stop.store(true, Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
