//! One call on its way out: frames of mu-law in, packets of the agreed length and codec out.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use dial_audio::alaw;
use dial_sip::dtmf::Digit;
use dial_sip::rtp::{HEADER_LEN, Header};
use dial_sip::sdp::{Codec, Media};
use dial_sip::srtp::{MAX_GROWTH, SoundOut};
use mio::net::UdpSocket;

use super::Out;
use crate::{Call, CallId, FRAME, Quality, Tick};

/// Bytes of a millisecond.
const BYTES_PER_MS: usize = 8;
/// The longest packet time, in milliseconds.
const LONGEST_MS: usize = 60;
/// What a frame may have more than its packet needs: packet times are multiples of 10 ms, frames of 20.
const HALF: usize = FRAME / 2;
/// The longest packet, in bytes, with what may be asked for in advance or added by a seal.
pub(super) const LONGEST_PACKET: usize = HEADER_LEN + LONGEST_MS * BYTES_PER_MS + HALF + MAX_GROWTH;

/// What was agreed on about the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sending {
    pub(crate) remote: SocketAddr,
    codec: Codec,
    payload_type: u8,
    ptime_ms: usize,
    /// Not on hold.
    sends: bool,
    /// The socket has no other way than to `remote`.
    is_connected: bool,
}

impl Sending {
    /// None if it cannot be served.
    pub(crate) fn of(media: &Media, remote: SocketAddr) -> Option<Self> {
        let ptime_ms = media.ptime_ms as usize;
        let fits =
            ptime_ms.is_multiple_of(10) && (10..=LONGEST_MS).contains(&ptime_ms) && media.payload_type < 128;
        fits.then_some(Self {
            remote,
            codec: media.codec,
            payload_type: media.payload_type,
            ptime_ms,
            sends: media.direction.sends(),
            is_connected: false,
        })
    }

    /// The same, on a socket that has no other way than there, or may have.
    pub(crate) const fn connected(self, is_connected: bool) -> Self {
        Self { is_connected, ..self }
    }

    /// How often it is looked at, so that every packet goes out in its tick.
    const fn step_ms(&self) -> usize {
        if self.ptime_ms.is_multiple_of(20) { 20 } else { 10 }
    }
}

/// The socket of a call, and what was sent on it: together, for each packet needs both.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) socket: UdpSocket,
    pub(crate) packets: AtomicU32,
    pub(crate) octets: AtomicU32,
    /// Of the last packet.
    pub(crate) timestamp: AtomicU32,
}

impl From<UdpSocket> for Stream {
    fn from(socket: UdpSocket) -> Self {
        let [packets, octets, timestamp] = [0; 3].map(AtomicU32::new);
        Self { socket, packets, octets, timestamp }
    }
}

/// One call.
pub(crate) struct Voice {
    id: CallId,
    call: Box<dyn Call>,
    stream: Arc<Stream>,
    sending: Sending,
    /// Where sound is encrypted.
    seal: Option<Box<SoundOut>>,
    header: Header,
    /// Milliseconds since the last packet, or since it would have been.
    since_ms: usize,
    step_ms: usize,
    phase: usize,
    is_over: bool,
    /// The half of a frame that the last packet had no room for, if there is one.
    has_rest: bool,
    rest: [u8; HALF],
}

impl Voice {
    /// A call that begins. Number, sequence and time are chance (RFC 3550, section 5.1).
    pub(crate) fn new(
        id: CallId,
        call: Box<dyn Call>,
        stream: Arc<Stream>,
        sending: Sending,
        seal: Option<Box<SoundOut>>,
        [ssrc, timestamp, sequence]: [u32; 3],
    ) -> Self {
        let header = Header { marker: true, payload_type: 0, sequence: sequence as u16, timestamp, ssrc };
        let step_ms = sending.step_ms();
        // The first packet goes out with the first step.
        let since_ms = sending.ptime_ms - step_ms;
        let (phase, is_over, has_rest, rest) = (0, false, false, [SILENCE; HALF]);
        Self { id, call, stream, sending, seal, header, since_ms, step_ms, phase, is_over, has_rest, rest }
    }

    pub(crate) fn id(&self) -> CallId {
        self.id
    }

    pub(crate) fn phase(&self) -> usize {
        self.phase
    }

    /// It is served in this phase from now on. Tells whether it needs the one 10 ms later too.
    pub(crate) fn begins(&mut self, phase: usize) -> bool {
        self.phase = phase;
        self.step_ms = self.sending.step_ms();
        self.step_ms < 20
    }

    pub(crate) fn change(&mut self, sending: Sending) {
        self.sending = sending;
        self.since_ms %= sending.ptime_ms;
    }

    /// Another key from now on, or none.
    pub(crate) fn seal(&mut self, seal: Option<Box<SoundOut>>) {
        self.seal = seal;
    }

    pub(crate) fn press(&mut self, digit: Digit) {
        // What was asked for in advance is thrown away.
        self.has_rest = false;
        self.call.press(digit);
    }

    pub(crate) fn end(mut self, quality: &Quality) {
        let sent = self.stream.packets.load(Relaxed);
        self.call.hang_up(&Quality { sent, ..*quality });
    }

    /// Time that passed without us.
    pub(crate) fn skip(&mut self, time: Duration) {
        self.header.timestamp =
            self.header.timestamp.wrapping_add(time.as_millis() as u32 * BYTES_PER_MS as u32);
        self.header.marker = true;
    }

    /// One step has passed. Tells, once, when the line has nothing more to say.
    pub(crate) fn step(&mut self, out: &mut Out) -> bool {
        self.since_ms += self.step_ms;
        if !self.sending.sends || self.is_over {
            // Time goes on, the sequence does not (RFC 3550, section 5.1; RFC 3551, section 4.1).
            if self.since_ms >= self.sending.ptime_ms {
                self.since_ms -= self.sending.ptime_ms;
                self.header.timestamp = self.header.timestamp.wrapping_add(self.length() as u32);
                self.header.marker = true;
            }
            return false;
        }
        if self.since_ms < self.sending.ptime_ms {
            return false;
        }
        self.since_ms -= self.sending.ptime_ms;
        if let Some(packet) = out.room()
            && self.fill(&mut packet.bytes)
            && let Some(length) = self.pack(&mut packet.bytes)
        {
            let remote = (!self.sending.is_connected).then(|| self.sending.remote.into());
            out.push(length, &self.stream, remote);
        }
        self.is_over
    }

    /// Bytes of sound in a packet.
    fn length(&self) -> usize {
        self.sending.ptime_ms * BYTES_PER_MS
    }

    /// Writes the sound of a packet; the last may be filled with silence. Tells whether there is any.
    fn fill(&mut self, packet: &mut [u8; LONGEST_PACKET]) -> bool {
        let (length, mut filled) = (self.length(), 0);
        let Some((_, sound)) = packet.split_at_mut_checked(HEADER_LEN) else { return false };
        if std::mem::take(&mut self.has_rest)
            && let Some(first) = sound.first_chunk_mut()
        {
            *first = self.rest;
            filled = HALF;
        }
        while filled < length {
            let frame = sound.get_mut(filled..).and_then(|rest| rest.first_chunk_mut::<FRAME>());
            let Some(frame) = frame else { break };
            match self.call.tick(frame) {
                Tick::Sounds => filled += FRAME,
                Tick::Over => {
                    self.is_over = true;
                    if let Some(rest) = sound.get_mut(filled..length) {
                        rest.fill(SILENCE);
                    }
                    return filled > 0;
                }
            }
        }
        if let Some(rest) = sound.get(length..filled).and_then(|rest| rest.first_chunk()) {
            (self.has_rest, self.rest) = (true, *rest);
        }
        true
    }

    /// Makes a packet of its sound. Tells how long it is; none if it cannot be sealed.
    fn pack(&mut self, packet: &mut [u8; LONGEST_PACKET]) -> Option<usize> {
        let length = self.length();
        self.header.payload_type = self.sending.payload_type;
        let (head, rest) = packet.split_first_chunk_mut::<HEADER_LEN>()?;
        *head = self.header.to_bytes();
        if self.sending.codec == Codec::Pcma {
            for byte in rest.get_mut(..length)? {
                *byte = alaw::FROM_MULAW[usize::from(*byte)];
            }
        }
        self.stream.packets.fetch_add(1, Relaxed);
        self.stream.octets.fetch_add(length as u32, Relaxed);
        self.stream.timestamp.store(self.header.timestamp, Relaxed);
        self.header.sequence = self.header.sequence.wrapping_add(1);
        self.header.timestamp = self.header.timestamp.wrapping_add(length as u32);
        self.header.marker = false;
        let plain = HEADER_LEN + length;
        match &mut self.seal {
            Some(seal) => seal.seal(packet, plain),
            None => Some(plain),
        }
    }
}

/// Silence in mu-law.
const SILENCE: u8 = 0xff;
