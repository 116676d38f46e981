//! The caller's side of one call: whose packets count, which keys they tell, and how well we are heard.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use dial_sip::dtmf::{Digit, Events, Tones};
use dial_sip::rtp::rtcp::{self, ReportBlock, SenderInfo};
use dial_sip::rtp::{Heard, Latch, Learn, Packet, Reception};
use dial_sip::sdp::{Keying, Media};
use dial_sip::srtp::{MAX_GROWTH, ReportsIn, ReportsOut, SoundIn};
use dial_sip::time::Moment;
use mio::net::UdpSocket;

use super::filter;
use crate::play::{Sending, Stream};
use crate::{CallId, Quality};

/// Timestamp units of a millisecond.
const UNITS_PER_MS: u128 = 8;
/// Before the filter throws most away, so many packets of the caller were heard.
const SURE: u32 = 8;
/// So long after a description it is clear where the caller's sound comes from.
const CLEAR: Duration = Duration::from_secs(2);

/// One call.
pub(crate) struct Ear {
    pub(super) id: CallId,
    pub(super) stream: Arc<Stream>,
    pub(super) rtcp: UdpSocket,
    media: Media,
    latch: Latch,
    source: Source,
    described: Moment,
    /// Packets of others since then.
    strangers: u32,
    ssrc: u32,
    events: Events,
    tones: Option<Box<Tones>>,
    /// Where all is encrypted.
    seals: Option<Box<Seals>>,
    /// Everything that the caller sends is heard; else most of it is dropped by the kernel.
    hears_all: bool,
    is_filtered: bool,
    reception: Option<Reception>,
    /// The packets of the caller since the description changed.
    heard: u32,
    quality: Quality,
    pub(super) last_heard: Moment,
    pub(super) is_told: bool,
    next_report: Moment,
    cname: String,
}

/// Our keys and theirs at work, but for that of our own sound.
struct Seals {
    sound: SoundIn,
    heard: ReportsIn,
    told: ReportsOut,
}

impl Seals {
    fn new((ours, theirs): &(Keying, Keying)) -> Box<Self> {
        let (sound, heard) = (SoundIn::new(theirs), ReportsIn::new(theirs));
        Box::new(Self { sound, heard, told: ReportsOut::new(ours) })
    }
}

/// What a packet told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Told {
    pub(super) is_strange: bool,
    /// Sound goes there from now on.
    pub(super) moved: Option<SocketAddr>,
    pub(super) key: Option<Digit>,
    pub(super) is_goodbye: bool,
}

/// Where the caller's sound comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// From where it is heard first: it may move.
    Moves,
    /// That is not clear yet.
    Unclear,
    /// From where it was told to, or from nowhere: the socket is connected.
    Told,
    /// From elsewhere only, so that it counts as a stranger's.
    Elsewhere,
}

/// It is not the caller's.
const STRANGE: Told = Told { is_strange: true, moved: None, key: None, is_goodbye: false };

/// What a call is at its beginning.
pub(crate) struct Begin {
    pub(crate) id: CallId,
    pub(crate) stream: Arc<Stream>,
    pub(crate) rtcp: UdpSocket,
    pub(crate) media: Media,
    pub(crate) learn: Learn,
    pub(crate) ssrc: u32,
    pub(crate) cname: String,
    pub(crate) now: Moment,
}

impl Ear {
    pub(crate) fn new(begin: Begin) -> Self {
        let Begin { id, stream, rtcp, media, learn, ssrc, cname, now } = begin;
        let latch = Latch::new(media.remote, learn, ssrc);
        let mut ear = Self {
            id,
            stream,
            rtcp,
            latch,
            source: if learn == Learn::Never { Source::Unclear } else { Source::Moves },
            described: now,
            strangers: 0,
            ssrc,
            events: Events::default(),
            tones: None,
            seals: media.keys.as_ref().map(Seals::new),
            hears_all: true,
            is_filtered: false,
            reception: None,
            heard: 0,
            quality: Quality::default(),
            last_heard: now,
            is_told: false,
            next_report: now + rtcp::interval(0.5),
            cname,
            media,
        };
        ear.listen();
        ear
    }

    /// What was agreed on is another from now on.
    pub(super) fn change(&mut self, media: Media, now: Moment) {
        self.latch.signal(media.remote);
        if media.keys != self.media.keys {
            self.seals = media.keys.as_ref().map(Seals::new);
        }
        self.media = media;
        (self.last_heard, self.is_told, self.heard) = (now, false, 0);
        (self.described, self.strangers) = (now, 0);
        match self.source {
            Source::Told => self.connect(),
            Source::Elsewhere => self.source = Source::Unclear,
            Source::Moves | Source::Unclear => {}
        }
        if std::mem::take(&mut self.is_filtered) {
            let _ = filter::detach(&self.stream.socket);
        }
        self.listen();
    }

    /// Keys are told as events, or have to be heard as tones.
    fn listen(&mut self) {
        self.hears_all = self.media.telephone_event.is_none();
        self.tones = self.hears_all.then(|| Box::new(Tones::new(self.media.codec)));
    }

    /// How sound goes out; none if it cannot be served.
    pub(super) fn sending(&self) -> Option<Sending> {
        let sending = Sending::of(&self.media, self.latch.remote())?;
        Some(sending.connected(self.source == Source::Told))
    }

    pub(super) fn media(&self) -> &Media {
        &self.media
    }

    /// Looks where the caller's sound comes from, and tells so once it is clear.
    pub(super) fn settle(&mut self, now: Moment) -> Option<Source> {
        if self.source != Source::Unclear || now.since(self.described) < CLEAR {
            return None;
        }
        if self.heard == 0 && self.strangers >= SURE {
            self.source = Source::Elsewhere;
        } else {
            self.connect();
        }
        (self.source != Source::Unclear).then_some(self.source)
    }

    /// From now on the kernel keeps everybody else away, and knows the way there.
    fn connect(&mut self) {
        let remote = self.latch.remote();
        // On an old kind of hold nowhere is told (RFC 3264, section 8.4); it would be ourselves.
        if !remote.ip().is_unspecified() {
            let is_done = self.stream.socket.connect(remote).is_ok();
            self.source = if is_done { Source::Told } else { Source::Unclear };
        }
    }

    /// A packet came to the port of sound.
    pub(super) fn hears(&mut self, bytes: &mut [u8], from: SocketAddr, now: Moment) -> Told {
        if self.media.rtcp_mux && dial_sip::rtp::is_rtcp(bytes) {
            return self.reported(bytes, from, now);
        }
        let opened = match &mut self.seals {
            Some(seals) => seals.sound.open(bytes).ok().and_then(|length| bytes.get(..length)),
            None => Some(&*bytes),
        };
        let Some(packet) = opened.and_then(Packet::parse) else { return STRANGE };
        let moved = match self.latch.judge(from, packet.header.ssrc, now) {
            Heard::Stranger | Heard::Collision => {
                self.strangers = self.strangers.saturating_add(1);
                return STRANGE;
            }
            Heard::Moved => Some(self.latch.remote()),
            Heard::Yes => None,
        };
        (self.last_heard, self.is_told) = (now, false);
        self.heard = self.heard.saturating_add(1);
        self.quality.heard = self.quality.heard.saturating_add(1);
        let key = self.key(&packet, now);
        self.received(&packet, now);
        Told { moved, key, ..Told::default() }
    }

    fn key(&mut self, packet: &Packet, now: Moment) -> Option<Digit> {
        if let Some(event) = self.media.telephone_event {
            let is_event = packet.header.payload_type == event.payload_type;
            return is_event.then(|| self.events.hear(&packet.header, packet.payload, now)).flatten();
        }
        let (mut key, tones) = (None, self.tones.as_mut()?);
        if packet.header.payload_type == self.media.payload_type {
            // A packet is shorter than two keys.
            tones.hear(packet.payload, |digit| key = Some(digit));
        }
        key
    }

    /// Counts what came, and drops the rest in the kernel once the caller is sure.
    fn received(&mut self, packet: &Packet, now: Moment) {
        if !self.hears_all
            && !self.is_filtered
            && self.heard >= SURE
            && let Some(event) = self.media.telephone_event
        {
            self.is_filtered = filter::attach(&self.stream.socket, event.payload_type).is_ok();
            self.reception = None;
        }
        // Of a sample nobody can say what was lost.
        if !self.is_filtered {
            let units = (now.since(Moment::default()).as_millis() * UNITS_PER_MS) as u32;
            let reception = self.reception.get_or_insert_with(|| Reception::new(&packet.header));
            reception.receive(&packet.header, units);
        }
    }

    /// A report came, from the caller's machine or it is a stranger's.
    pub(super) fn reported(&mut self, bytes: &mut [u8], from: SocketAddr, now: Moment) -> Told {
        let known = [self.latch.remote().ip(), self.media.remote_rtcp.ip()];
        let opened = match &mut self.seals {
            Some(seals) => seals.heard.open(bytes).ok().and_then(|length| bytes.get(..length)),
            None => Some(&*bytes),
        };
        let Some(packets) =
            opened.and_then(rtcp::parse).filter(|_| known.contains(&from.ip().to_canonical()))
        else {
            return STRANGE;
        };
        (self.last_heard, self.is_told) = (now, false);
        let mut told = Told::default();
        for packet in packets {
            match packet {
                rtcp::Packet::SenderReport { info, blocks, .. } => {
                    if let Some(reception) = &mut self.reception {
                        reception.reported(info.ntp, middle(ntp(now)));
                    }
                    self.heard_by_them(&blocks, now);
                }
                rtcp::Packet::ReceiverReport { blocks, .. } => self.heard_by_them(&blocks, now),
                rtcp::Packet::Goodbye { .. } => told.is_goodbye = true,
                rtcp::Packet::Other(_) => {}
            }
        }
        told
    }

    fn heard_by_them(&mut self, blocks: &[ReportBlock], now: Moment) {
        let Some(block) = blocks.iter().find(|block| block.ssrc == self.ssrc) else { return };
        self.quality.lost = Some(block.lost);
        self.quality.jitter_ms = Some((u128::from(block.jitter) / UNITS_PER_MS) as u32);
        self.quality.round_trip = rtcp::round_trip(block, middle(ntp(now))).or(self.quality.round_trip);
    }

    /// Sends a report if one is due; `share` is chance from 0 to 1.
    pub(super) fn report(&mut self, now: Moment, share: f64) {
        if now >= self.next_report {
            self.next_report = now + rtcp::interval(share);
            self.send_report(now, None);
        }
    }

    /// Says goodbye, and tells how the call went.
    pub(super) fn end(&mut self, now: Moment) -> Quality {
        self.send_report(now, Some("The call is over"));
        Quality { sent: self.stream.packets.load(Relaxed), ..self.quality }
    }

    fn send_report(&mut self, now: Moment, goodbye: Option<&str>) {
        let packets = self.stream.packets.load(Relaxed);
        let sender = (packets > 0).then(|| SenderInfo {
            ntp: ntp(now),
            timestamp: self.stream.timestamp.load(Relaxed),
            packets,
            octets: self.stream.octets.load(Relaxed),
        });
        let block = self.reception.as_mut().map(|reception| reception.report(middle(ntp(now))));
        let mut bytes = rtcp::write(self.ssrc, sender, block.as_slice(), &self.cname, goodbye);
        if let Some(seals) = &mut self.seals {
            let length = bytes.len();
            bytes.resize(length + MAX_GROWTH, 0);
            let Some(sealed) = seals.told.seal(&mut bytes, length) else { return };
            bytes.truncate(sealed);
        }
        let mux = self.media.rtcp_mux;
        let (socket, to) = if mux {
            (&self.stream.socket, self.latch.remote())
        } else {
            (&self.rtcp, self.media.remote_rtcp)
        };
        let _ = socket.send_to(&bytes, to);
    }

    /// For how long nothing was heard, where something should be.
    pub(super) fn silence(&self, now: Moment) -> Duration {
        if self.media.direction == dial_sip::sdp::Direction::Both {
            now.since(self.last_heard)
        } else {
            Duration::ZERO
        }
    }
}

/// Time as reports tell it. Nobody compares it with the time of day; both sides measure with it.
fn ntp(now: Moment) -> u64 {
    let since = now.since(Moment::default());
    (since.as_secs() << 32) | ((u64::from(since.subsec_nanos()) << 32) / 1_000_000_000)
}

/// The middle of a time, as blocks tell it.
const fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}
