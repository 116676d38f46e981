//! Rows 31 to 43: what comes instead of a list.

use std::fs;

use crate::bench::{Line, evensong, eventually, list, report, row};
use crate::faulty::Behaviour;

#[test]
fn row_31_a_web_page_instead_of_the_list() {
    row(31, "HTML with 200", &Behaviour::WebPage, 1, "sent a web page instead of the list");
}

#[test]
fn row_32_a_pointer_of_git_lfs() {
    row(32, "Git LFS pointer", &Behaviour::LfsPointer, 1, "pointer of Git LFS");
}

#[test]
fn row_33_json_that_is_none() {
    row(33, "invalid JSON", &Behaviour::BadJson, 1, "sent a list that cannot be used: line 2, column 15");
}

#[test]
fn row_34_a_list_of_another_shape() {
    let bytes = br#"{"church_name": "St Anne's", "services": {"file": 7}}"#.to_vec();
    let other = Behaviour::Body { content_type: "application/json", bytes };
    row(34, "schema-invalid list", &other, 1, "sent a list that cannot be used: services");
}

#[test]
fn row_35_two_entries_for_one_file() {
    let bytes = list(&[("a.wav", "One"), ("a.wav", "Two")]).into_bytes();
    let twice = Behaviour::Body { content_type: "application/json", bytes };
    row(35, "two entries for one file", &twice, 1, "sent a list that cannot be used: services[1].file");
}

#[test]
fn row_36_an_empty_list_waits_for_a_person() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    line.faulty.behave(Behaviour::EmptyList);
    line.look();
    let told = line.await_told("empty");
    assert_eq!(line.ring(), evensong());
    report(36, "empty list", "the recording", &told);
}

#[test]
fn row_37_a_list_that_shrinks_waits_for_a_person_who_may_approve_it() {
    let names: Vec<(String, String)> = (0..6).map(|n| (format!("{n}.wav"), format!("Service {n}"))).collect();
    let all: Vec<(&str, &str)> = names.iter().map(|(file, title)| (file.as_str(), title.as_str())).collect();
    let mut line = Line::new();
    line.publish(&all);
    line.start();
    let newest = crate::bench::Heard::Recording("Service 0".into());
    line.await_heard(&newest);
    line.publish(&all[3..]);
    line.look();
    let told = line.await_told("3 of the 6");
    assert_eq!(line.ring(), newest);
    let held = line.command(&["held"]).output().unwrap();
    assert!(String::from_utf8_lossy(&held.stdout).contains("without 3 of the 6 recordings"), "{held:?}");
    let called = line.command(&["call", "--for", "5"]).output().unwrap();
    assert!(String::from_utf8_lossy(&called.stderr).contains("dial approve st-annes"), "{called:?}");
    assert!(line.command(&["approve"]).output().unwrap().status.success());
    line.await_heard(&crate::bench::Heard::Recording("Service 3".into()));
    assert!(line.command(&["rollback"]).output().unwrap().status.success());
    line.await_heard(&newest);
    report(37, "list shrinks by half", "the recording; the new list once it is approved", &told);
}

#[test]
fn row_38_a_list_older_than_ours_is_not_taken() {
    let mut line = Line::new();
    let folder = line.home.path().join("copy");
    fs::create_dir_all(folder.join("audio")).unwrap();
    fs::write(folder.join("audio/old.wav"), crate::bench::wav(3)).unwrap();
    fs::write(folder.join("data.json"), list(&[("old.wav", "Old")])).unwrap();
    line.publish(&[("evensong.wav", "Evensong"), ("old.wav", "Old")]);
    let copy =
        format!("[[line.origin]]\nkind = \"folder\"\nname = \"copy\"\npath = \"{}\"\n", folder.display());
    line.configure(&(line.http("cdn") + &copy));
    line.start();
    line.await_heard(&evensong());
    line.faulty.behave(Behaviour::Refused);
    (0..2).for_each(|_| line.look());
    let told = line.await_told("is behind");
    assert_eq!(line.ring(), evensong());
    report(38, "origin 2 has an older list", "the recording", &told);
}

#[test]
fn row_39_a_body_without_end() {
    row(39, "endless body", &Behaviour::Endless, 1, "sent more than the 2 MB");
}

#[test]
fn row_40_a_gzip_bomb() {
    row(40, "gzip bomb", &Behaviour::GzipBomb, 1, "grows without end");
}

#[test]
fn row_41_gzip_that_is_cut() {
    row(41, "truncated gzip", &Behaviour::TruncatedGzip, 1, "cannot be unpacked");
}

#[test]
fn row_43_a_head_of_600_kilobytes() {
    row(43, "600 kB of headers", &Behaviour::HugeHead, 2, "in a way that nobody can read");
}

#[test]
fn a_new_configuration_takes_effect_without_dropping_a_call() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    let folder = line.home.path().join("mine");
    fs::create_dir_all(folder.join("audio")).unwrap();
    fs::write(folder.join("audio/evensong.wav"), crate::bench::wav(3)).unwrap();
    fs::write(folder.join("audio/compline.wav"), crate::bench::wav(4)).unwrap();
    let services = list(&[("compline.wav", "Compline"), ("evensong.wav", "Evensong")]);
    fs::write(folder.join("data.json"), services).unwrap();
    line.faulty.behave(Behaviour::Expired);
    line.look();
    // The remedy of the incident: another origin, in one line of the configuration.
    line.configure(&format!("[[line.origin]]\nkind = \"folder\"\npath = \"{}\"\n", folder.display()));
    let before = line.pid();
    line.look();
    line.await_heard(&crate::bench::Heard::Recording("Compline".into()));
    assert_eq!(line.pid(), before, "it is the same process");
    eventually("the incident of the origin that is gone is over", || line.told("expired").is_none());
}
