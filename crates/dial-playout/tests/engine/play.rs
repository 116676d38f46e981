//! What goes out.

use std::time::Duration;

use dial_audio::alaw;
use dial_playout::{Event, Refused, Settings};
use dial_sip::rtp::Learn;
use dial_sip::sdp::{Codec, Direction, Media};

use crate::bench::{Bench, Heard, sample, until};

/// Hears a call of so many frames to its end, and compares it byte by byte.
fn whole(bench: &mut Bench, media: &Media, frames: u32) {
    bench.add(media, frames, Learn::Never);
    let length = media.ptime_ms as usize * 8;
    let packets = (frames as usize * 160).div_ceil(length);
    let mut heard = Vec::new();
    let mut last = None;
    for n in 0..packets {
        bench.pass(if n == 0 { 20 } else { media.ptime_ms.into() });
        let (header, payload) = bench.packet();
        assert_eq!((payload.len(), header.payload_type), (length, media.payload_type));
        assert_eq!(header.marker, n == 0);
        if let Some((sequence, timestamp)) = last {
            assert_eq!(header.sequence.wrapping_sub(sequence), 1);
            assert_eq!(header.timestamp.wrapping_sub(timestamp), length as u32);
        }
        last = Some((header.sequence, header.timestamp));
        heard.extend(payload);
    }
    let expected = (0..frames).flat_map(|frame| (0..160).map(move |at| sample(frame, at)));
    let expected: Vec<_> = match media.codec {
        Codec::Pcmu => expected.collect(),
        Codec::Pcma => expected.map(|byte| alaw::FROM_MULAW[usize::from(byte)]).collect(),
    };
    assert!(heard.starts_with(&expected), "{} ms", media.ptime_ms);
    bench.pass(100);
    assert!(matches!(bench.event(), Event::Over(_)));
    assert!(bench.is_quiet());
}

#[test]
fn every_sample_arrives_in_its_place_in_packets_of_any_length() {
    for (ptime_ms, port) in [(20, 41_000), (10, 41_010), (30, 41_020), (40, 41_030), (60, 41_040)] {
        let mut bench = Bench::new(port..=port + 3);
        let media = Media { ptime_ms, ..bench.media() };
        whole(&mut bench, &media, 30);
    }
}

#[test]
fn a_caller_in_europe_hears_a_law_and_one_on_ipv6_the_same() {
    let mut bench = Bench::on("::1", 41_100..=41_103, |_| {});
    let media = Media { codec: Codec::Pcma, payload_type: 8, ..bench.media() };
    whole(&mut bench, &media, 10);
}

#[test]
fn on_hold_nothing_is_sent_and_nothing_is_missed() {
    let mut bench = Bench::new(41_200..=41_203);
    let media = bench.media();
    let call = bench.add(&media, 100, Learn::Never);
    bench.pass(20);
    let (first, payload) = bench.packet();
    assert_eq!(payload[0], sample(0, 0));
    bench.engine.change(call, &Media { direction: Direction::Inactive, ..media.clone() });
    until(|| bench.engine.load().granted == 2);
    bench.pass(2_000);
    assert!(bench.is_quiet());
    bench.engine.change(call, &media);
    until(|| bench.engine.load().granted == 3);
    bench.pass(40);
    let (header, payload) = bench.packet();
    assert!(header.marker);
    assert_eq!(header.sequence.wrapping_sub(first.sequence), 1);
    assert!(header.timestamp.wrapping_sub(first.timestamp) >= 1_900 * 8, "time went on");
    assert_eq!(payload[0], sample(1, 0));
}

#[test]
fn sound_follows_the_caller_to_another_address() {
    let mut bench = Bench::new(41_300..=41_303);
    let media = bench.media();
    let call = bench.add(&media, 100, Learn::Never);
    bench.pass(20);
    bench.packet();
    let other = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    other.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    bench.engine.change(call, &Media { remote: other.local_addr().unwrap(), ..media });
    until(|| bench.engine.load().granted == 2);
    bench.pass(200);
    assert!(other.recv(&mut [0; 2_048]).is_ok());
}

#[test]
fn a_call_that_is_removed_is_told_so_once_and_its_ports_are_free_again() {
    let mut bench = Bench::on("127.0.0.1", 41_400..=41_401, |_| {});
    let media = bench.media();
    let call = bench.add(&media, 100, Learn::Never);
    assert_eq!(bench.engine.open(media.remote.ip()).err(), Some(Refused::Full(1)));
    bench.pass(60);
    bench.engine.remove(call);
    until(|| bench.engine.load().calls == 0);
    bench.pass(20);
    assert!(matches!(bench.heard(), Heard::End(quality) if quality.sent == 3 || quality.sent == 4));
    until(|| bench.engine.open(media.remote.ip()).is_ok());
}

#[test]
fn more_calls_than_may_be_are_refused() {
    let full = |settings: &mut Settings| settings.max_calls = 2;
    let mut bench = Bench::on("127.0.0.1", 41_500..=41_519, full);
    let media = bench.media();
    bench.add(&media, 10, Learn::Never);
    bench.add(&media, 10, Learn::Never);
    assert_eq!(bench.engine.open(media.remote.ip()).err(), Some(Refused::Full(2)));
}

#[test]
fn a_packet_time_that_nobody_can_serve_is_refused() {
    let bench = Bench::new(41_600..=41_603);
    let media = Media { ptime_ms: 25, ..bench.media() };
    let ports = bench.engine.open(media.remote.ip()).unwrap();
    let (told, _) = std::sync::mpsc::channel();
    let call = Box::new(crate::bench::Counting { frames: 0, left: 1, told });
    assert_eq!(bench.engine.add(ports, &media, Learn::Never, call).err(), Some(Refused::NotServed));
}

#[test]
fn when_the_engine_stops_every_call_hears_it() {
    let mut bench = Bench::new(41_700..=41_719);
    let media = bench.media();
    for _ in 0..5 {
        bench.add(&media, 1_000, Learn::Never);
    }
    bench.pass(40);
    bench.clock.give(Duration::MAX);
    bench.engine.stop();
    assert_eq!(bench.told.try_iter().count(), 5);
}
