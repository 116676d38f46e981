//! Reading a list of services is total, and whatever it accepts can be offered.
#![no_main]

use dial_core::catalogue::{Catalogue, Manifest, Recording, RecordingId, Sound};
use dial_core::name::{Naming, name};
use dial_core::time::Millis;
use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let zone = TimeZone::get("Europe/London").expect("the zones are bundled");
    let reading = Manifest::read(bytes, &zone);
    assert!(reading.manifest.is_some() || !reading.defects.is_empty());
    let Some(manifest) = reading.manifest else { return };
    let recordings = manifest.entries.into_iter().map(|entry| Recording {
        id: RecordingId::of(&entry.file),
        file: entry.file,
        title: entry.title,
        when: entry.when,
        sound: Sound::plain(Millis::seconds(60), "content"),
    });
    let catalogue = Catalogue::new(manifest.church_name, zone, recordings.collect());
    let now: Timestamp = "2022-07-10T12:00:00Z".parse().expect("this is a moment");
    for recording in catalogue.audible(now).iter().take(20) {
        assert!(!name(recording, &catalogue, now, Naming::Distinct).is_empty());
        assert!(!recording.file.as_str().split('/').any(|part| part == ".."));
    }
});
