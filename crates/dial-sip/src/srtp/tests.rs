//! Whole packets: those of the test of libsrtp, and what must be refused.

use super::*;
use crate::rtp::Header;
use crate::sdp::{Keying, Suite};

pub(super) fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|place| u8::from_str_radix(&text[place * 2..][..2], 16).unwrap()).collect()
}

fn keying(suite: Suite) -> Keying {
    let master = hex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");
    Keying { tag: 1, suite, master: master.try_into().unwrap() }
}

fn packet(ssrc: u32, sequence: u16) -> Vec<u8> {
    let header = Header { marker: false, payload_type: 0, sequence, timestamp: 0, ssrc };
    [&header.to_bytes()[..], &[0x5a; 160]].concat()
}

fn sealed(out: &mut SoundOut, packet: &[u8]) -> Vec<u8> {
    let mut buffer = [packet, &[0; MAX_GROWTH]].concat();
    let len = out.seal(&mut buffer, packet.len()).unwrap();
    buffer.truncate(len);
    buffer
}

#[test]
fn sound_is_sealed_and_opened_as_libsrtp_does() {
    let keying = keying(Suite::Sha1_80);
    let plain = [hex("800f1234decafbadcafebabe"), vec![0xab; 16]].concat();
    let theirs = hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
    assert_eq!(sealed(&mut SoundOut::new(&keying), &plain), theirs);
    let mut bytes = theirs;
    let len = SoundIn::new(&keying).open(&mut bytes).unwrap();
    assert_eq!(bytes[..len], plain);
}

#[test]
fn reports_are_sealed_and_opened_as_libsrtp_does() {
    let plain = [hex("81c8000bcafebabe"), vec![0xab; 16]].concat();
    let theirs = hex("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798");
    // RFC 4568 section 6.2.2: the short seal is for sound only.
    for suite in [Suite::Sha1_80, Suite::Sha1_32] {
        let mut out = ReportsOut::new(&keying(suite));
        out.set_next(1);
        let mut buffer = [&plain[..], &[0; MAX_GROWTH]].concat();
        assert_eq!(out.seal(&mut buffer, plain.len()), Some(theirs.len()));
        assert_eq!(buffer, theirs);
        let mut reports = ReportsIn::new(&keying(suite));
        let len = reports.open(&mut buffer).unwrap();
        assert_eq!(buffer[..len], plain);
        assert_eq!(reports.open(&mut theirs.clone()), Err(Refused::Replayed));
    }
}

#[test]
fn a_packet_is_heard_once_and_only_as_it_was_sealed() {
    for suite in [Suite::Sha1_80, Suite::Sha1_32] {
        let (mut out, mut sound) = (SoundOut::new(&keying(suite)), SoundIn::new(&keying(suite)));
        let plain = packet(7, 100);
        let good = sealed(&mut out, &plain);
        for place in 0..good.len() {
            let mut changed = good.clone();
            changed[place] ^= 4;
            let before = changed.clone();
            assert!(sound.open(&mut changed).is_err(), "{place}");
            assert_eq!(changed, before, "{place}");
        }
        for len in 0..good.len() {
            assert!(sound.open(&mut good[..len].to_vec()).is_err(), "{len}");
        }
        let mut bytes = good.clone();
        assert_eq!(sound.open(&mut bytes), Ok(plain.len()));
        assert_eq!(bytes[..plain.len()], plain);
        assert_eq!(sound.open(&mut good.clone()), Err(Refused::Replayed));
    }
}

#[test]
fn sound_goes_on_when_the_numbers_begin_anew_though_packets_are_lost_and_late() {
    let (mut out, mut sound) =
        (SoundOut::new(&keying(Suite::Sha1_80)), SoundIn::new(&keying(Suite::Sha1_80)));
    let mut packets: Vec<_> =
        (0..70_000u32).map(|number| sealed(&mut out, &packet(7, (65_000 + number) as u16))).collect();
    for pair in packets.chunks_mut(2).skip(1) {
        pair.swap(0, 1);
    }
    for (place, bytes) in packets.iter_mut().enumerate().filter(|(place, _)| place % 7 != 3) {
        sound.open(bytes).unwrap_or_else(|refused| panic!("{place}: {refused}"));
    }
}

#[test]
fn no_packet_is_sealed_under_a_number_that_was_used() {
    let mut out = SoundOut::new(&keying(Suite::Sha1_80));
    for (sequence, seals) in [(10, true), (10, false), (9, false), (12, true), (11, false), (13, true)] {
        let mut buffer = [packet(7, sequence), vec![0; MAX_GROWTH]].concat();
        assert_eq!(out.seal(&mut buffer, 172).is_some(), seals, "{sequence}");
    }
    assert_eq!(out.seal(&mut packet(7, 14), 172), None, "no room");
}

#[test]
fn a_source_that_fell_silent_is_not_forgotten() {
    let mut sound = SoundIn::new(&keying(Suite::Sha1_80));
    let first = sealed(&mut SoundOut::new(&keying(Suite::Sha1_80)), &packet(1, 5));
    assert!(sound.open(&mut first.clone()).is_ok());
    for ssrc in 2..=5 {
        let mut other = sealed(&mut SoundOut::new(&keying(Suite::Sha1_80)), &packet(ssrc, 5));
        let expected = if ssrc < 5 { Ok(172) } else { Err(Refused::TooManySources) };
        assert_eq!(sound.open(&mut other), expected, "{ssrc}");
    }
    assert_eq!(sound.open(&mut first.clone()), Err(Refused::Replayed));
}
