//! Opening sealed packets is total, what is refused is left as it came, and what we seal can be opened.
#![no_main]

use dial_sip::sdp::{Keying, Suite};
use dial_sip::srtp::{MAX_GROWTH, ReportsIn, ReportsOut, SoundIn, SoundOut};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let suite = if bytes.len() % 2 == 0 { Suite::Sha1_80 } else { Suite::Sha1_32 };
    let keying = Keying { tag: 1, suite, master: [7; 30] };
    let (mut sound, mut reports) = (SoundIn::new(&keying), ReportsIn::new(&keying));
    let mut came = bytes.to_vec();
    if sound.open(&mut came).is_err() {
        assert_eq!(came, bytes);
    }
    let mut came = bytes.to_vec();
    if reports.open(&mut came).is_err() {
        assert_eq!(came, bytes);
    }
    let mut buffer = [bytes, &[0; MAX_GROWTH]].concat();
    if let Some(len) = SoundOut::new(&keying).seal(&mut buffer, bytes.len()) {
        assert_eq!(sound.open(&mut buffer[..len]), Ok(bytes.len()));
        assert_eq!(&buffer[..bytes.len()], bytes);
    }
    let mut buffer = [bytes, &[0; MAX_GROWTH]].concat();
    if let Some(len) = ReportsOut::new(&keying).seal(&mut buffer, bytes.len()) {
        assert_eq!(reports.open(&mut buffer[..len]), Ok(bytes.len()));
        assert_eq!(&buffer[..bytes.len()], bytes);
    }
});
