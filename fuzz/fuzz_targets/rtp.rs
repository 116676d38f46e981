//! Reading packets of sound is total, and keeps its counts within their bounds.
#![no_main]

use std::time::Duration;

use dial_sip::dtmf::{Events, Tones};
use dial_sip::rtp::{HEADER_LEN, Latch, Learn, Packet, Reception};
use dial_sip::sdp::Codec;
use dial_sip::time::Moment;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let from = "203.0.113.9:6000".parse().expect("an address");
    let mut latch = Latch::new(from, Learn::Behind(from.ip()), 1);
    let (mut events, mut tones, mut keys) = (Events::default(), Tones::new(Codec::Pcmu), 0);
    let mut reception: Option<Reception> = None;
    let mut packets = 0;
    // The first byte of each piece is its length.
    let mut rest = bytes;
    while let [len, tail @ ..] = rest {
        let (piece, after) = tail.split_at(tail.len().min(usize::from(*len)));
        rest = after;
        packets += 1;
        let now = Moment::after_start(Duration::from_millis(20 * packets));
        let Some(packet) = Packet::parse(piece) else { continue };
        assert!(packet.payload.len() + HEADER_LEN <= piece.len());
        latch.judge(from, packet.header.ssrc, now);
        let heard = reception.get_or_insert_with(|| Reception::new(&packet.header));
        heard.receive(&packet.header, packets as u32 * 160);
        keys += u64::from(events.hear(&packet.header, packet.payload, now).is_some());
        tones.hear(packet.payload, |_| {});
    }
    assert!(keys <= packets);
    if let Some(mut reception) = reception {
        assert!(reception.quality().received <= packets);
        reception.report(7);
    }
});
