//! What an origin, a list and the disk are allowed.

use std::time::Duration;

use dial_origin::http::Policy;
use dial_origin::judge;
use dial_origin::keeper::Settings;
use dial_origin::origin::git::{Address, GitSettings, Network};
use jiff::SignedDuration;

use super::*;

/// A configuration with one origin.
fn origin(kind: &str, rows: &str) -> String {
    let url = match kind {
        "bucket" => "bucket = \"st-marys\"\nendpoint = \"https://s3.example.org\"",
        _ => "url = \"https://www.example.org/services\"",
    };
    format!("[[line]]\nname = \"st-marys\"\n[[line.origin]]\nkind = \"{kind}\"\n{url}\n{rows}\n")
}

fn policy(text: &str) -> Policy {
    match &parse(text).lines[0].origins[0].kind {
        OriginKind::Http { way, .. } | OriginKind::Feed { way, .. } | OriginKind::Bucket { way, .. } => {
            way.policy()
        }
        other => panic!("it is not asked over HTTP: {other:?}"),
    }
}

const WAY: &str = "allowed_addresses = [\"192.168.1.20\", \"::ffff:10.0.0.7\"]\n\
                   proxy = \"http://proxy.example.org:3128\"\nrevoked_file = \"revoked.pem\"\n";
const LIMITS: &str = "[line.origin.limits]\nlist_s = 20\nleast_kb_per_s = 8\nlist_mb = 4\naudio_mb = 50";

#[test]
fn an_origin_of_which_nothing_is_said_is_allowed_what_is_usual() {
    for kind in ["http", "bucket"] {
        assert_eq!(policy(&origin(kind, "")), Policy { max_feed: 2_000_000, ..Policy::default() }, "{kind}");
    }
    assert_eq!(policy(&origin("feed", "")), Policy { max_list: 20_000_000, ..Policy::default() });
}

#[test]
fn what_the_file_says_of_an_origin_is_what_its_client_obeys() {
    let all = Policy {
        connect: Duration::from_secs(2),
        list: Duration::from_secs(20),
        read: Duration::from_secs(5),
        least_speed: 8_000,
        max_redirects: 1,
        max_list: 4_000_000,
        max_feed: 4_000_000,
        max_audio: 50_000_000,
        private: false,
        allowed: ["192.168.1.20", "10.0.0.7"].map(|address| address.parse().unwrap()).to_vec(),
        proxy: "http://proxy.example.org:3128".parse().ok(),
        revoked: Some("/etc/dial/revoked.pem".into()),
        ..Policy::default()
    };
    let web = format!("{WAY}{LIMITS}\nconnect_s = 2\nread_s = 5\n");
    for kind in ["http", "feed"] {
        assert_eq!(policy(&origin(kind, &format!("{web}redirects = 1"))), all, "{kind}");
    }
    assert_eq!(policy(&origin("bucket", &web)), Policy { max_redirects: 5, ..all });
}

#[test]
fn what_the_file_says_of_a_repository_is_what_git_obeys() {
    let address = Address::new("https://www.example.org/services", Network::Public).unwrap();
    let git = |rows: &str| match &parse(&origin("git", rows)).lines[0].origins[0].kind {
        OriginKind::Git { limits, .. } => {
            let mut settings = GitSettings::new(address.clone());
            limits.restrict(&mut settings);
            (settings.within, settings.min_speed, settings.max_list, settings.max_audio)
        }
        other => panic!("it is no repository: {other:?}"),
    };
    assert_eq!(git(""), (Duration::from_mins(1), 32_000, 2_000_000, 500_000_000));
    assert_eq!(git(LIMITS), (Duration::from_mins(2), 8_000, 4_000_000, 50_000_000));
}

#[test]
fn what_the_file_says_of_held_lists_and_the_disk_is_what_the_copy_is_kept_by() {
    let keeping = |text: &str| {
        let config = parse(text);
        config.lines[0].keeping(&config.data)
    };
    assert_eq!(keeping(SMALLEST), Settings::default());
    let held = "held.shrink_percent = 50\nheld.shrink_at_least = 10\nheld.accept_after_h = 72";
    let data = "[data]\nreserve_percent = 20\nquota_gb = 40\n";
    let set = Settings {
        limits: judge::Limits { shrink_percent: 50, shrink_at_least: 10 },
        accept_after: Some(SignedDuration::from_hours(72)),
        reserve_percent: 20,
        quota: Some(40_000_000_000),
        ..Settings::default()
    };
    assert_eq!(keeping(&format!("{data}{}", line_with(held))), set);
    assert_eq!(keeping(&line_with("held.accept_after_h = 0")).accept_after, None);
}

#[test]
fn every_limit_can_be_printed_and_read_again() {
    for (kind, more) in
        [("http", "connect_s = 2\nredirects = 0"), ("feed", ""), ("bucket", "read_s = 5"), ("git", "")]
    {
        let way = if kind == "git" { "" } else { WAY };
        let config = parse(&origin(kind, &format!("{way}{LIMITS}\n{more}\n[data]\nquota_gb = 40")));
        assert_eq!(parse(&config.to_toml()), config, "{}", config.to_toml());
    }
}

#[test]
fn what_is_wrong_with_a_limit_is_told_with_its_remedy() {
    let limits = |row: &str| format!("[line.origin.limits]\n{row}");
    for (kind, rows, told) in [
        (
            "http",
            limits("audio_mb = 0"),
            "limits.audio_mb: 0 is out of bounds; use a whole number from 1 to 2000",
        ),
        (
            "git",
            limits("least_kb_per_s = \"8\""),
            "limits.least_kb_per_s: found a string; use a whole number from 1 to 1000",
        ),
        (
            "http",
            limits("connect_s = 20"),
            "limits.connect_s: 20 is longer than list_s, 10; use a shorter time, or a longer list_s",
        ),
        (
            "git",
            limits("connect_s = 2"),
            "limits.connect_s: unknown key; the keys here are list_s, least_kb_per_s, list_mb, audio_mb",
        ),
        (
            "bucket",
            limits("redirects = 2"),
            "limits.redirects: unknown key; the keys here are list_s, least_kb_per_s, list_mb, audio_mb, connect_s, read_s",
        ),
        ("http", "audio_mb = 100".into(), "audio_mb: unknown key; it belongs under [line.origin.limits]"),
        (
            "http",
            "private = true\nallowed_addresses = [\"192.168.1.20\"]".into(),
            "allowed_addresses: private = true allows every address of a private network; write only one of the two",
        ),
        (
            "feed",
            "allowed_addresses = [\"proxy.example.org\"]".into(),
            "allowed_addresses[0]: `proxy.example.org` is not accepted; \
             use a list of addresses of your own network, such as \"192.168.1.20\"",
        ),
        (
            "http",
            "allowed_addresses = [\"169.254.169.254\"]".into(),
            "allowed_addresses[0]: 169.254.169.254 is where clouds keep the secrets of a machine; \
             use a list of addresses of your own network, such as \"192.168.1.20\"",
        ),
        (
            "bucket",
            "proxy = \"http://me:5ec2e7@proxy.example.org/\"".into(),
            "proxy: a name or password stands in it; let the proxy know this machine by its address; \
             use an address such as \"http://proxy.example.org:3128\"",
        ),
        (
            "http",
            "proxy = \"socks5://proxy.example.org\"".into(),
            "proxy: it does not begin with http:// or https://; use an address such as \"http://proxy.example.org:3128\"",
        ),
        ("http", "revoked_file = \"\"".into(), "revoked_file: it is empty; use the path of a file or folder"),
    ] {
        let found = faults(&origin(kind, &rows));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with(&format!(": line[0].origin[0].{told}")), "{}\n{told}", found[0]);
    }
    for (rows, told) in [
        (
            "[data]\nreserve_percent = 0",
            "data.reserve_percent: 0 is out of bounds; use a whole number from 1 to 50",
        ),
        ("[data]\nquota_gb = 0", "data.quota_gb: 0 is out of bounds; use a whole number from 1 to 100000"),
        (
            "[line.held]\naccept_after_h = 1000",
            "line[0].held.accept_after_h: 1000 is out of bounds; use 0 for never, or a whole number from 1 to 720",
        ),
    ] {
        let found = faults(&format!("{SMALLEST}{rows}"));
        assert!(found.len() == 1 && found[0].ends_with(told), "{found:?}");
    }
}
