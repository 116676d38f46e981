//! Row 56: our own program, and how it is set up.

use crate::bench::{Line, evensong, report};

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
