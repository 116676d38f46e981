//! Each fault that a server can make, and the cause that is told of it.

use std::time::Duration;

use dial_origin::fault::{CertificateFault, FaultKind};
use dial_origin::http::Policy;
use dial_origin::origin::{Item, Origin};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::bench::{Bench, ask, patient, short, wav};
use crate::faulty::Behaviour::{self, *};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_list_that_cannot_be_had_tells_why() {
    use CertificateFault as Cert;
    use FaultKind::Certificate;
    let table: Vec<(Behaviour, FaultKind)> = vec![
        (Refused, FaultKind::Refused),
        (ClosesInHandshake, FaultKind::Unreachable),
        (ClosesAfterRequest, FaultKind::Unreachable),
        (CutWithLength, FaultKind::Cut),
        (CutChunked, FaultKind::Cut),
        (CutWithoutFarewell, FaultKind::Cut),
        (TwoLengths, FaultKind::Garbled),
        (NotHttp, FaultKind::Garbled),
        (HugeHead, FaultKind::Garbled),
        (Expired, Certificate(Cert::Expired(Some(at("2020-06-01T00:00:00Z"))))),
        (NotYetValid, Certificate(Cert::NotYetValid(Some(at("2089-06-01T00:00:00Z"))))),
        (ExpiredIntermediate, Certificate(Cert::Expired(Some(at("2020-06-01T00:00:00Z"))))),
        (SelfSigned, Certificate(Cert::SelfSigned)),
        (UntrustedRoot, Certificate(Cert::UnknownIssuer)),
        (IncompleteChain, Certificate(Cert::Incomplete)),
        (
            WrongHost,
            Certificate(Cert::WrongName(["example.org", "www.example.org"].map(str::to_owned).into())),
        ),
        (CommonNameOnly, Certificate(Cert::WrongName(Vec::new()))),
        (OldTls, FaultKind::OldTls),
        (AsksForCertificate, FaultKind::AsksForCertificate),
        (PlainHttp, FaultKind::NotTls),
        (RedirectLoop, FaultKind::RedirectLoop),
        (RedirectsForEver, FaultKind::RedirectLoop),
        (RedirectTo("https://169.254.169.254/latest/meta-data/".into()), FaultKind::PrivateAddress),
        (RedirectTo("http://good.test/data.json".into()), FaultKind::Downgrade),
        (RedirectTo("https://nowhere.test/".into()), FaultKind::NoSuchHost),
        (Status(404), FaultKind::Missing),
        (Status(410), FaultKind::Missing),
        (Status(401), FaultKind::Forbidden),
        (Status(403), FaultKind::Forbidden),
        (BusyFor("120"), FaultKind::Busy),
        (Status(503), FaultKind::Status(503)),
        (Status(204), FaultKind::NoContent),
        (Status(206), FaultKind::NoContent),
        (EmptyAnswer, FaultKind::NoContent),
        (WebPage, FaultKind::WrongContent("a web page instead of the list".into())),
        (LfsPointer, FaultKind::LfsPointer),
        (Endless, FaultKind::TooLarge(1_000_000)),
        (GzipBomb, FaultKind::Bomb),
        (TruncatedGzip, FaultKind::BadEncoding),
        (WrongCoding, FaultKind::BadEncoding),
    ];
    let bench = Bench::new();
    let mut origin = bench.origin(patient());
    for (behaviour, expected) in table {
        bench.faulty.behave(behaviour.clone());
        let Err(fault) = origin.list(&TimeZone::UTC).await else {
            panic!("{behaviour:?}: the list came");
        };
        assert_eq!(fault.kind, expected, "{behaviour:?}: {fault:?}");
        let of_certificate = matches!(fault.kind, Certificate(_));
        assert_eq!(fault.certificate.is_some(), of_certificate, "{behaviour:?}");
        // The same client is well again as soon as the server is.
        bench.faulty.behave(Well);
        let listing = origin.list(&TimeZone::UTC).await.unwrap();
        assert_eq!(listing.items.len(), 2, "after {behaviour:?}");
    }
}

#[tokio::test]
async fn an_origin_that_lets_us_wait_is_given_up() {
    let table = [
        (SilentHandshake, FaultKind::NoAnswer),
        (SilentAfterRequest, FaultKind::NoAnswer),
        (DripsHead, FaultKind::NoAnswer),
        (DripsBody, FaultKind::Slow),
    ];
    let bench = Bench::new();
    for (behaviour, expected) in table {
        bench.faulty.behave(behaviour.clone());
        let mut origin = bench.origin(short());
        let fault = origin.list(&TimeZone::UTC).await.unwrap_err();
        assert_eq!(fault.kind, expected, "list, {behaviour:?}: {fault:?}");
        let fault = origin.fetch(&bench.item(), &bench.draft(), &mut |_, _| {}).await.unwrap_err();
        assert_eq!(fault.kind, expected, "recording, {behaviour:?}: {fault:?}");
        assert_eq!(bench.folder.path().read_dir().unwrap().count(), 0, "{behaviour:?}");
    }
}

#[tokio::test]
async fn a_list_that_came_and_cannot_be_read_tells_where() {
    let bench = Bench::new();
    let places = [
        (BadJson, "line 2, column 15"),
        (Utf16, "the list"),
        // Half of a list looks like a whole one to HTTP where no length is stated, or a wrong one.
        (CutWithoutLength, "line 2, column 22"),
        (LongerThanLength, "line 2, column 22"),
    ];
    for (behaviour, place) in places {
        bench.faulty.behave(behaviour.clone());
        match bench.list().await.unwrap_err().kind {
            FaultKind::List(defects) => assert_eq!(defects[0].place, place, "{behaviour:?}"),
            other => panic!("{behaviour:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn to_have_nothing_new_is_no_answer_to_who_has_nothing() {
    let bench = Bench::new();
    bench.faulty.behave(Status(304));
    assert_eq!(bench.list().await.unwrap_err().kind, FaultKind::NoContent);
}

#[tokio::test]
async fn an_empty_list_is_a_list_for_others_to_judge() {
    let bench = Bench::new();
    bench.faulty.behave(EmptyList);
    assert!(bench.list().await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_recording_that_cannot_be_had_tells_why_and_leaves_nothing_behind() {
    let whole = wav().len() as u64;
    let page = FaultKind::WrongContent("a web page instead of the recording".into());
    let table: Vec<(Behaviour, Option<u64>, FaultKind)> = vec![
        (Status(404), None, FaultKind::Missing),
        (Status(206), None, FaultKind::NoContent),
        (EmptyAnswer, None, FaultKind::NoContent),
        (CutChunked, None, FaultKind::Cut),
        (WebPage, None, page),
        (LfsPointer, None, FaultKind::LfsPointer),
        (WrongCoding, None, FaultKind::BadEncoding),
        (Endless, None, FaultKind::TooLarge(4_000_000)),
        (Well, Some(whole + 1), FaultKind::WrongLength { stated: whole + 1, came: whole }),
        (CutWithoutLength, Some(whole), FaultKind::WrongLength { stated: whole, came: whole / 2 }),
        (LongerThanLength, Some(whole), FaultKind::WrongLength { stated: whole, came: whole / 2 }),
    ];
    let bench = Bench::new();
    for (behaviour, stated, expected) in table {
        bench.faulty.behave(behaviour.clone());
        let item = Item { len: stated, ..bench.item() };
        let fault = bench.fetch(&item).await.unwrap_err();
        assert_eq!(fault.kind, expected, "{behaviour:?}: {fault:?}");
        assert_eq!(bench.folder.path().read_dir().unwrap().count(), 0, "{behaviour:?}");
    }
}

#[tokio::test]
async fn a_recording_with_other_bytes_than_were_stated_is_refused() {
    let bench = Bench::new();
    bench.faulty.behave(Corrupted);
    let kind = bench.fetch(&bench.item()).await.unwrap_err().kind;
    assert!(matches!(kind, FaultKind::WrongContent(_)), "{kind:?}");
    bench.faulty.behave(Well);
    let item = Item { sha256: Some([7; 32]), ..bench.item() };
    let kind = bench.fetch(&item).await.unwrap_err().kind;
    assert!(matches!(kind, FaultKind::Sound(_)), "{kind:?}");
}

#[tokio::test]
async fn a_certificate_that_was_called_back_is_refused_where_its_issuer_is_in_the_list() {
    let bench = Bench::new();
    let path = bench.folder.path().join("revoked.pem");
    std::fs::write(&path, bench.faulty.revoked()).unwrap();
    let policy = Policy { revoked: Some(path), ..patient() };
    let url = bench.url("data.json");
    let fault = bench.client(policy).get(&ask(&url)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Certificate(CertificateFault::Revoked));
}

#[tokio::test]
async fn a_file_that_does_not_say_what_was_called_back_is_not_taken_for_one_that_says_nothing() {
    let bench = Bench::new();
    let path = bench.folder.path().join("revoked.pem");
    for (text, told) in [
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds no list"),
        ("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", ""),
    ] {
        std::fs::write(&path, text).unwrap();
        let policy = Policy { revoked: Some(path.clone()), ..patient() };
        let fault = bench.client(policy).get(&ask(&bench.url("data.json"))).await.unwrap_err();
        assert_eq!(fault.host, path.display().to_string());
        assert!(matches!(&fault.kind, FaultKind::Folder(why) if why.contains(told)), "{fault:?}");
    }
}

#[tokio::test]
async fn what_was_called_back_meanwhile_is_refused_within_a_day() {
    let bench = Bench::new();
    let path = bench.folder.path().join("revoked.pem");
    std::fs::write(&path, "").unwrap();
    let (url, client) =
        (bench.url("data.json"), bench.client(Policy { revoked: Some(path.clone()), ..patient() }));
    client.get(&ask(&url)).await.unwrap();
    std::fs::write(&path, bench.faulty.revoked()).unwrap();
    client.get(&ask(&url)).await.unwrap();
    tokio::time::pause();
    tokio::time::advance(Duration::from_hours(24)).await;
    tokio::time::resume();
    let fault = client.get(&ask(&url)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Certificate(CertificateFault::Revoked));
    // After a certificate was refused nobody waits for a day.
    std::fs::write(&path, "").unwrap();
    client.get(&ask(&url)).await.unwrap();
}

#[tokio::test]
async fn what_a_server_presents_is_known_whether_it_is_refused_or_not() {
    let bench = Bench::new();
    let origin = &mut bench.origin(patient());
    origin.list(&TimeZone::UTC).await.unwrap();
    let good = origin.client().certificate("good.test").unwrap();
    assert_eq!(good.names[..2], ["good.test", "other.test"]);
    assert_eq!(good.issuer, "Dial Tests, Issuer of the Tests");
    assert_eq!(good.chain.len(), 2);
    bench.faulty.behave(Expired);
    let fault = origin.list(&TimeZone::UTC).await.unwrap_err();
    let refused = fault.certificate.unwrap();
    assert_eq!(refused.not_after, at("2020-06-01T00:00:00Z"));
    assert_ne!(refused.fingerprint, good.fingerprint);
}

#[tokio::test]
async fn a_wait_that_the_origin_asks_for_is_told() {
    let bench = Bench::new();
    bench.faulty.date("Sun, 22 Nov 2026 10:00:00 GMT");
    for (behaviour, seconds) in [
        (BusyFor("120"), 120),
        (BusyFor("Sun, 22 Nov 2026 10:30:00 GMT"), 1800),
        (BusyFor("9999999"), 86_400),
    ] {
        bench.faulty.behave(behaviour);
        let wait = bench.list().await.unwrap_err().retry_after.unwrap();
        assert_eq!(wait.as_secs(), seconds);
    }
}
