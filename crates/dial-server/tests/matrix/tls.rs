//! Rows 11 to 22: certificates and TLS.

use std::fs;

use crate::bench::{Line, evensong, report, row};
use crate::faulty::Behaviour;

#[test]
fn row_11_a_certificate_that_has_expired() {
    row(11, "certificate expired", &Behaviour::Expired, 1, "presented a certificate that expired");
}

#[test]
fn row_12_a_certificate_that_is_not_valid_yet() {
    row(12, "certificate not yet valid", &Behaviour::NotYetValid, 1, "certificate that is not valid before");
}

#[test]
fn row_13_an_expired_intermediate() {
    row(
        13,
        "intermediate expired",
        &Behaviour::ExpiredIntermediate,
        1,
        "presented a certificate that expired",
    );
}

#[test]
fn row_14_a_self_signed_certificate() {
    row(14, "self-signed certificate", &Behaviour::SelfSigned, 1, "certificate that it signed itself");
}

#[test]
fn row_15_an_untrusted_root() {
    row(15, "untrusted root", &Behaviour::UntrustedRoot, 1, "certificate from an issuer that nobody trusts");
}

#[test]
fn row_16_an_incomplete_chain() {
    row(16, "incomplete chain", &Behaviour::IncompleteChain, 1, "without the one above it");
}

#[test]
fn row_17_a_certificate_for_another_host() {
    row(17, "certificate for another host", &Behaviour::CommonNameOnly, 1, "certificate for no name at all");
}

#[test]
fn row_19_a_server_that_is_too_old() {
    row(19, "TLS 1.0 only", &Behaviour::OldTls, 1, "too old to be spoken to safely");
}

#[test]
fn row_20_a_server_that_asks_for_a_certificate() {
    row(20, "asks for a client certificate", &Behaviour::AsksForCertificate, 2, "asks us for a certificate");
}

#[test]
fn row_21_plain_http_on_the_https_port() {
    row(21, "plain HTTP on the https port", &Behaviour::PlainHttp, 2, "does not speak https there");
}

#[test]
fn row_22_no_certificates_to_trust_on_our_machine() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    line.kill();
    // The bundled roots remain, and do not know the origin; without them nothing would be built at all.
    fs::write(line.home.path().join("roots.pem"), "").unwrap();
    line.start();
    assert_eq!(line.ring(), evensong(), "with a copy");
    let told = line.await_told("issuer that nobody trusts");
    report(22, "no CA bundle on our machine", "the recording; the bundled roots are used", &told);
}

#[test]
fn row_18_a_certificate_that_was_called_back() {
    let mut line = Line::new();
    assert!(!line.faulty.revoked().is_empty(), "its issuer has called it back");
    line.start();
    line.await_heard(&evensong());
    let told = "nothing: without a list of what was called back nobody can know it, a limit that is documented; \
                a test of dial-origin refuses it by such a list";
    report(18, "certificate revoked", "the recording, from the origin", told);
}

#[test]
fn row_23_roots_that_come_while_we_run() {
    let mut line = Line::new();
    let roots = fs::read(line.home.path().join("roots.pem")).unwrap();
    fs::write(line.home.path().join("roots.pem"), "").unwrap();
    line.start();
    line.await_told("issuer that nobody trusts");
    fs::write(line.home.path().join("roots.pem"), roots).unwrap();
    line.look();
    line.await_heard(&evensong());
    report(23, "CA bundle updated while we run", "the recording, at the next cycle", "the incident is over");
}
