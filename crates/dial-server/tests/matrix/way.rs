//! Rows 1 to 10 and 24 to 30: names, connections, time, redirects and answers.

use std::fs;

use crate::bench::{Heard, Line, evensong, report, row};
use crate::faulty::Behaviour;

#[test]
fn row_01_a_name_that_leads_nowhere() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    let nowhere = line.http("cdn").replace("localhost", "cdn.invalid");
    line.configure(&nowhere);
    (0..2).for_each(|_| line.look());
    let told = line.await_told("its name leads nowhere");
    assert_eq!(line.ring(), evensong());
    line.kill();
    fs::remove_dir_all(line.data()).unwrap();
    line.start();
    assert_eq!(line.ring(), Heard::Polite);
    report(1, "DNS: no such name", "the recording; without a copy the polite message", &told);
}

#[test]
fn row_02_a_refused_connection() {
    row(2, "connection refused", &Behaviour::Refused, 2, "refuses the connection");
}

#[test]
fn row_03_a_black_hole_in_the_handshake() {
    row(3, "black hole in the TLS handshake", &Behaviour::SilentHandshake, 2, "does not answer");
}

#[test]
fn row_04_a_black_hole_after_the_request() {
    row(4, "black hole after the request", &Behaviour::SilentAfterRequest, 2, "does not answer");
}

#[test]
fn row_05_a_head_that_drips() {
    row(5, "slow drip of the head", &Behaviour::DripsHead, 2, "does not answer");
}

#[test]
fn row_06_a_body_that_drips() {
    row(6, "slow drip of the body", &Behaviour::DripsBody, 2, "answers too slowly");
}

#[test]
fn row_07_an_answer_that_is_cut() {
    row(7, "cut in mid-body", &Behaviour::CutWithLength, 2, "broke off before the end");
}

#[test]
fn row_08_an_answer_that_is_cut_where_no_length_is_stated() {
    row(
        8,
        "cut where no length is stated",
        &Behaviour::CutWithoutLength,
        1,
        "sent a list that cannot be used",
    );
}

#[test]
fn row_09_a_body_longer_than_its_length() {
    row(9, "body longer than stated", &Behaviour::LongerThanLength, 1, "sent a list that cannot be used");
}

#[test]
fn row_10_two_lengths() {
    row(10, "conflicting lengths", &Behaviour::TwoLengths, 2, "in a way that nobody can read");
}

#[test]
fn row_24_a_redirect_loop() {
    row(24, "redirect loop", &Behaviour::RedirectLoop, 1, "round in a circle");
}

#[test]
fn row_25_a_redirect_to_a_metadata_address() {
    let metadata = Behaviour::RedirectTo("https://169.254.169.254/latest/meta-data/".into());
    row(25, "redirect to 169.254.169.254", &metadata, 1, "inside a private network");
}

#[test]
fn row_26_a_redirect_to_http() {
    let downgrade = Behaviour::RedirectTo("http://localhost/data.json".into());
    row(26, "redirect from https to http", &downgrade, 1, "from https to http");
}

#[test]
fn row_27_a_list_that_is_missing() {
    row(27, "404 on the list", &Behaviour::Status(404), 1, "lacks the file");
}

#[test]
fn row_28_a_limit_of_the_rate() {
    row(28, "429", &Behaviour::BusyFor("0"), 1, "asks to be left alone");
}

#[test]
fn row_29_an_error_of_the_server() {
    row(29, "503", &Behaviour::Status(503), 2, "error of its own (status 503)");
}

#[test]
fn row_30_success_without_a_body() {
    row(30, "204", &Behaviour::Status(204), 1, "answers with nothing");
}
