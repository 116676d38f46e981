//! Reading reports is total, and what we write can be read.
#![no_main]

use dial_sip::rtp::rtcp::{Packet, parse, round_trip, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(packets) = parse(bytes) else { return };
    assert!(matches!(packets.first(), Some(Packet::SenderReport { .. } | Packet::ReceiverReport { .. })));
    for packet in packets {
        let (ssrc, info, blocks) = match packet {
            Packet::SenderReport { ssrc, info, blocks } => (ssrc, Some(info), blocks),
            Packet::ReceiverReport { ssrc, blocks } => (ssrc, None, blocks),
            Packet::Goodbye { .. } | Packet::Other(_) => continue,
        };
        for block in &blocks {
            let _ = round_trip(block, ssrc);
        }
        let again = parse(&write(ssrc, info, &blocks, "name", Some("reason"))).expect("a report of ours");
        match &again[0] {
            Packet::SenderReport { info: read, blocks: kept, .. } => {
                assert!(Some(*read) == info && *kept == blocks)
            }
            Packet::ReceiverReport { blocks: kept, .. } => assert!(info.is_none() && *kept == blocks),
            Packet::Goodbye { .. } | Packet::Other(_) => panic!("no report"),
        }
    }
});
