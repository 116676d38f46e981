//! A bad path between a caller and the line: what goes over it is lost, late, and out of order.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a packet is under way; so one overtakes another.
const LATE: std::ops::Range<u64> = 0..60;
/// How often it is looked what is due.
const LOOK: Duration = Duration::from_millis(1);

/// No datagram is longer.
pub(crate) const LONGEST: usize = 65_535;

/// One way there and back, for datagrams.
pub(crate) struct Path {
    /// Where the caller sends to.
    pub(crate) near: SocketAddr,
    /// Where the line sends to.
    pub(crate) far: SocketAddr,
    shared: Arc<Shared>,
    carrying: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    line: Mutex<Option<SocketAddr>>,
    is_over: AtomicBool,
    lost: AtomicU32,
    /// Packets of sound that the line sent, and those of them that were lost.
    sound: AtomicU32,
    sound_lost: AtomicU32,
}

/// A datagram that is under way.
struct Late {
    due: Instant,
    to: SocketAddr,
    over_far: bool,
    bytes: Vec<u8>,
}

impl Path {
    /// A path that loses so many of a hundred, by a chance that the seed brings back.
    pub(crate) fn new(lost: u32, seed: u64) -> Self {
        let [near, far] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        let shared = Arc::new(Shared::default());
        let (places, its) = ([&near, &far].map(|one| one.local_addr().unwrap()), Arc::clone(&shared));
        let chance = fastrand::Rng::with_seed(seed);
        let carrying = std::thread::spawn(move || carry(&near, &far, &its, lost, chance));
        Self { near: places[0], far: places[1], shared, carrying: Some(carrying) }
    }

    /// Where it ends.
    pub(crate) fn leads_to(&self, line: SocketAddr) {
        *self.shared.line.lock().unwrap() = Some(line);
    }

    /// How much was lost on it.
    pub(crate) fn lost(&self) -> u32 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// How many packets of sound the line sent, and how many of them were lost.
    pub(crate) fn sound(&self) -> (u32, u32) {
        (self.shared.sound.load(Ordering::Relaxed), self.shared.sound_lost.load(Ordering::Relaxed))
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        if let Some(carrying) = self.carrying.take() {
            let _ = carrying.join();
        }
    }
}

fn carry(near: &UdpSocket, far: &UdpSocket, shared: &Shared, lost: u32, mut chance: fastrand::Rng) {
    let (mut caller, mut under_way, mut buffer) = (None, Vec::<Late>::new(), vec![0; LONGEST]);
    for socket in [near, far] {
        socket.set_nonblocking(true).unwrap();
    }
    while !shared.is_over.load(Ordering::Relaxed) {
        let now = Instant::now();
        for (socket, over_far) in [(near, true), (far, false)] {
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                if over_far {
                    caller = Some(from);
                }
                let is_lost = chance.u32(..100) < lost;
                let is_sound = !over_far && buffer[0] >> 6 == 2 && !dial_sip::rtp::is_rtcp(&buffer[..length]);
                shared.sound.fetch_add(u32::from(is_sound), Ordering::Relaxed);
                shared.sound_lost.fetch_add(u32::from(is_sound && is_lost), Ordering::Relaxed);
                shared.lost.fetch_add(u32::from(is_lost), Ordering::Relaxed);
                let to = if over_far { *shared.line.lock().unwrap() } else { caller };
                if let (false, Some(to)) = (is_lost, to) {
                    let due = now + Duration::from_millis(chance.u64(LATE));
                    under_way.push(Late { due, to, over_far, bytes: buffer[..length].to_vec() });
                }
            }
        }
        for late in under_way.extract_if(.., |late| late.due <= now) {
            let _ = if late.over_far { far } else { near }.send_to(&late.bytes, late.to);
        }
        std::thread::sleep(LOOK);
    }
}
