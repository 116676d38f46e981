//! What reaches the log, and what does not.

use proptest::prelude::*;

use super::*;

fn redact(text: &str) -> String {
    Redactor::default().redact(text).into_owned()
}

#[test]
fn telephone_numbers_are_masked_however_they_are_written() {
    for (written, masked) in [
        ("from +441134960123 to", "from +44…123 to"),
        ("From=%2B441134960123&To=%2b441134960999", "From=+44…123&To=+44…999"),
        ("u=%252B441134960123", "u=+44…123"),
        ("+44 113 496 0123", "+44…123"),
        ("+44 (0)113 496-0123.", "+44…123."),
        ("+44%20113%20496%200123", "+44…123"),
        ("sip:+441134960123@example.org", "sip:+44…123@example.org"),
        ("sip:441134960123@example.org", "sip:4…123@example.org"),
        ("0113 496 0123", "0…123"),
        ("(0113) 496 0123", "(0…123"),
        ("\"from\":\"01134960123\"", "\"from\":\"0…123\""),
        ("x%2001134960123", "x%200…123"),
        ("0044 113 496 0123", "0…123"),
        ("tel:0113-496-0123;", "tel:0…123;"),
        (
            "\u{1b}[3mfrom\u{1b}[0m\u{1b}[2m=\u{1b}[0m01134960123",
            "\u{1b}[3mfrom\u{1b}[0m\u{1b}[2m=\u{1b}[0m0…123",
        ),
        ("+441134960123 200 15342 7", "+44…123 200 15342 7"),
        ("+1234567890123456", "+12…456"),
        ("+441134960123abc", "+44…123abc"),
        ("07700\u{a0}900123, 07700 900456", "0…123, 0…456"),
    ] {
        assert_eq!(redact(written), masked, "{written}");
        assert_eq!(redact(masked), masked, "what is masked stays");
    }
}

#[test]
fn times_durations_addresses_and_hashes_are_left_alone() {
    for text in [
        "2026-11-22T22:04:58.012345Z",
        "2026-11-22T22:04:58.012345678+01:00 started",
        "Sun, 22 Nov 2026 22:04:58 +0000",
        "2022-07-10 08:00:00 01-02-2026",
        "elapsed_ms=1048576 took 0.0001234s 00:32:00.0123456",
        "listening on 0.0.0.0:8080, 10.0.0.12, [::1]:80800",
        "sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "01234567-89ab-4cde-8f01-234567890123",
        "00000000000000000000000000000000",
        "call CA00000000000000000000000000000001 rev 0a1b2c3d",
        "v1.2.3 of dial v1.10.0-alpha.1",
        "played 0 of 1234567 samples, 1+1 at 8000 Hz, +5 dB, row 0 12345678",
        "keys 1 wait:90 6 5 5 * 0 0 0 0 0 0 0 0",
    ] {
        assert_eq!(redact(text), text);
        assert_clean(text);
    }
}

#[test]
fn state_tokens_and_registered_secrets_are_masked() {
    let redactor = Redactor::default();
    redactor.register("5ec2e7a17b0b4b6c5ec2e7a17b0b4b6c");
    redactor.clone().register("pass \"word\"/+");
    redactor.register("");
    redactor.register("a");
    for (written, masked) in [
        ("GET /v1/twiml?s=v1.AAECAwQFBgcICQ.c2lnbmF0dXJl&x=1", "GET /v1/twiml?s=v1.***&x=1"),
        ("key 5ec2e7a17b0b4b6c5ec2e7a17b0b4b6c!", "key ***!"),
        (r#"{"error":"pass \"word\"/+"}"#, r#"{"error":"***"}"#),
        ("u=pass%20%22word%22%2F%2B&", "u=***&"),
        ("a plain sentence", "a plain sentence"),
    ] {
        assert_eq!(redactor.redact(written), masked);
    }
}

#[test]
#[should_panic(expected = "+44…123")]
fn an_output_with_a_number_fails_its_test_without_repeating_it() {
    assert_clean("answered +441134960123");
}

#[test]
#[should_panic(expected = "a telephone number, token or secret")]
fn an_output_with_a_registered_secret_fails_its_test() {
    let redactor = Redactor::default();
    redactor.register("5ec2e7a17b0b4b6c");
    redactor.assert_clean("token 5ec2e7a17b0b4b6c");
}

#[test]
fn what_was_logged_can_be_checked_before_the_net() {
    let output = captured(|| tracing::info!(from = "+441134960123", "A call"));
    assert!(output.contains("+441134960123"), "{output}");
}

/// Everything personal that an event can hold, in all places of an event.
fn log_everything() {
    let span = tracing::info_span!("call", from = "+441134960123", state = %"v1.AAECAwQFBgcICQ.c2lnbmF0dXJl");
    let _entered = span.enter();
    let error = io::Error::other("no route to sip:01134960999@example.org");
    tracing::warn!(%error, token = "5ec2e7a17b0b4b6c", took_ms = 12, "Cannot answer %2B447700900456");
}

#[test]
fn each_form_of_the_log_is_masked_in_every_place() {
    for style in [Style::Colour, Style::Plain, Style::Json] {
        let redactor = Redactor::default();
        redactor.register("5ec2e7a17b0b4b6c");
        let memory = writer::Memory::default();
        let writer = Redacting::new(redactor.clone(), memory.clone());
        tracing::subscriber::with_default(subscriber(&Log::default(), style, writer), log_everything);
        let line = memory.text();
        redactor.assert_clean(&line);
        for kept in ["+44…123", "0…999", "+44…456", "v1.***", "took_ms", "12", "Cannot answer"] {
            assert!(line.contains(kept), "{style:?} lacks {kept}: {line}");
        }
        assert_eq!(line.contains("\u{1b}["), style == Style::Colour);
        if style == Style::Json {
            let event: serde_json::Value = serde_json::from_str(&line).expect("one JSON object a line");
            assert_eq!((&event["level"], &event["token"]), (&"WARN".into(), &"***".into()));
            let time = event["timestamp"].as_str().expect("an event has a time");
            assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
        }
    }
}

#[test]
fn the_level_decides_what_is_logged() {
    let log = Log { level: "warn".parse().unwrap(), ..Log::default() };
    let memory = writer::Memory::default();
    tracing::subscriber::with_default(subscriber(&log, Style::Plain, memory.clone()), || {
        tracing::info!("quiet");
        tracing::warn!("loud");
    });
    assert!(memory.text().contains("loud") && !memory.text().contains("quiet"));
}

proptest! {
    #[test]
    fn no_number_survives_and_no_text_breaks_the_net(
        before in "[^0-9+%v]{0,20}",
        number in r"\+[1-9][0-9]{6,14}",
        after in "\\PC{0,20}",
    ) {
        let redacted = redact(&format!("{before}{number}{after}"));
        prop_assert!(!redacted.contains(&number));
        prop_assert_eq!(redact(&redacted), redacted.clone());
    }
}
