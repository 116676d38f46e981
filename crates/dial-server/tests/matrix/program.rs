//! Rows 45 and 52 to 56: our own clock, program and set-up.

use crate::bench::{Line, evensong, eventually, report};

#[test]
fn row_56_signatures_that_do_not_fit() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    std::fs::write(line.home.path().join("wrong"), "ffffffffffffffffffffffffffffffff").unwrap();
    let url = format!("{}/twiml/st-annes/answer", line.base());
    for _ in 0..3 {
        let refused =
            line.command(&["call", "--url", &url, "--auth-token-file", "wrong", "--for", "5"]).output();
        assert!(!refused.unwrap().status.success());
    }
    let told = line.await_told("signature");
    assert_eq!(line.ring(), evensong(), "a right one is believed");
    report(56, "signatures that do not fit", "the provider's message, until the set-up is mended", &told);
}

#[test]
fn row_45_our_clock_is_years_behind() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    line.kill();
    // Then every certificate begins later, and every recording is still to come.
    line.prefix = ["faketime", "-f", "-3000d"].map(str::to_owned).to_vec();
    line.start();
    assert_eq!(line.ring(), evensong());
    let told = line.await_told("certificate that is not valid before");
    report(45, "our clock is eight years behind (faketime)", "the recording", &told);
}

#[test]
fn row_55_our_own_certificate_has_expired() {
    let mut line = Line::new();
    let mut certificate = rcgen::CertificateParams::new(vec!["phone.test".into()]).unwrap();
    certificate.not_before = rcgen::date_time_ymd(2020, 1, 1);
    certificate.not_after = rcgen::date_time_ymd(2020, 2, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    std::fs::write(line.home.path().join("own.pem"), certificate.pem()).unwrap();
    std::fs::write(line.home.path().join("own.key"), key.serialize_pem()).unwrap();
    let https = "[https]\nlisten = \"127.0.0.1:0\"\ncertificate_file = \"own.pem\"\nkey_file = \"own.key\"\n";
    let config = std::fs::read_to_string(line.config()).unwrap();
    std::fs::write(line.config(), format!("{https}{config}")).unwrap();
    line.start();
    line.await_heard(&evensong());
    let told = line.await_told("expired");
    report(55, "our own certificate has expired", "the recording, by plain HTTP behind a proxy", &told);
}

#[test]
fn row_55_our_own_certificate_is_missing() {
    let mut line = Line::new();
    let https = "[https]\nlisten = \"127.0.0.1:0\"\ncertificate_file = \"own.pem\"\nkey_file = \"own.key\"\n";
    let config = std::fs::read_to_string(line.config()).unwrap();
    std::fs::write(line.config(), format!("{https}{config}")).unwrap();
    line.start();
    line.await_heard(&evensong());
    line.await_told("no certificate at all to present");
    let urgency = |line: &Line| line.incidents().first().map(|incident| incident["level"].clone());
    assert_eq!(urgency(&line), Some("critical".into()));

    let own = rcgen::generate_simple_self_signed(["phone.test".to_owned()]).unwrap();
    std::fs::write(line.home.path().join("own.pem"), own.cert.pem()).unwrap();
    std::fs::write(line.home.path().join("own.key"), own.signing_key.serialize_pem()).unwrap();
    eventually("the incident ends with a certificate", || line.told("no certificate at all").is_none());
}

#[test]
fn rows_52_to_54_say_why_they_are_shown_elsewhere() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    line.kill();
    assert!(line.get("/healthz").is_none(), "nobody of ours can answer any more");
    report(
        52,
        "the work on the copy panics or hangs",
        "the recording",
        "no input is known that makes it panic, so it cannot be made from outside: \
         work_on_a_copy_that_panics_begins_anew_and_callers_keep_what_they_have makes it inside; a hang is made \
         in call_path.rs",
    );
    report(
        53,
        "a handler panics",
        "the polite message in the line's voice",
        "no input is known that makes it panic, so it cannot be made from outside: \
         a_fault_of_ours_is_answered_politely_in_the_lines_voice makes it inside",
    );
    report(
        54,
        "our process or host is gone",
        "the polite message that lies apart from us, as docs/twilio.md sets it up: it needs a provider",
        "the ping to ping_url stops, which its receiver tells",
    );
}
