//! The incident that the program exists for, as `dial demo --incident` plays it: real certificates, real
//! calls, the real status page and a real alarm.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::process::Command;

/// What has to hold, and stand in the story's last rows.
const CLAIMS: [&str; 8] = [
    "whoever listened meanwhile heard the recording, byte by byte",
    "whoever rang afterwards heard the same, byte by byte",
    "the status page names the host",
    "so does the alarm",
    "the end was told too",
    "the caller heard a polite message of the line",
    "it is spoken by the line's own British voice",
    "it took one look at the CDN",
];

#[test]
fn a_certificate_that_expires_while_people_listen_costs_nobody_anything() {
    let home = tempfile::tempdir().unwrap();
    let told = Command::new(env!("CARGO_BIN_EXE_dial"))
        .args(["demo", "--incident", "--data-dir"])
        .arg(home.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home.path())
        .output()
        .unwrap();
    let story = String::from_utf8(told.stdout).unwrap();
    let complaints = String::from_utf8(told.stderr).unwrap();
    assert!(told.status.success(), "{story}\n{complaints}");
    let (acts, shown) = story.split_once("What was shown").unwrap();
    for claim in CLAIMS {
        assert!(shown.contains(&format!("yes  {claim}")), "{claim}: {shown}");
    }
    let expired = "presented a certificate that expired at";
    assert_eq!(acts.matches("The status page says").count(), 2, "{acts}");
    assert!(acts.matches(expired).count() >= 4, "the page and the alarm say why: {acts}");
    assert!(acts.contains("this line is having some trouble just now"), "{acts}");
}
