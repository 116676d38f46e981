//! Rows 42 and 44: feeds that harm, and recordings that are none.

use crate::bench::{Heard, Line, evensong, report};
use crate::faulty::Behaviour;

/// A new recording that fails its check is left out and named; the others are offered.
fn left_out(number: u32, fault: &str, behaviour: Behaviour, words: &str) {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    line.publish(&[("compline.wav", "Compline"), ("evensong.wav", "Evensong")]);
    line.faulty.behave_at("/audio/compline.wav", behaviour);
    line.look();
    let told = line.await_told(words);
    assert!(told.contains("compline.wav"), "{told}");
    assert_eq!(line.ring(), evensong());
    line.faulty.behave(Behaviour::Well);
    line.kill();
    // At a restart nothing of what failed is remembered.
    line.start();
    line.await_heard(&Heard::Recording("Compline".into()));
    report(number, fault, "the other recordings", &told);
}

#[test]
fn row_44_a_recording_that_is_damaged() {
    left_out(44, "corrupted audio of the right length", Behaviour::Corrupted, "compline.wav");
}

#[test]
fn row_27_a_recording_that_is_missing() {
    left_out(27, "404 on the list, or on one recording", Behaviour::Status(404), "lacks the file");
}

#[test]
fn row_32_a_pointer_of_git_lfs_instead_of_a_recording() {
    left_out(
        32,
        "Git LFS pointer instead of a list or recording",
        Behaviour::LfsPointer,
        "pointer of Git LFS",
    );
}

#[test]
fn row_42_an_entity_bomb_in_a_feed() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
                <rss version=\"2.0\"><channel><title>&b;</title></channel></rss>";
    line.faulty.put("/feed", bomb.as_bytes());
    let url = line.faulty.url("localhost");
    let feed = "[[line.origin]]\nkind = \"feed\"\nprivate = true\npoll_s = 3600\n";
    line.configure(&format!("{feed}url = \"{url}feed\"\n{}", line.http("cdn")));
    line.look();
    let told = line.await_told("feed");
    assert_eq!(line.ring(), evensong());
    report(42, "entity bomb in a feed", "the recording", &told);
}
