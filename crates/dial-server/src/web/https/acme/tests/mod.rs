//! A real authority asks, looks at our port, and signs.

mod pebble;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;

use self::pebble::{Pebble, free_port};
use super::super::keeper::chain;
use super::super::{Keeper, Listener, Served, Source};
use super::*;
use crate::clock::Clock;

const NAMES: [&str; 2] = ["phone.example.org", "www.phone.example.org"];

/// Presents what is served on a port of this machine.
async fn listen(served: &Arc<Served>) -> u16 {
    let tcp = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = tcp.local_addr().unwrap().port();
    let listener = Listener::new(tcp, Arc::clone(served));
    tokio::spawn(async move { axum::serve(listener, Router::new()).await });
    port
}

fn authority(pebble: &Pebble, folder: &Path) -> Authority {
    let https = Https {
        acme_directory: pebble.directory(),
        acme_domains: NAMES.map(Into::into).into(),
        acme_email: Some("warden@example.org".into()),
        acme_ca_file: Some(pebble.ca_file()),
        ..Https::default()
    };
    Authority::in_folder(&https, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_had_through_one_port_and_kept_for_its_owner_alone() {
    let (folder, served) = (tempfile::tempdir().unwrap(), Arc::new(Served::default()));
    let mut pebble = Pebble::looking_at(listen(&served).await);
    let pair = authority(&pebble, folder.path())
        .order(&served)
        .await
        .unwrap_or_else(|error| panic!("{}", chain(&error)));
    assert!(pair.is_for(&NAMES.map(Into::into)), "{:?}", pair.certificate);
    assert!(pair.certificate.issuer.contains("Pebble"), "{}", pair.certificate.issuer);
    #[cfg(unix)]
    for name in ["account.json", "certificate.pem"] {
        let file = std::fs::metadata(folder.path().join("secrets/acme").join(name)).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777, 0o600, "{name}");
    }

    // After a restart it is there without the authority, which is not asked again before it is time.
    pebble.stop();
    let again = Arc::new(Served::default());
    let mut keeper = Keeper::new(Arc::clone(&again), Source::Acme(authority(&pebble, folder.path())));
    let clock = Clock::from_fn(move || pair.certificate.not_before);
    let mut told = Vec::new();
    keeper.begin(clock.now(), &mut |news| told.push(format!("{news:?}")));
    keeper.tend(&clock, &mut |news| told.push(format!("{news:?}"))).await;
    assert!(told.len() == 1 && told[0].starts_with("Presents"), "{told:?}");
    assert_eq!(again.used().unwrap().certificate.names, pair.certificate.names);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_elsewhere_is_told_and_what_there_is_stays() {
    let (folder, served) = (tempfile::tempdir().unwrap(), Arc::new(Served::default()));
    let pebble = Pebble::looking_at(free_port());
    let mut keeper = Keeper::new(Arc::clone(&served), Source::Acme(authority(&pebble, folder.path())));
    let clock = Clock::from_fn(|| "2026-06-01T12:00:00Z".parse().unwrap());
    let mut told = Vec::new();
    let wait = keeper.tend(&clock, &mut |news| told.push(news)).await;
    assert_eq!(wait, Duration::ZERO);
    let [super::super::keeper::News::Stays { error, life: None }] = &told[..] else { panic!("{told:?}") };
    assert!(told[0].is_urgent());
    let words = chain(error);
    assert!(words.contains("did not find this server at port 443 of "), "{words}");
    assert!(words.contains("phone.example.org: does the name lead here"), "{words}");
    assert!(served.used().is_none());
    // It is left alone for a while then.
    assert_eq!(keeper.tend(&clock, &mut |news| panic!("{news:?}")).await, Duration::from_mins(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_the_authority_has_forgotten_is_made_anew() {
    let (folder, served) = (tempfile::tempdir().unwrap(), Arc::new(Served::default()));
    let mut pebble = Pebble::looking_at(listen(&served).await);
    let authority = authority(&pebble, folder.path());
    authority.order(&served).await.unwrap();
    pebble.restart();
    let error = authority.order(&served).await.unwrap_err();
    assert!(matches!(error, AcmeError::Failed { .. }), "{}", chain(&error));
    authority.order(&served).await.unwrap_or_else(|error| panic!("{}", chain(&error)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_cannot_be_reached_or_trusted_is_named() {
    let (folder, served) = (tempfile::tempdir().unwrap(), Served::default());
    let mut pebble = Pebble::looking_at(free_port());
    let mut stranger = authority(&pebble, folder.path());
    stranger.ca_file = None;
    let words = chain(&stranger.order(&served).await.unwrap_err());
    assert!(words.contains("gives none") && words.contains("UnknownIssuer"), "{words}");
    pebble.stop();
    let words = chain(&authority(&pebble, folder.path()).order(&served).await.unwrap_err());
    assert!(words.contains(&pebble.directory()) && words.contains("refused"), "{words}");
    stranger.ca_file = Some(folder.path().join("none.pem"));
    let words = chain(&stranger.order(&served).await.unwrap_err());
    assert!(words.contains("cannot read the authority's root") && words.contains("none.pem"), "{words}");
}
