//! Reading a page of a feed is total, and whatever it accepts can be offered.
#![no_main]

use std::collections::HashSet;

use dial_core::catalogue::feed::{Next, Page};
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let zone = TimeZone::get("Europe/London").expect("the zones are bundled");
    let reading = Page::read(bytes, &zone);
    assert!(reading.page.is_some() || !reading.defects.is_empty());
    let Some(page) = reading.page else { return };
    assert!(!page.church_name.is_empty());
    assert!(page.next != Next::At(String::new()));
    let mut files = HashSet::new();
    for item in page.items {
        assert!(!item.address.is_empty() && item.len.is_none_or(|len| len > 1));
        assert!(item.entry.title.is_none_or(|title| !title.is_empty() && !title.contains(char::is_control)));
        assert!(!item.entry.file.as_str().contains(['/', '\\']));
        assert!(files.insert(item.entry.file), "an identity is one recording's");
    }
});
