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

use crate::load::Gauges;
use crate::{Call, CallId, FRAME, Quality, Tick};

/// Bytes of a millisecond.
const BYTES_PER_MS: usize = 8;
/// The longest packet time, in milliseconds.
const LONGEST_MS: usize = 60;
/// The longest packet, in bytes.
const LONGEST_PACKET: usize = HEADER_LEN + LONGEST_MS * BYTES_PER_MS + MAX_GROWTH;

/// What was agreed on about the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sending {
    pub(crate) remote: SocketAddr,
    codec: Codec,
    payload_type: u8,
    ptime_ms: usize,
    /// Not on hold.
    sends: bool,
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
        })
    }

    /// How often it is looked at, so that every packet goes out in its millisecond.
    const fn step_ms(&self) -> usize {
        if self.ptime_ms.is_multiple_of(20) { 20 } else { 10 }
    }
}

/// What a call has sent, for its reports.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) packets: AtomicU32,
    pub(crate) octets: AtomicU32,
    /// Of the last packet.
    pub(crate) timestamp: AtomicU32,
}

/// One call.
pub(crate) struct Voice {
    id: CallId,
    call: Box<dyn Call>,
    socket: Arc<UdpSocket>,
    sending: Sending,
    /// Where sound is encrypted.
    seal: Option<Box<SoundOut>>,
    sent: Arc<Sent>,
    header: Header,
    /// What sounds next and was not sent yet; the rest of the buffer is old.
    ready: [u8; LONGEST_MS * BYTES_PER_MS + FRAME],
    filled: usize,
    /// Milliseconds since the last packet, or since it would have been.
    since_ms: usize,
    step_ms: usize,
    phase: usize,
    is_over: bool,
}

/// What all calls of a thread share on the way out.
pub(crate) struct Out {
    packet: [u8; LONGEST_PACKET],
    gauges: Arc<Gauges>,
}

impl Out {
    pub(crate) fn new(gauges: Arc<Gauges>) -> Self {
        Self { packet: [0; LONGEST_PACKET], gauges }
    }
}

impl Voice {
    /// A call that begins. Number, sequence and time are chance (RFC 3550, section 5.1).
    pub(crate) fn new(
        id: CallId,
        call: Box<dyn Call>,
        socket: Arc<UdpSocket>,
        sending: Sending,
        seal: Option<Box<SoundOut>>,
        sent: Arc<Sent>,
        [ssrc, timestamp, sequence]: [u32; 3],
    ) -> Self {
        let header = Header { marker: true, payload_type: 0, sequence: sequence as u16, timestamp, ssrc };
        let ready = [0; LONGEST_MS * BYTES_PER_MS + FRAME];
        let step_ms = sending.step_ms();
        // The first packet goes out with the first step.
        let since_ms = sending.ptime_ms - step_ms;
        Self {
            id,
            call,
            socket,
            sending,
            seal,
            sent,
            header,
            ready,
            filled: 0,
            since_ms,
            step_ms,
            phase: 0,
            is_over: false,
        }
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
        // What was asked for in advance is thrown away: with packets of more than 20 ms a little of it was.
        self.filled = 0;
        self.call.press(digit);
    }

    pub(crate) fn end(mut self: Box<Self>, quality: &Quality) {
        let sent = self.sent.packets.load(Relaxed);
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
        if self.fill() {
            self.send(out);
        }
        self.is_over
    }

    /// Bytes of sound in a packet.
    fn length(&self) -> usize {
        self.sending.ptime_ms * BYTES_PER_MS
    }

    /// Whether there is enough for a packet; the last may be filled with silence.
    fn fill(&mut self) -> bool {
        let length = self.length();
        while self.filled < length {
            let frame = self.ready.get_mut(self.filled..).and_then(|rest| rest.first_chunk_mut::<FRAME>());
            let Some(frame) = frame else { break };
            match self.call.tick(frame) {
                Tick::Sounds => self.filled += FRAME,
                Tick::Over => {
                    self.is_over = true;
                    let had = self.filled;
                    if let Some(rest) = self.ready.get_mut(self.filled..length) {
                        rest.fill(SILENCE);
                    }
                    self.filled = length;
                    return had > 0;
                }
            }
        }
        true
    }

    fn send(&mut self, out: &mut Out) {
        let length = self.length();
        self.header.payload_type = self.sending.payload_type;
        let Some((head, rest)) = out.packet.split_first_chunk_mut::<HEADER_LEN>() else { return };
        *head = self.header.to_bytes();
        let (Some(body), Some(sound)) = (rest.get_mut(..length), self.ready.get(..length)) else { return };
        match self.sending.codec {
            Codec::Pcmu => body.copy_from_slice(sound),
            Codec::Pcma => {
                for (to, from) in body.iter_mut().zip(sound) {
                    *to = alaw::FROM_MULAW[usize::from(*from)];
                }
            }
        }
        let plain = Some(HEADER_LEN + length);
        let whole = self.seal.as_mut().map_or(plain, |seal| seal.seal(&mut out.packet, HEADER_LEN + length));
        let packet = whole.and_then(|whole| out.packet.get(..whole)).unwrap_or_default();
        let taken = self.socket.send_to(packet, self.sending.remote).is_ok();
        let counter = if taken { &out.gauges.sent } else { &out.gauges.not_sent };
        counter.fetch_add(1, Relaxed);
        self.sent.packets.fetch_add(1, Relaxed);
        self.sent.octets.fetch_add(length as u32, Relaxed);
        self.sent.timestamp.store(self.header.timestamp, Relaxed);
        self.header.sequence = self.header.sequence.wrapping_add(1);
        self.header.timestamp = self.header.timestamp.wrapping_add(length as u32);
        self.header.marker = false;
        self.ready.copy_within(length..self.filled, 0);
        self.filled -= length;
    }
}

/// Silence in mu-law.
const SILENCE: u8 = 0xff;
