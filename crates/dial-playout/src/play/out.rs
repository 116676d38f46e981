//! Packets on their way out: gathered, and handed to the kernel together.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::ring::Ring;
use super::voice::{LONGEST_PACKET, Stream};
use crate::load::Gauges;

/// So many are handed over together. More are hardly cheaper, and their bytes leave the processor's cache.
pub(super) const BATCH: usize = 32;

/// A packet that waits to go out, or room for one.
pub(crate) struct Packet {
    pub(super) bytes: [u8; LONGEST_PACKET],
    length: usize,
    /// Whose it is; it stays open until the packet is out.
    stream: Option<Arc<Stream>>,
    /// Where it goes; none: where the socket is connected to.
    remote: Option<socket2::SockAddr>,
}

impl Packet {
    const fn empty() -> Self {
        Self { bytes: [0; LONGEST_PACKET], length: 0, stream: None, remote: None }
    }

    /// What is sent.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    pub(super) fn stream(&self) -> Option<&Stream> {
        self.stream.as_deref()
    }

    #[cfg(target_os = "linux")]
    pub(super) const fn remote(&self) -> Option<&socket2::SockAddr> {
        self.remote.as_ref()
    }

    /// Hands it to the kernel alone.
    pub(super) fn send(&self) -> io::Result<()> {
        let stream = self.stream().ok_or(io::ErrorKind::NotConnected)?;
        let socket = socket2::SockRef::from(&stream.socket);
        match &self.remote {
            Some(remote) => socket.send_to(self.bytes(), remote),
            // Instead of taking a packet, the first may tell what became of an earlier one.
            None => socket.send(self.bytes()).or_else(|_| socket.send(self.bytes())),
        }
        .map(drop)
    }
}

/// What all calls of a thread share on the way out.
pub(crate) struct Out {
    packets: Vec<Packet>,
    waiting: usize,
    /// Where the kernel takes many packets of many sockets at once.
    ring: Option<Ring>,
    gauges: Arc<Gauges>,
}

impl Out {
    /// To be made on the thread that sends.
    pub(crate) fn new(gauges: Arc<Gauges>) -> Self {
        let packets = std::iter::repeat_with(Packet::empty).take(BATCH).collect();
        Self { packets, waiting: 0, ring: Ring::new().ok(), gauges }
    }

    /// Room for the next packet.
    pub(super) fn room(&mut self) -> Option<&mut Packet> {
        self.packets.get_mut(self.waiting)
    }

    /// The packet in that room is to go out.
    pub(super) fn push(&mut self, length: usize, stream: &Arc<Stream>, remote: Option<socket2::SockAddr>) {
        let Some(packet) = self.packets.get_mut(self.waiting) else { return };
        packet.length = length;
        packet.stream = Some(Arc::clone(stream));
        packet.remote = remote;
        self.waiting += 1;
        if self.waiting == BATCH {
            self.flush();
        }
    }

    /// All that waits goes out.
    pub(super) fn flush(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let packets = self.packets.get(..waiting).unwrap_or_default();
        if packets.is_empty() {
            return;
        }
        let taken = match self.ring.as_mut().map(|ring| ring.send(packets)) {
            Some(Ok(taken)) => taken,
            Some(Err(_)) => {
                // The kernel may still look at them: they are left to it, once and for all.
                self.ring = None;
                let fresh = std::iter::repeat_with(Packet::empty).take(BATCH).collect();
                std::mem::forget(std::mem::replace(&mut self.packets, fresh));
                0
            }
            None => packets.iter().filter(|packet| packet.send().is_ok()).count(),
        };
        self.gauges.sent.fetch_add(taken as u64, Relaxed);
        self.gauges.not_sent.fetch_add((waiting - taken) as u64, Relaxed);
        for packet in self.packets.iter_mut().take(waiting) {
            packet.stream = None;
        }
    }
}
