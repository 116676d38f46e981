//! Mail that goes to a real server, over TLS or not at all.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::authority::{Authority, Flaw};
use super::smtp::{Manners, Smtp};
use super::{channel, notice};
use crate::alarm::channel::{Channel, Failure, Roots};
use crate::alarm::notice::{Notice, NoticeKind};

pub(super) fn mailbox(port: u16, security: &str, roots: &Roots) -> Channel {
    channel(&text(port, security, ""), roots)
}

fn text(port: u16, security: &str, more: &str) -> String {
    format!(
        "kind = \"email\"\nserver = \"127.0.0.1\"\nport = {port}\nsecurity = \"{security}\"\n\
         from = \"dial@example.org\"\nto = [\"warden@example.org\"]\n{more}"
    )
}

/// A server for each way of security, with a certificate of this authority.
async fn servers(
    authority: &Authority,
    flaw: Flaw,
    refuses: Option<(&'static str, &'static str)>,
) -> [(&'static str, Smtp); 2] {
    let acceptor = || Some(authority.acceptor(flaw));
    let tls = Smtp::with(Manners { tls: acceptor(), refuses, ..Manners::default() }).await;
    let start_tls = Smtp::with(Manners { start_tls: acceptor(), refuses, ..Manners::default() }).await;
    [("tls", tls), ("starttls", start_tls)]
}

#[tokio::test]
async fn a_mail_goes_out_over_tls_with_the_users_password() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "5ecret\n").unwrap();
    for (security, server) in servers(&authority, Flaw::None, None).await {
        let login = format!("user = \"dial\"\npassword_file = {password:?}");
        let email = channel(&text(server.port, security, &login), &authority.roots());
        email.send(&notice("cdn", NoticeKind::Opened)).await.unwrap();

        let said = server.said();
        let first_safe = said.iter().position(|row| row.starts_with('+')).unwrap();
        assert!(
            said[..first_safe].iter().all(|row| row.starts_with("EHLO") || row == "STARTTLS"),
            "{said:?}"
        );
        for expected in [
            &format!("+AUTH PLAIN {}", STANDARD.encode("\0dial\x005ecret")),
            "+MAIL FROM:<dial@example.org>",
            "+RCPT TO:<warden@example.org>",
            "+From: \"Phone line\" <dial@example.org>",
            "+To: warden@example.org",
            "+Subject: The certificate of cdn has expired",
            "+Date: Sun, 22 Nov 2026 14:02:00 +0000",
            "+Auto-Submitted: auto-generated",
            "+What to do: ask whoever runs cdn.example to renew it.",
        ] {
            assert!(said.iter().any(|row| row == expected), "{expected}: {said:#?}");
        }
    }
}

#[tokio::test]
async fn the_mails_of_an_incident_are_one_thread_and_a_second_try_is_the_same_mail() {
    let authority = Authority::new();
    let [(security, server), _] = servers(&authority, Flaw::None, None).await;
    let email = mailbox(server.port, security, &authority.roots());
    let opened = notice("cdn", NoticeKind::Opened);
    for notice in [&opened, &opened, &notice("cdn", NoticeKind::Closed), &notice("other", NoticeKind::Opened)]
    {
        email.send(notice).await.unwrap();
    }
    let of = |header: &str| -> Vec<String> {
        server.said().into_iter().filter(|row| row.starts_with(header)).collect()
    };
    let (names, threads) = (of("+Message-ID: "), of("+References: "));
    assert!(names[0] == names[1] && names[1] != names[2] && names[2] != names[3], "{names:?}");
    assert!(threads[0] == threads[2] && threads[2] != threads[3], "{threads:?}");
}

#[tokio::test]
async fn a_subject_of_any_signs_is_one_header() {
    let authority = Authority::new();
    let [(security, server), _] = servers(&authority, Flaw::None, None).await;
    let subject = "Die Leitung „Köln“ schweigt\r\nBcc: everybody@example.org".into();
    let notice = Notice { subject, ..notice("a", NoticeKind::Opened) }.bounded();
    mailbox(server.port, security, &authority.roots()).send(&notice).await.unwrap();
    let said = server.said();
    assert!(said.iter().all(|row| !row.starts_with("+Bcc")), "{said:#?}");
    assert_eq!(said.iter().filter(|row| row.starts_with("+RCPT")).count(), 1);
}

#[tokio::test]
async fn a_server_that_offers_no_tls_gets_neither_mail_nor_password() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "5ecret").unwrap();
    let server = Smtp::with(Manners::default()).await;
    let login = format!("user = \"dial\"\npassword_file = {password:?}");
    let email = channel(&text(server.port, "starttls", &login), &Authority::new().roots());
    let failure = email.send(&notice("a", NoticeKind::Opened)).await.unwrap_err();
    assert!(matches!(failure, Failure::Smtp(_)), "{failure:?}");
    assert!(server.said().iter().all(|row| row.starts_with("EHLO") || row == "QUIT"), "{:?}", server.said());
}

#[tokio::test]
async fn a_mail_server_with_a_wrong_certificate_gets_nothing() {
    let (ours, other) = (Authority::new(), Authority::new());
    for (authority, flaw) in [(&other, Flaw::None), (&ours, Flaw::Expired), (&ours, Flaw::OtherName)] {
        for (security, server) in servers(authority, flaw, None).await {
            let sent =
                mailbox(server.port, security, &ours.roots()).send(&notice("a", NoticeKind::Opened)).await;
            let told = sent.unwrap_err().told();
            assert!(told.contains("certificate"), "{told}");
            assert!(server.said().iter().all(|row| !row.starts_with('+')), "{:?}", server.said());
        }
    }
}

#[tokio::test]
async fn what_a_mail_server_refuses_is_told_in_its_words_without_addresses() {
    let authority = Authority::new();
    for (command, answer, told) in [
        ("RCPT", "550 5.1.1 <warden@example.org>: no such user here", "no such user here"),
        ("AUTH", "535 5.7.8 the password is wrong", "the password is wrong"),
        ("DATA", "451 4.7.1 greylisted, come back later", "greylisted, come back later"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let password = folder.path().join("password");
        std::fs::write(&password, "5ecret").unwrap();
        for (security, server) in servers(&authority, Flaw::None, Some((command, answer))).await {
            let login = format!("user = \"dial\"\npassword_file = {password:?}");
            let email = channel(&text(server.port, security, &login), &authority.roots());
            let words = email.send(&notice("a", NoticeKind::Opened)).await.unwrap_err().told();
            assert!(
                words.starts_with("the mail server does not take it: ") && words.contains(told),
                "{words}"
            );
            assert!(!words.contains("warden") && !words.contains("5ecret"), "{words}");
        }
    }
}
