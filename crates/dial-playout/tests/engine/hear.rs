//! What is heard of callers.

use std::net::UdpSocket;
use std::time::Duration;

use dial_playout::Event;
use dial_sip::rtp::Learn;
use dial_sip::rtp::rtcp::{self, Packet as Report, ReportBlock, SenderInfo};
use dial_sip::sdp::{Keying, Media, Suite};
use dial_sip::srtp::{ReportsIn, SoundIn, SoundOut};

use crate::bench::{Bench, Heard, event, header, sample, until};

#[test]
fn a_key_counts_once_however_often_it_is_told_and_acts_with_the_next_packet() {
    let mut bench = Bench::new(42_000..=42_003);
    let media = bench.media();
    bench.add(&media, 1_000, Learn::Never);
    bench.pass(200);
    for (n, (duration, is_end)) in
        [(160, false), (320, false), (480, true), (480, true), (480, true)].iter().enumerate()
    {
        bench.send(header(101, n as u16, 5_000, n == 0), &event(5, *duration, *is_end));
    }
    bench.keys(1);
    // The end of the next key is lost.
    bench.send(header(101, 9, 9_000, true), &event(11, 160, false));
    bench.keys(2);
    until(|| bench.engine.load().heard >= 6);
    while !bench.is_quiet() {}
    bench.pass(20);
    assert_eq!((bench.heard(), bench.heard()), (Heard::Key('5'), Heard::Key('#')));
    assert_eq!(bench.packet().1[0], sample(0, 0), "the sound is what the key asked for");
    assert_eq!(bench.engine.load().keys, 2);
}

#[test]
fn where_no_events_were_agreed_on_tones_are_heard() {
    let mut bench = Bench::new(42_100..=42_103);
    let media = Media { telephone_event: None, ..bench.media() };
    bench.add(&media, 1_000, Learn::Never);
    let tone = |at: usize| {
        let wave = |hertz: f32| (at as f32 * hertz * std::f32::consts::TAU / 8_000.0).sin() * 0.25;
        dial_audio::g711::encode_f32(wave(770.0) + wave(1_336.0))
    };
    for n in 0..10_usize {
        let sound: Vec<u8> = (n * 160..(n + 1) * 160).map(|at| if n < 6 { tone(at) } else { 0xff }).collect();
        bench.send(header(0, n as u16, n as u32 * 160, n == 0), &sound);
    }
    bench.keys(1);
    bench.pass(20);
    assert_eq!(bench.heard(), Heard::Key('5'));
}

#[test]
fn a_stranger_is_neither_heard_nor_sent_to() {
    let mut bench = Bench::new(42_200..=42_203);
    let media = bench.media();
    bench.add(&media, 1_000, Learn::Never);
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let packet = [&header(101, 1, 1, true).to_bytes()[..], &event(7, 160, false)].concat();
    for _ in 0..10 {
        stranger.send_to(&packet, bench.ours.unwrap()).unwrap();
    }
    until(|| bench.engine.load().strangers == 10);
    bench.pass(100);
    stranger.set_nonblocking(true).unwrap();
    assert!(stranger.recv(&mut [0; 100]).is_err());
    assert_eq!(bench.engine.load().keys, 0);
    assert!(!bench.is_quiet());
}

#[test]
fn a_caller_behind_a_router_is_found_where_its_sound_comes_from() {
    let mut bench = Bench::new(42_300..=42_303);
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    let media = Media { remote: nobody.local_addr().unwrap(), ..bench.media() };
    bench.add(&media, 1_000, Learn::Behind("127.0.0.1".parse().unwrap()));
    // The packet by which it is found is a key already.
    bench.send(header(101, 1, 160, true), &event(3, 160, false));
    bench.keys(1);
    bench.pass(40);
    assert_eq!(bench.heard(), Heard::Key('3'));
    assert!(!bench.is_quiet());
}

#[test]
fn sound_of_the_caller_is_dropped_unheard_and_keys_are_not() {
    let mut bench = Bench::new(42_400..=42_403);
    let media = bench.media();
    bench.add(&media, 1_000, Learn::Never);
    for n in 0..8 {
        bench.send(header(0, n, u32::from(n) * 160, n == 0), &[0xff; 160]);
    }
    until(|| bench.engine.load().heard == 8);
    for n in 8..2_008 {
        bench.send(header(0, n, u32::from(n) * 160, false), &[0xff; 160]);
    }
    bench.send(header(101, 2_008, 2_008 * 160, true), &event(1, 160, false));
    bench.keys(1);
    #[cfg(target_os = "linux")]
    assert!(bench.engine.load().heard < 200, "{}", bench.engine.load().heard);
}

#[test]
fn reports_tell_what_was_sent_and_what_the_caller_says_is_kept() {
    let mut bench = Bench::new(42_500..=42_503);
    let media = bench.media();
    let call = bench.add(&media, 10_000, Learn::Never);
    bench.pass(20);
    let (first, _) = bench.packet();
    bench.pass(10_000);
    until(|| {
        bench.rtcp.set_nonblocking(true).unwrap();
        bench.rtcp.peek(&mut [0; 1]).is_ok()
    });
    bench.rtcp.set_nonblocking(false).unwrap();
    let mut bytes = [0; 2_048];
    let (length, ours) = bench.rtcp.recv_from(&mut bytes).unwrap();
    let reports = rtcp::parse(&bytes[..length]).unwrap();
    let Report::SenderReport { ssrc, info: SenderInfo { packets, octets, ntp, .. }, .. } = &reports[0] else {
        panic!("{reports:?}")
    };
    assert!(*ssrc == first.ssrc && *packets >= 1 && *octets == packets * 160);
    let block = ReportBlock {
        ssrc: *ssrc,
        lost: 3,
        jitter: 80,
        last_report: (ntp >> 16) as u32,
        ..ReportBlock::default()
    };
    let answer = rtcp::write(77, None, &[block], "caller", None);
    bench.rtcp.send_to(&answer, ours).unwrap();
    until(|| bench.engine.load().heard == 1);
    bench.engine.remove(call);
    until(|| bench.engine.load().calls == 0);
    bench.pass(20);
    let Heard::End(quality) = bench.heard() else { panic!("no end") };
    assert_eq!((quality.lost, quality.jitter_ms), (Some(3), Some(10)));
    assert!(quality.round_trip.is_some());
    let goodbye = std::iter::repeat_with(|| {
        let length = bench.rtcp.recv(&mut bytes).unwrap();
        rtcp::parse(&bytes[..length]).unwrap()
    });
    let mut goodbye = goodbye.take(10);
    assert!(goodbye.any(|reports| reports.iter().any(|report| matches!(report, Report::Goodbye { .. }))));
}

#[test]
fn reports_that_share_the_port_of_sound_are_heard_behind_the_filter_too() {
    for (port, learn) in [(43_900, Learn::Never), (43_910, Learn::Behind("127.0.0.1".parse().unwrap()))] {
        let mut bench = Bench::new(port..=port + 3);
        let media = Media { rtcp_mux: true, ..bench.media() };
        let call = bench.add(&media, 10_000, learn);
        bench.pass(20);
        let (first, _) = bench.packet();
        for n in 0..20 {
            bench.send(header(0, n, 160 * u32::from(n), n == 0), &[0xff; 160]);
        }
        until(|| bench.engine.load().heard >= 8);
        bench.pass(3_000);
        let heard = bench.engine.load().heard;
        let block = ReportBlock { ssrc: first.ssrc, lost: 3, ..ReportBlock::default() };
        let report = rtcp::write(77, None, &[block], "caller", None);
        bench.rtp.send_to(&report, bench.ours.unwrap()).unwrap();
        until(|| bench.engine.load().heard > heard);
        bench.engine.remove(call);
        until(|| bench.engine.load().calls == 0);
        bench.pass(20);
        let Heard::End(quality) = bench.heard() else { panic!("no end") };
        assert_eq!(quality.lost, Some(3));
    }
}

#[test]
fn a_caller_of_whom_nothing_is_heard_is_told_once() {
    let mut bench =
        Bench::on("127.0.0.1", 42_600..=42_603, |settings| settings.silent = Duration::from_secs(30));
    let media = bench.media();
    let call = bench.add(&media, 10_000, Learn::Never);
    bench.pass(20);
    bench.send(header(0, 1, 160, true), &[0xff; 160]);
    until(|| bench.engine.load().heard == 1);
    bench.pass(31_000);
    assert_eq!(bench.event(), Event::Silent(call));
    bench.pass(60_000);
    assert!(bench.events.try_recv().is_err());
}

#[test]
fn who_sends_from_elsewhere_only_is_told_of_once_and_still_not_heard() {
    let mut bench = Bench::new(42_800..=42_803);
    let media = bench.media();
    let call = bench.add(&media, 10_000, Learn::Never);
    let elsewhere = UdpSocket::bind("127.0.0.1:0").unwrap();
    for n in 0..10 {
        let bytes = [&header(101, n, 160, n == 0).to_bytes()[..], &event(5, 160, true)].concat();
        elsewhere.send_to(&bytes, bench.ours.unwrap()).unwrap();
    }
    until(|| bench.engine.load().strangers == 10);
    bench.pass(2_500);
    assert_eq!(bench.event(), Event::Elsewhere(call));
    bench.pass(10_000);
    assert!(bench.events.try_recv().is_err());
    assert_eq!(bench.engine.load().keys, 0);
}

#[test]
fn once_a_caller_is_known_the_kernel_keeps_strangers_away_until_the_caller_moves() {
    let mut bench = Bench::new(42_900..=42_903);
    let media = bench.media();
    let call = bench.add(&media, 10_000, Learn::Never);
    bench.send(header(0, 1, 160, true), &[0xff; 160]);
    until(|| bench.engine.load().heard == 1);
    bench.pass(2_500);
    let other = UdpSocket::bind("127.0.0.1:0").unwrap();
    other.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let press = |code| [&header(101, 5, 160, true).to_bytes()[..], &event(code, 160, true)].concat();
    // Nobody is there for others, their own machine is told.
    other.connect(bench.ours.unwrap()).unwrap();
    until(|| other.send(&press(1)).is_err());
    let hears = |heard| {
        bench.send(header(0, heard as u16, 160, true), &[0xff; 160]);
        until(|| bench.engine.load().heard == heard);
        bench.engine.load().strangers
    };
    let strangers = hears(2);
    for _ in 0..5 {
        let _ = other.send(&press(1));
    }
    assert_eq!(hears(3), strangers);

    bench.engine.change(call, &Media { remote: other.local_addr().unwrap(), ..media });
    until(|| bench.engine.load().granted == 2);
    bench.pass(200);
    until(|| other.recv(&mut [0; 2_048]).is_ok());
    until(|| other.send(&press(7)).is_ok());
    bench.keys(1);
    bench.pass(20);
    assert_eq!(bench.heard(), Heard::Key('7'));
}

#[test]
fn sound_and_keys_are_sealed_where_keys_were_agreed_on() {
    let mut bench = Bench::new(42_700..=42_703);
    let key = |master: u8| Keying { tag: 1, suite: Suite::Sha1_80, master: [master; 30] };
    let media = Media { keys: Some((key(1), key(2))), ..bench.media() };
    let call = bench.add(&media, 1_000, Learn::Never);
    bench.pass(20);
    let mut bytes = [0; 2_048];
    let length = bench.rtp.recv(&mut bytes).unwrap();
    assert_eq!(length, 12 + 160 + 10);
    let plain = SoundIn::new(&key(1)).open(&mut bytes[..length]).unwrap();
    assert!(bytes[12..plain].iter().enumerate().all(|(at, byte)| *byte == sample(0, at)));

    // What is not sealed, or with another key, is a stranger's.
    bench.send(header(101, 1, 160, true), &event(9, 160, false));
    let sealed = |key: &Keying, sequence: u16| {
        let mut packet =
            [&header(101, sequence, 160, true).to_bytes()[..], &event(5, 160, false), &[0; 16]].concat();
        let length = SoundOut::new(key).seal(&mut packet, 16).unwrap();
        packet.truncate(length);
        bench.rtp.send_to(&packet, bench.ours.unwrap()).unwrap();
    };
    sealed(&key(3), 2);
    until(|| bench.engine.load().strangers == 2);
    sealed(&key(2), 3);
    bench.keys(1);
    bench.pass(20);
    assert_eq!(bench.heard(), Heard::Key('5'));

    bench.engine.remove(call);
    let length = bench.rtcp.recv(&mut bytes).unwrap();
    assert!(rtcp::parse(&bytes[..length]).is_none());
    let plain = ReportsIn::new(&key(1)).open(&mut bytes[..length]).unwrap();
    assert!(rtcp::parse(&bytes[..plain]).is_some());
}
