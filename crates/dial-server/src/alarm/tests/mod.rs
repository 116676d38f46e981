//! Messages that go out to real servers and programs, with all that can go wrong on the way.

mod authority;
mod command;
mod email;
mod life;
mod smtp;
mod web;

use std::path::Path;

use self::authority::{Authority, Flaw};
use self::web::{Answer, Web};
use super::channel::{Channel, Failure, Roots};
use super::notice::tests::notice;
use super::notice::{Level, Notice, NoticeKind};
use crate::config::{Alarm, Config};

/// The alarms of a configuration.
fn alarm(text: &str) -> Alarm {
    Config::parse(&(text.to_owned() + "\n" + crate::config::SMALLEST), Path::new("/dial.toml")).unwrap().alarm
}

/// The first channel of a configuration.
fn channel(text: &str, roots: &Roots) -> Channel {
    Channel::all(&alarm(&format!("[[alarm.to]]\n{text}")), roots).remove(0)
}

fn webhook(url: &str, roots: &Roots) -> Channel {
    channel(&format!("kind = \"webhook\"\nurl = \"{url}\""), roots)
}

#[tokio::test]
async fn ntfy_is_given_topic_title_and_priority_as_json() {
    let authority = Authority::new();
    let web = Web::tls(authority.acceptor(Flaw::None), &[Answer::Status(200)]).await;
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "tk_5ecret\n").unwrap();
    let text = format!("kind = \"ntfy\"\nurl = \"{}/st-marys\"\ntoken_file = {token:?}", web.base);
    let ntfy = channel(&text, &authority.roots());
    for (kind, level, priority) in [
        (NoticeKind::Opened, Level::Critical, 5),
        (NoticeKind::Reminder, Level::Warning, 4),
        (NoticeKind::Closed, Level::Critical, 3),
        (NoticeKind::AllIsWell, Level::Info, 2),
    ] {
        let notice = Notice { level, ..notice("“Sunday” – £5", kind) };
        ntfy.send(&notice).await.unwrap();
        let seen = web.seen().pop().unwrap();
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/"));
        assert_eq!(seen.headers["authorization"], "Bearer tk_5ecret");
        let message = seen.json();
        assert_eq!(message["topic"], "st-marys");
        assert_eq!(message["title"], notice.subject);
        assert_eq!(message["message"], notice.text());
        assert_eq!(message["priority"], priority);
        assert_eq!(message["click"], "https://phone.example.org/status");
    }
    std::fs::remove_file(&token).unwrap();
    let missing = ntfy.send(&notice("a", NoticeKind::Opened)).await.unwrap_err();
    assert!(matches!(missing, Failure::Secret(_)), "{missing}");
}

#[tokio::test]
async fn a_webhook_is_given_the_whole_message() {
    let web = Web::plain(&[Answer::Status(204)]).await;
    let notice = notice("cdn", NoticeKind::Opened);
    webhook(&format!("{}/hook", web.base), &Roots::default()).send(&notice).await.unwrap();
    let seen = web.seen().pop().unwrap();
    assert_eq!(seen.headers["content-type"], "application/json");
    assert_eq!(serde_json::from_str::<Notice>(&seen.body).unwrap(), notice);
    let json = seen.json();
    assert_eq!((&json["kind"], &json["level"]), (&"opened".into(), &"critical".into()));
}

#[tokio::test]
async fn only_a_success_counts_and_a_server_may_ask_for_time() {
    for (answer, told, asked) in [
        (Answer::Status(500), "the server answers with status 500 Internal Server Error", None),
        (Answer::Status(404), "the server answers with status 404 Not Found", None),
        (
            Answer::With(429, "retry-after", "120".into()),
            "the server answers with status 429 Too Many Requests",
            Some(120),
        ),
        (
            Answer::With(503, "retry-after", "soon".into()),
            "the server answers with status 503 Service Unavailable",
            None,
        ),
    ] {
        let web = Web::plain(std::slice::from_ref(&answer)).await;
        let sent = webhook(&web.base, &Roots::default()).send(&notice("a", NoticeKind::Opened)).await;
        let failure = sent.unwrap_err();
        assert_eq!((failure.told().as_str(), failure.asked().map(|asked| asked.as_secs())), (told, asked));
    }
}

#[tokio::test]
async fn a_redirect_is_followed_only_where_the_message_stays_whole_and_safe() {
    let authority = Authority::new();
    let plain = Web::plain(&[Answer::Status(200)]).await;
    let safe = Web::tls(authority.acceptor(Flaw::None), &[Answer::Status(200)]).await;
    for (status, from_safe, to, followed) in [
        (307, true, &safe, true),
        (308, false, &safe, true),
        (307, true, &plain, false),
        (308, true, &plain, false),
        (301, true, &safe, false),
        (302, false, &plain, false),
        (303, true, &safe, false),
    ] {
        let answer = [Answer::With(status, "location", format!("{}/moved", to.base))];
        let first = if from_safe {
            Web::tls(authority.acceptor(Flaw::None), &answer).await
        } else {
            Web::plain(&answer).await
        };
        let before = to.seen().len();
        let sent = webhook(&first.base, &authority.roots()).send(&notice("a", NoticeKind::Opened)).await;
        let arrived = to.seen().split_off(before);
        if followed {
            sent.unwrap();
            assert_eq!((arrived[0].method.as_str(), arrived[0].json()["id"].as_str()), ("POST", Some("a")));
        } else {
            assert!(matches!(sent, Err(Failure::Moved)), "{status}: {sent:?}");
            assert!(arrived.is_empty(), "{status}: {arrived:?}");
        }
    }
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let web = Web::plain(&[Answer::With(307, "location", "/".into())]).await;
    let sent = webhook(&web.base, &Roots::default()).send(&notice("a", NoticeKind::Opened)).await;
    assert!(matches!(sent, Err(Failure::Moved)), "{sent:?}");
    assert_eq!(web.seen().len(), 6);
}

#[tokio::test]
async fn a_server_with_a_wrong_certificate_gets_nothing() {
    let (ours, other) = (Authority::new(), Authority::new());
    for (authority, flaw, told) in [
        (&other, Flaw::None, "UnknownIssuer"),
        (&ours, Flaw::Expired, "expired"),
        (&ours, Flaw::OtherName, "not valid for name"),
    ] {
        let web = Web::tls(authority.acceptor(flaw), &[Answer::Status(200)]).await;
        let failure =
            webhook(&web.base, &ours.roots()).send(&notice("a", NoticeKind::Opened)).await.unwrap_err();
        let words = failure.told();
        assert!(
            words.starts_with("the server cannot be reached safely: ") && words.contains(told),
            "{words}"
        );
        assert!(web.seen().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_costs_ten_seconds_and_no_more() {
    let web = Web::plain(&[Answer::Never]).await;
    let hole = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = hole.local_addr().unwrap().port();
    for channel in [
        webhook(&web.base, &Roots::default()),
        webhook(&format!("https://127.0.0.1:{port}"), &Roots::default()),
        email::mailbox(port, "tls", &Roots::default()),
        email::mailbox(port, "starttls", &Roots::default()),
    ] {
        let begun = tokio::time::Instant::now();
        let failure = channel.send(&notice("a", NoticeKind::Opened)).await.unwrap_err();
        assert!(begun.elapsed() <= std::time::Duration::from_secs(11), "{:?}", begun.elapsed());
        assert!(!failure.told().is_empty());
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_without_its_secret_path() {
    let channel = webhook("http://127.0.0.1:9/T00/s3cret?key=s3cret", &Roots::default());
    let told = channel.send(&notice("a", NoticeKind::Opened)).await.unwrap_err().told();
    assert!(told.contains("refused") && !told.contains("s3cret"), "{told}");
}
