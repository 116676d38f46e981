//! Where a fetch may lead, and whom a password is shown.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dial_origin::fault::FaultKind;
use dial_origin::http::{AddressError, Ask, Client, Credentials, Policy, Secret, Surroundings};
use dial_origin::origin::{Http, Origin};
use jiff::tz::TimeZone;
use reqwest::Url;

use crate::bench::{Bench, LIST, ask, client, names, patient};
use crate::faulty::Behaviour::*;
use crate::faulty::Faulty;

/// An address of this machine that is let through as if it were public, so that the others can be refused.
const PUBLIC: &str = "127.0.0.77";

fn public() -> (Faulty, Policy) {
    let ip: IpAddr = PUBLIC.parse().unwrap();
    let faulty = Faulty::start_on(ip, &[("/data.json", LIST.as_bytes())]);
    (faulty, Policy { private: false, allowed: vec![ip], ..patient() })
}

fn hosts(table: &'static [(&'static str, &'static [&'static str])]) -> dial_origin::http::Hosts {
    Arc::new(move |name| {
        let (_, addresses) = table.iter().find(|(host, _)| *host == name)?;
        Some(addresses.iter().map(|address| address.parse().unwrap()).collect())
    })
}

async fn get(client: &Client, url: &str) -> Result<(), FaultKind> {
    let url = Url::parse(url).unwrap();
    client.get(&ask(&url)).await.map(drop).map_err(|fault| fault.kind)
}

#[tokio::test]
async fn an_address_in_a_private_network_is_not_asked() {
    let (faulty, policy) = public();
    let port = faulty.address().port();
    let client = client(
        &faulty,
        policy,
        hosts(&[
            ("good.test", &[PUBLIC]),
            ("inside.test", &["10.0.0.1", "::1"]),
            ("mapped.test", &["::ffff:127.0.0.1"]),
            ("both.test", &["127.0.0.1"]),
        ]),
    );
    assert_eq!(get(&client, &format!("https://good.test:{port}/data.json")).await, Ok(()));
    for host in [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "inside.test",
        "mapped.test",
        "both.test",
    ] {
        let refused = get(&client, &format!("https://{host}:{port}/data.json")).await;
        assert_eq!(refused, Err(FaultKind::PrivateAddress), "{host}");
    }
    assert_eq!(faulty.requests().len(), 1);
}

#[tokio::test]
async fn a_redirect_into_a_private_network_is_not_followed() {
    let (faulty, policy) = public();
    let inside = Faulty::start(&[("/data.json", LIST.as_bytes())]);
    let client = client(&faulty, policy, hosts(&[("good.test", &[PUBLIC]), ("inside.test", &["127.0.0.1"])]));
    let start = format!("{}data.json", faulty.url("good.test"));
    for host in ["127.0.0.1", "inside.test", "169.254.169.254", "[::1]", "2130706433"] {
        faulty.behave(RedirectTo(format!("{}data.json", inside.url(host))));
        assert_eq!(get(&client, &start).await, Err(FaultKind::PrivateAddress), "{host}");
    }
    assert_eq!(inside.requests().len(), 0);
}

#[tokio::test]
async fn a_name_that_moves_into_a_private_network_is_not_followed() {
    let (faulty, policy) = public();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let moving = Arc::new(move |_: &str| {
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        Some(vec![if first { PUBLIC.parse().unwrap() } else { "127.0.0.1".parse().unwrap() }])
    });
    let client = client(&faulty, policy, moving);
    let url = format!("{}data.json", faulty.url("good.test"));
    // One resolution serves the check and the connection.
    assert_eq!(get(&client, &url).await, Ok(()));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(get(&client, &url).await, Err(FaultKind::PrivateAddress));
}

#[tokio::test]
async fn a_password_is_shown_to_the_origin_alone() {
    let bench = Bench::new();
    let other = Faulty::start(&[("/data.json", LIST.as_bytes())]);
    let policy = patient();
    let surroundings = Surroundings { roots: vec![bench.faulty.root(), other.root()], hosts: Some(names()) };
    let client = Client::new(policy, surroundings);
    let url = bench.url("data.json");
    let basic = Credentials::Basic { user: "organist".into(), password: Secret::new("diapason") };
    for (credentials, shown) in [
        (basic, "Basic b3JnYW5pc3Q6ZGlhcGFzb24="),
        (Credentials::Bearer(Secret::new("t0ken")), "Bearer t0ken"),
    ] {
        let ask = Ask { credentials: Some(&credentials), ..ask(&url) };
        bench.faulty.behave(Well);
        client.get(&ask).await.unwrap();
        let shown_to =
            |faulty: &Faulty| faulty.requests().pop().unwrap().header("authorization").map(str::to_owned);
        assert_eq!(shown_to(&bench.faulty).as_deref(), Some(shown));
        // Another port and another name of the same server are others, too.
        for to in [other.url("other.test"), other.url("good.test")] {
            bench.faulty.behave(RedirectTo(format!("{to}data.json")));
            client.get(&ask).await.unwrap();
            assert_eq!(shown_to(&other), None);
        }
    }
}

#[tokio::test]
async fn plain_http_is_for_private_networks_only() {
    let plain = Faulty::start_plain(&[("/data.json", LIST.as_bytes())]);
    let origin = |private| {
        let policy = Policy { private, ..patient() };
        let surroundings = Surroundings { roots: Vec::new(), hosts: Some(names()) };
        Http::new(Client::new(policy, surroundings), &plain.url("good.test"), None)
    };
    assert_eq!(origin(true).unwrap().list(&TimeZone::UTC).await.unwrap().items.len(), 2);
    assert_eq!(origin(false).err(), Some(AddressError::NotHttps));
}

#[test]
fn an_address_with_a_password_or_of_another_kind_is_refused() {
    let policy = Policy::default();
    for (address, expected) in [
        ("https://example.org/services", None),
        ("example.org", Some(AddressError::Unreadable)),
        ("ftp://example.org/", Some(AddressError::Unreadable)),
        ("http://example.org/", Some(AddressError::NotHttps)),
        ("https://me@example.org/", Some(AddressError::Secret)),
        ("https://example.org/?token=a", Some(AddressError::Secret)),
    ] {
        assert_eq!(policy.address(address).err(), expected, "{address}");
    }
}

#[test]
fn a_machine_without_roots_and_with_a_proxy_that_nobody_chose_fetches_all_the_same() {
    let known = "list::a_list_over_https_names_where_its_recordings_lie";
    let ended = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", known])
        .env("SSL_CERT_FILE", "/nowhere/roots.pem")
        .env("SSL_CERT_DIR", "/nowhere")
        .env("HTTPS_PROXY", "http://127.0.0.1:9/")
        .env("ALL_PROXY", "http://127.0.0.1:9/")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && told.contains("1 passed"), "{told}");
}
