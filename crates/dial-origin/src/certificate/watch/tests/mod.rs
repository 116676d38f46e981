//! Real servers on this machine present what went wrong before, and what must not.

mod bench;

use std::net::SocketAddr;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use self::bench::{Authority, HOST, Presents, Watched};
use super::*;
use crate::event::Remark;
use crate::fault::{CertificateFault, FaultKind};

const JUNE: &str = "2026-06-01T12:00:00Z";

/// What was presented on which address, how long it lives, and what is remarkable.
fn seen(told: &[What]) -> Vec<(String, Life, Vec<Remark>)> {
    told.iter()
        .map(|what| match what {
            What::CertificateSeen { certificate, life, remarks, .. } => {
                assert_eq!(certificate.host, HOST);
                (certificate.address.unwrap().to_string(), *life, remarks.clone())
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

fn well(address: &str) -> (String, Life, Vec<Remark>) {
    (address.to_owned(), Life::Valid, Vec::new())
}

#[tokio::test]
async fn each_address_of_a_name_is_looked_at_and_named() {
    let authority = Authority::new("Trust One");
    let mut watched = Watched::trusting(&[&authority]);
    let one = authority.issues().at([127, 0, 0, 1], 0).await;
    let two = authority.issues().at([127, 0, 0, 2], one.port()).await;
    let (told, flagged) = watched.look(&[one, two], JUNE).await;
    assert_eq!(seen(&told), [well("127.0.0.1"), well("127.0.0.2")]);
    assert!(!flagged);
    let What::CertificateSeen { certificate, origin, .. } = &told[0] else { panic!("{told:?}") };
    assert_eq!((origin.as_deref(), certificate.issuer.as_str()), (Some("cdn"), "Trust One, Issuer 1"));
    assert_eq!(certificate.chain.len(), 2);
}

#[tokio::test]
async fn an_address_that_presents_an_older_certificate_than_another_is_named() {
    let authority = Authority::new("Trust One");
    let mut watched = Watched::trusting(&[&authority]);
    let renewed = authority.issues_with(|params| params.not_before = rcgen::date_time_ymd(2026, 5, 1));
    let (old, new) = (authority.issues().at([127, 0, 0, 1], 0).await, renewed.at([127, 0, 0, 2], 0).await);
    let (told, flagged) = watched.look(&[old, new], JUNE).await;
    assert_eq!(seen(&told), [("127.0.0.1".into(), Life::Valid, vec![Remark::Older]), well("127.0.0.2")]);
    assert!(flagged);
    // Also when the newer one is no longer to be seen, and the program began anew.
    watched.restart();
    let (told, _) = watched.look(&[old], JUNE).await;
    assert_eq!(seen(&told), [("127.0.0.1".into(), Life::Valid, vec![Remark::Older])]);
}

#[tokio::test]
async fn another_issuer_is_told_once_even_across_a_restart() {
    let (one, two) = (Authority::new("Trust One"), Authority::new("Trust Two"));
    let mut watched = Watched::trusting(&[&one, &two]);
    let (before, after) = (one.issues().listens().await, two.issues().listens().await);
    assert_eq!(seen(&watched.look(&[before], JUNE).await.0), [well("127.0.0.1")]);
    watched.restart();
    let (told, flagged) = watched.look(&[after], JUNE).await;
    let changed = Remark::IssuerChanged { from: "Trust One".into() };
    assert_eq!(seen(&told), [("127.0.0.1".into(), Life::Valid, vec![changed])]);
    assert!(flagged);
    // A host that has both is not told of for ever.
    let (told, flagged) = watched.look(&[before, after], JUNE).await;
    assert_eq!(seen(&told), [well("127.0.0.1"), well("127.0.0.1")]);
    assert!(!flagged);
}

#[tokio::test]
async fn another_intermediate_of_the_same_organisation_is_nothing_new() {
    let (one, two) = (Authority::new("Trust One"), Authority::new("Trust One"));
    let mut watched = Watched::trusting(&[&one, &two]);
    watched.look(&[one.issues().listens().await], JUNE).await;
    let (told, flagged) = watched.look(&[two.issues().listens().await], JUNE).await;
    assert_eq!((seen(&told), flagged), (vec![well("127.0.0.1")], false));
}

#[tokio::test]
async fn the_end_of_a_life_is_told_by_its_thirds_and_sixths() {
    let authority = Authority::new("Trust One");
    let mut watched = Watched::trusting(&[&authority]);
    let address = authority.issues().listens().await;
    for (at, life) in
        [(JUNE, Life::Valid), ("2026-09-15T00:00:00Z", Life::Yellow), ("2026-11-15T00:00:00Z", Life::Red)]
    {
        let (told, flagged) = watched.look(&[address], at).await;
        assert_eq!(seen(&told), [("127.0.0.1".into(), life, Vec::new())]);
        assert_eq!(flagged, life != Life::Valid);
    }
}

#[tokio::test]
async fn that_nothing_is_presented_is_told_of_our_own_name_alone() {
    let mut watched = Watched::trusting(&[&Authority::new("Trust One")]);
    let address = Presents::nothing().listens().await;
    let (told, flagged) = watched.look(&[address], JUNE).await;
    assert!(told.is_empty() && flagged, "what an origin does shows when it is asked: {told:?}");
    watched.origin = None;
    let (told, _) = watched.look(&[address], JUNE).await;
    let [What::CertificateRefused { origin: None, fault }] = &told[..] else { panic!("{told:?}") };
    assert_eq!((fault.kind.label(), fault.host.as_str()), ("no-certificate", HOST));
}

#[tokio::test]
async fn what_the_strict_check_refuses_is_told_with_its_cause_and_with_what_was_presented() {
    let (trusted, stranger) = (Authority::new("Trust One"), Authority::new("Stranger"));
    let other_name = trusted.issues_with(|params| {
        *params = rcgen::CertificateParams::new(["www.example.net".to_owned()]).unwrap();
    });
    let mut alone = trusted.issues();
    alone.chain.truncate(1);
    let mut wrong = trusted.issues();
    wrong.chain[1] = stranger.below.der().clone();
    let mut with_root = stranger.issues();
    with_root.chain.push(stranger.root.der().clone());
    for (presents, at, fault) in [
        (
            trusted.issues(),
            "2027-01-05T00:00:00Z",
            CertificateFault::Expired("2026-12-31T00:00:00Z".parse().ok()),
        ),
        (
            trusted.issues(),
            "2025-12-31T00:00:00Z",
            CertificateFault::NotYetValid("2026-01-01T00:00:00Z".parse().ok()),
        ),
        (Presents::signed_by_itself(), JUNE, CertificateFault::SelfSigned),
        (alone, JUNE, CertificateFault::Incomplete),
        (wrong, JUNE, CertificateFault::Incomplete),
        (with_root, JUNE, CertificateFault::UnknownIssuer),
        (other_name, JUNE, CertificateFault::WrongName(vec!["www.example.net".into()])),
    ] {
        let mut watched = Watched::trusting(&[&trusted]);
        let address = presents.listens().await;
        let (told, flagged) = watched.look(&[address], at).await;
        let [What::CertificateRefused { origin, fault: found }] = &told[..] else { panic!("{told:?}") };
        assert_eq!(found.kind, FaultKind::Certificate(fault));
        assert_eq!(
            (origin.as_deref(), found.host.as_str(), found.detail.as_str()),
            (Some("cdn"), HOST, "127.0.0.1")
        );
        assert_eq!(found.certificate.as_ref().unwrap().address, Some(address.ip()));
        assert!(flagged);
    }
}

#[tokio::test]
async fn what_was_refused_is_not_remembered() {
    let (trusted, stranger) = (Authority::new("Trust One"), Authority::new("Stranger"));
    let mut watched = Watched::trusting(&[&trusted]);
    let late = stranger.issues_with(|params| params.not_before = rcgen::date_time_ymd(2026, 5, 1));
    watched.look(&[late.listens().await], JUNE).await;
    let (told, flagged) = watched.look(&[trusted.issues().listens().await], JUNE).await;
    assert_eq!((seen(&told), flagged), (vec![well("127.0.0.1")], false));
}

#[tokio::test]
async fn a_bad_address_is_told_after_the_good_ones() {
    let authority = Authority::new("Trust One");
    let mut watched = Watched::trusting(&[&authority]);
    let bad = Presents::signed_by_itself().at([127, 0, 0, 1], 0).await;
    let good = authority.issues().at([127, 0, 0, 2], 0).await;
    let (told, _) = watched.look(&[bad, good], JUNE).await;
    assert!(matches!(&told[..], [What::CertificateSeen { .. }, What::CertificateRefused { .. }]), "{told:?}");
}

#[tokio::test]
async fn a_torn_memory_is_an_empty_one() {
    let authority = Authority::new("Trust One");
    let mut watched = Watched::trusting(&[&authority]);
    let address = authority.issues().listens().await;
    watched.look(&[address], JUNE).await;
    let whole = std::fs::read(watched.file()).unwrap();
    for torn in [&whole[..whole.len() / 2], b"", b"[]", b"\xff"] {
        std::fs::write(watched.file(), torn).unwrap();
        watched.restart();
        assert_eq!(seen(&watched.look(&[address], JUNE).await.0), [well("127.0.0.1")]);
        assert_eq!(std::fs::read(watched.file()).unwrap(), whole);
    }
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_not_connected_to() {
    let authority = Authority::new("Trust One");
    let mut watched = Watched::trusting(&[&authority]);
    watched.allow(|address| address != IpAddr::from([127, 0, 0, 1]));
    let one = authority.issues().at([127, 0, 0, 1], 0).await;
    let two = authority.issues().at([127, 0, 0, 2], 0).await;
    assert_eq!(seen(&watched.look(&[one, two], JUNE).await.0), [well("127.0.0.2")]);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_silent_gone_or_speaks_no_tls_is_no_matter_of_certificates() {
    let mut watched = Watched::trusting(&[&Authority::new("Trust One")]);
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let answers: SocketAddr = plain.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = plain.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (told, flagged) = watched.look(&[silent.local_addr().unwrap(), answers, gone], JUNE).await;
    assert!(told.is_empty() && flagged, "{told:?}");
}

#[tokio::test]
async fn a_host_is_looked_at_every_hour_and_more_often_while_something_is_wrong() {
    let authority = Authority::new("Trust One");
    let mut roots = RootCertStore::empty();
    roots.add(authority.root.der().clone()).unwrap();
    let roots = Some(Arc::new(roots));
    let named = |params: &mut rcgen::CertificateParams| {
        *params = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 12, 31);
    };
    let well = authority.issues_with(named).at([127, 0, 0, 1], 0).await;
    let wrong = Presents::signed_by_itself().at([127, 0, 0, 1], 0).await;
    let target = |line: &str, address: SocketAddr| Target {
        line: line.into(),
        origin: None,
        host: "127.0.0.1".into(),
        port: address.port(),
        private: true,
        allowed: Vec::new(),
        roots: roots.clone(),
    };
    let folder = tempfile::tempdir().unwrap();
    // Two lines share a host: it is looked at once, and told to both.
    let targets = vec![target("a", well), target("b", well), target("a", wrong)];
    let mut watch = Watch::new(targets, folder.path().join("seen.json"), Box::new(|_, _| true));
    let noon: Timestamp = JUNE.parse().unwrap();
    let at = |minutes: i64| noon + jiff::SignedDuration::from_mins(minutes);
    for (minutes, told, next) in [(0, 3, 15), (5, 0, 15), (15, 1, 30), (60, 3, 75)] {
        let mut count = 0;
        let due = watch.look(at(minutes), &mut |_| count += 1).await;
        assert_eq!((count, due), (told, Some(at(next))), "{minutes}");
    }
    watch.replace(vec![target("a", well)]);
    assert_eq!(watch.look(at(61), &mut |event| panic!("{event:?}")).await, Some(at(120)));
    watch.hurry();
    let mut count = 0;
    watch.look(at(62), &mut |_| count += 1).await;
    assert_eq!(count, 1);
}
