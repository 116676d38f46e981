//! Reading a description is total; every answer to one can be read, has as many streams, and is stable.
#![no_main]

use dial_sip::sdp::{
    Codec, Description, Local, LocalSession, MASTER_LEN, MAX_STREAMS, Preference, accept, answer, offer_again,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(offer) = Description::parse(bytes) else { return };
    assert!(offer.streams.len() <= MAX_STREAMS);
    let local = Local { address: "192.0.2.1:40000".parse().expect("an address"), master: [7; MASTER_LEN] };
    let _ = accept(&offer, &local, None);
    for preference in [Preference::Theirs, Preference::Ours(Codec::Pcma)] {
        let mut session = LocalSession::new(1);
        let Ok((text, media)) = answer(&offer, &local, &mut session, preference) else { continue };
        assert!((10..=60).contains(&media.ptime_ms) && media.ptime_ms % 10 == 0);
        assert!(media.payload_type < 128 && !media.remote.ip().is_multicast());
        let read = Description::parse(text.as_bytes()).expect("an answer of ours can be read");
        assert_eq!(read.streams.len(), offer.streams.len());
        let again = answer(&offer, &local, &mut session, preference).expect("the same offer");
        let _ = accept(&offer, &local, Some(&media));
        assert_eq!(again, (text, media));
        let offered = offer_again(&mut session).expect("something was described");
        let offered = Description::parse(offered.as_bytes()).expect("an offer of ours can be read");
        assert_eq!(offered.streams.len(), offer.streams.len());
    }
});
