//! The list of services, as churches really write it and as they really get it wrong.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use dial_core::catalogue::{Gravity, Manifest, Reading, When};
use jiff::tz::TimeZone;
use proptest::prelude::*;

fn read(text: impl AsRef<[u8]>) -> Reading {
    Manifest::read(text.as_ref(), &TimeZone::get("Europe/London").unwrap())
}

fn list(services: &str) -> String {
    format!(r#"{{"church_name": "St Anne's", "services": [{services}]}}"#)
}

fn told(datetime: &str) -> Option<jiff::Timestamp> {
    let list = list(&format!(r#"{{"file": "a.mp3", "datetime": "{datetime}"}}"#));
    read(list).manifest?.entries[0].when.instant()
}

#[test]
fn all_real_forms_are_read() {
    let text = "\u{feff}{\r\n \"church_name\": \"St Anne's\",\r\n \"services\": [\r\n\
        {\"title\": \"Ash Wednesday\", \"datetime\": \"2022-03-02T19:30:00+0000\", \"file\": \"ash.mp3\"},\r\n\
        {\"file\": \"2020-05-10-easter-5.mp3\"},\r\n {\"file\": \"choir.mp3\", \"title\": null, \"datetime\": null}\r\n]}\r\n";
    let reading = read(text);
    assert_eq!(reading.defects, []);
    let manifest = reading.manifest.unwrap();
    assert_eq!(manifest.church_name, "St Anne's");
    let whens: Vec<When> = manifest.entries.iter().map(|entry| entry.when).collect();
    let instant = |text: &str| text.parse().unwrap();
    assert_eq!(
        whens,
        [
            When::Told(instant("2022-03-02T19:30:00Z")),
            When::Named(instant("2020-05-09T23:00:00Z")),
            When::Unknown
        ]
    );
}

#[test]
fn a_time_without_offset_is_in_the_lines_zone() {
    assert_eq!(told("2020-05-10T10:00:00").unwrap().to_string(), "2020-05-10T09:00:00Z");
    assert_eq!(told("2020-12-10T10:00:00").unwrap().to_string(), "2020-12-10T10:00:00Z");
}

#[test]
fn a_defect_names_the_place_and_the_remedy() {
    let table = [
        ("", "the list: is empty"),
        ("[]", "the list: is a list, not an object; begin it with"),
        (
            "{\"church_name\": \"X\",\n \"services\": [\n  {\"file\": \"a\"},,\n]}",
            "line 3, column 17: is not JSON",
        ),
        ("{\"church_name\": \"X\"", "line 1, column 19: is not JSON (EOF"),
        (r#"{"services": []}"#, "church_name: is missing; add"),
        (r#"{"church_name": 3, "services": []}"#, "church_name: is a number, not a text; write"),
        (r#"{"church_name": "X"}"#, "services: is missing; add"),
        (r#"{"church_name": "X", "services": {}}"#, "services: is an object, not a list"),
        (&list(r#""a.mp3""#), "services[0]: is a text, not an object"),
        (&list(r#"{"title": "x"}"#), "services[0].file: is missing; name a file"),
        (
            &list(r#"{"file": "../../etc/passwd"}"#),
            "services[0].file: `../../etc/passwd` leads out of the folder",
        ),
        (
            &list(r#"{"file": "a"}, {"file": "b"}, {"file": "a"}"#),
            "services[2].file: `a` is listed already as services[0]",
        ),
        (
            &list(r#"{"file": "a", "datetime": "0202-06-12T10:00:00Z"}"#),
            "services[0].datetime: `0202-06-12T10:00:00Z` is in the year 202; correct the year",
        ),
        (
            &list(r#"{"file": "a", "datetime": "12 June"}"#),
            "services[0].datetime: `12 June` is not a date and time; write it as",
        ),
        (&list(r#"{"file": "a", "datetime": 20220612}"#), "services[0].datetime: is a number, not a text"),
        (r#"{"church_name": " ", "services": []}"#, "church_name: is missing; add"),
        (&list(r#"{"file": "a", "title": ["x"]}"#), "services[0].title: is a list, not a text"),
    ];
    for (text, expected) in table {
        let reading = read(text);
        assert_eq!(reading.manifest, None, "{text}");
        let told: Vec<String> = reading.defects.iter().map(ToString::to_string).collect();
        assert!(told[0].starts_with(expected), "{text}\n  told {told:?}\n  not  {expected}");
    }
    assert!(read(b"\xff\xfe{\0}\0").defects[0].what.contains("UTF-16"));
}

#[test]
fn an_unknown_key_is_named_and_costs_nobody_the_service() {
    let reading = read(list(r#"{"file": "a.mp3", "titel": "Evensong"}"#));
    assert_eq!(reading.manifest.unwrap().entries.len(), 1);
    assert_eq!(reading.defects[0].gravity, Gravity::Ignored);
    assert_eq!(
        reading.defects[0].to_string(),
        "services[0].titel: is not a known key; remove it, or use one of: file, title, datetime, chapters"
    );
}

#[test]
fn an_empty_or_endless_title_costs_nobody_the_service() {
    let words = "Evensong ".repeat(2000);
    let reading =
        read(list(&format!(r#"{{"file": "a", "title": " "}}, {{"file": "b", "title": "{words}"}}"#)));
    let entries = reading.manifest.unwrap().entries;
    assert_eq!(entries[0].title, None);
    assert_eq!(entries[1].title.as_deref(), Some("Evensong ".repeat(33).trim()));
    let told: Vec<String> = reading.defects.iter().map(ToString::to_string).collect();
    assert!(told[0].starts_with("services[0].title: is empty;"), "{told:?}");
    assert!(
        told[1].starts_with("services[1].title: is 17999 bytes long, and only the first 300"),
        "{told:?}"
    );
}

#[test]
fn an_offset_that_the_clock_does_not_have_then_is_doubted() {
    // 20 March is before the clock change of 2022, so +0100 is an hour wrong.
    let reading = read(list(r#"{"file": "a.mp3", "datetime": "2022-03-20T10:00:00+0100"}"#));
    assert_eq!(
        reading.defects[0].to_string(),
        "services[0].datetime: `2022-03-20T10:00:00+0100` is 09:00 on 20 March 2022 on the line's clock; \
         check the offset: was the clock changed?"
    );
    assert_eq!(reading.defects[0].gravity, Gravity::Doubtful);
    assert!(reading.manifest.is_some());
}

#[test]
fn all_defects_are_told_at_once_the_gravest_first_and_not_without_end() {
    let reading = read(list(r#"{"file": 1, "nmae": 2},"#.repeat(500).trim_end_matches(',')));
    assert_eq!(reading.manifest, None);
    assert!(reading.defects.len() <= 102, "{}", reading.defects.len());
    assert_eq!(reading.defects[0].gravity, Gravity::Refused);
    assert!(reading.defects.last().unwrap().what.contains("more defects"));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(bytes);
    }

    #[test]
    fn no_list_panics(file in ".{0,40}", title in ".{0,40}", datetime in "[0-9T:+Z .-]{0,30}") {
        let value = serde_json::json!({"church_name": title, "services": [{"file": file, "title": title, "datetime": datetime}]});
        read(value.to_string());
    }
}

#[test]
fn chapters_of_the_list_are_read_and_what_is_wrong_with_them_costs_nothing_else() {
    let read = |chapters: &str| {
        let text =
            format!(r#"{{"church_name": "A", "services": [{{"file": "a.mp3", "chapters": {chapters}}}]}}"#);
        Manifest::read(text.as_bytes(), &TimeZone::UTC)
    };
    let right = read(r#"[{"start": "12:30", "title": "Hymn"}, {"start": 0}]"#);
    assert_eq!(right.defects, []);
    let chapters = &right.manifest.unwrap().entries[0].chapters;
    let told: Vec<_> = chapters.iter().map(|chapter| (chapter.start.0, chapter.name.as_deref())).collect();
    assert_eq!(told, [(0, None), (750_000, Some("Hymn"))]);
    assert_eq!(read("null").defects, []);
    for wrong in ["{}", "[1]", r#"[{"start": "soon"}]"#] {
        let read = read(wrong);
        assert_eq!(read.manifest.unwrap().entries.len(), 1, "{wrong}");
        assert_eq!(read.defects[0].gravity, Gravity::Ignored, "{wrong}");
    }
}
