//! Whatever a token holds, it is refused or it is a state from which a call goes on without a panic.
#![no_main]

use dial_core::call::CallId;
use dial_core::catalogue::{Catalogue, FileName, Recording, RecordingId, Sound, When};
use dial_core::key::Key;
use dial_core::session::{CallSession, Event, Rules};
use dial_core::time::Millis;
use dial_core::token::{Keyring, read_payload};
use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let now: Timestamp = "2022-07-10T12:00:00Z".parse().expect("this is a moment");
    let call = CallId::new("CA1").expect("this is an identifier");
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert!(Keyring::new([7; 32], &[]).verify(text, &call, "st-annes", now).is_err());
    }
    // As if the signature were right: the payload itself must not be believed blindly.
    let Some(token) = read_payload(bytes) else { return };
    let recording = |number: u32| {
        let file = FileName::new(&format!("{number}.mp3")).expect("this is a name");
        let sound = Sound::plain(Millis::seconds(number * 700), "content");
        Recording { id: RecordingId::of(&file), file, title: None, when: When::Unknown, sound }
    };
    let catalogue = Catalogue::new("St Anne's".into(), TimeZone::UTC, (1..12).map(recording).collect());
    let rules = Rules::default();
    for event in [Event::NoInput, Event::Unavailable, Event::Digit { key: Key::STAR, heard: Millis(bytes.len() as u32) }] {
        let mut session = CallSession::restore(&rules, &catalogue, token.state);
        let turn = session.handle(event, token.issued);
        if let Some(piece) = turn.piece() {
            let offered = catalogue.find(piece.recording, token.state.answered_at).expect("only what is offered plays");
            assert!(piece.from < piece.to && piece.to <= offered.sound.length);
        }
    }
});
