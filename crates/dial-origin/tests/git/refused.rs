//! What is not trusted, and what is never shown.

use std::fs;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dial_origin::fault::{CertificateFault, Fault, FaultKind};
use dial_origin::origin::git::{Address, Git, GitSettings, Network};

use crate::bench::{Bench, listed, settings, trusting};
use crate::server::{Kind, Manner, Server};

/// A test that needs another environment starts itself again; says whether this is that second time.
fn again(name: &str, environment: &[(&str, &str)]) -> bool {
    if std::env::var_os("DIAL_TEST_AGAIN").is_some() {
        return true;
    }
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["--exact", name, "--nocapture"]).env("DIAL_TEST_AGAIN", "1");
    let output = test.envs(environment.iter().copied()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && told.contains("1 passed"),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    false
}

fn is_certificate(fault: &Fault) -> bool {
    fault.kind.is_certificate() && fault.host == "localhost" && !fault.detail.is_empty()
}

#[test]
fn a_certificate_that_expired_or_is_for_another_name_or_of_a_stranger_is_refused_and_named() {
    let bench = Bench::new();
    bench.offer(&["a.mp3"]);
    bench.push();
    for kind in [Kind::Expired, Kind::WrongName] {
        let server = Server::start(bench.dir.path(), kind);
        let fault = listed(&mut bench.over_https(&server)).err().unwrap();
        assert!(is_certificate(&fault), "{fault:?}");
        if let FaultKind::Certificate(CertificateFault::Other(words)) = &fault.kind {
            assert!(words.contains("certificate"), "{words}");
        }
        assert_eq!(server.asked.lock().unwrap().len(), 0);
    }
    let server = bench.server();
    let fault = listed(&mut Git::new(settings(&server.address("line.git")), &bench.far())).err().unwrap();
    assert!(is_certificate(&fault), "{fault:?}");
    listed(&mut bench.over_https(&server)).unwrap();
}

#[test]
fn no_environment_and_no_settings_of_the_user_switch_the_checks_off() {
    let home = tempfile::tempdir().unwrap();
    let config = "[http]\n\tsslVerify = false\n[credential]\n\thelper = !touch stolen\n";
    fs::write(home.path().join(".gitconfig"), config).unwrap();
    let home = home.path().to_str().unwrap();
    let environment = [
        ("HOME", home),
        ("GIT_SSL_NO_VERIFY", "1"),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "http.sslVerify"),
        ("GIT_CONFIG_VALUE_0", "false"),
        ("GIT_CONFIG_PARAMETERS", "'http.sslVerify=false'"),
        ("GIT_DIR", "/nowhere"),
        ("GIT_TRACE_CURL", "1"),
    ];
    if !again("refused::no_environment_and_no_settings_of_the_user_switch_the_checks_off", &environment) {
        return;
    }
    // The church's own git is started without these.
    let bench = Bench::new();
    let server = Server::start(bench.dir.path(), Kind::Expired);
    let mut origin = bench.over_https(&server);
    let fault = listed(&mut origin).err().unwrap();
    assert!(is_certificate(&fault), "{fault:?}");
    // Nor do those of our own copy, should somebody write into it.
    let list = fs::read_dir(bench.far()).unwrap().flatten().next().unwrap().path();
    fs::write(list.join("config"), "[core]\n\tbare = true\n[http]\n\tsslVerify = false\n").unwrap();
    let fault = listed(&mut origin).err().unwrap();
    assert!(is_certificate(&fault), "{fault:?}");
}

#[test]
fn a_password_or_token_lets_us_in_and_is_shown_to_nobody() {
    const SECRET: &str = "s3cr%t-p4ss";
    let bench = Bench::new();
    bench.offer(&["a.mp3"]);
    bench.push();
    let server = bench.server();
    let locked = STANDARD.encode(format!("anne:{SECRET}"));
    server.behave(Manner::Locked(locked));
    let at = |user: &str, host: &str, path: &str| format!("https://{user}@{host}:{}/{path}", server.port);
    let right = at("anne:s3cr%25t-p4ss", "localhost", "line.git");
    let mut origin = Git::new(trusting(&server, &right), &bench.far());
    let listing = listed(&mut origin).unwrap();
    assert_eq!(bench.fetched(&mut origin, &listing.items[0]).unwrap().len(), 100_000);

    let file = bench.dir.path().join("token");
    fs::write(&file, format!("anne:{SECRET}\n")).unwrap();
    let token =
        |path: &str| GitSettings { token: Some(file.clone()), ..trusting(&server, &server.address(path)) };
    listed(&mut Git::new(token("line.git"), &bench.ours())).unwrap();

    let mut faults = Vec::new();
    let mut refused = |settings: GitSettings, manner: Option<Manner>| {
        if let Some(manner) = manner {
            server.behave(manner);
        }
        let mut origin = Git::new(settings, &bench.ours());
        let fault = listed(&mut origin).err().unwrap();
        faults.push(format!("{fault:?} {origin:?} {}", fault.remedy()));
        fault.kind.label()
    };
    let wrong = at("anne:wrong-s3cr%25t-p4ss", "localhost", "line.git");
    assert_eq!(refused(trusting(&server, &wrong), None), "forbidden");
    assert_eq!(refused(trusting(&server, &server.address("line.git")), None), "forbidden");
    assert_eq!(refused(token("gone.git"), Some(Manner::Plain)), "missing");
    assert_eq!(refused(settings(&right), None), "certificate");
    assert_eq!(refused(settings(&at("anne:s3cr%25t-p4ss", "no.invalid", "x")), None), "dns");
    assert_eq!(refused(token("line.git"), Some(Manner::Status(503))), "status");
    assert_eq!(refused(token("line.git"), Some(Manner::Status(429))), "busy");
    let http = Manner::Elsewhere(format!("http://anne:{SECRET}@localhost:1"));
    assert_eq!(refused(token("line.git"), Some(http)), "downgrade");
    for fault in faults {
        assert!(!fault.contains("p4ss") && !fault.contains(&STANDARD.encode(SECRET)), "{fault}");
    }
    for kept in walk(&bench.far()).into_iter().chain(walk(&bench.ours())) {
        let bytes = fs::read(&kept).unwrap();
        assert!(!bytes.windows(4).any(|part| part == b"p4ss"), "{}", kept.display());
    }
}

#[test]
fn a_token_is_not_given_to_a_server_that_another_one_leads_to() {
    let bench = Bench::new();
    bench.offer(&["a.mp3"]);
    bench.push();
    let (first, other) = (bench.server(), bench.server());
    // Both are trusted, so that only the token could be at fault.
    let both = [&first, &other].map(|server| fs::read_to_string(&server.authority).unwrap()).concat();
    let authorities = bench.dir.path().join("both.pem");
    fs::write(&authorities, both).unwrap();
    let file = bench.dir.path().join("token");
    fs::write(&file, "token-of-the-first").unwrap();
    first.behave(Manner::Elsewhere(format!("https://localhost:{}", other.port)));
    other.behave(Manner::Locked("nobody".into()));
    let settings = GitSettings {
        token: Some(file),
        authorities: Some(authorities),
        ..settings(&first.address("line.git"))
    };
    let fault = listed(&mut Git::new(settings, &bench.far())).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Forbidden, "{fault:?}");
    let asked = other.asked.lock().unwrap();
    assert!(!asked.is_empty() && asked.iter().all(|asked| !asked.contains("Basic")), "{asked:?}");
}

#[test]
fn a_host_of_a_private_network_is_asked_only_where_that_is_meant() {
    for text in ["http://example.org/line.git", "https://localhost/line.git", "https://192.168.1.2/line"] {
        assert!(Address::new(text, Network::Public).is_err(), "{text}");
        assert!(Address::new(text, Network::Private).is_ok(), "{text}");
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let refused = |address: &str| listed(&mut Git::new(settings(address), folder.path())).err().unwrap();
    assert_eq!(refused(&format!("http://127.0.0.1:{closed}/line")).kind, FaultKind::Refused);
    assert_eq!(refused(&format!("ssh://127.0.0.1:{closed}/line")).kind, FaultKind::Refused);
    assert_eq!(refused("ssh://no.invalid/line").kind, FaultKind::NoSuchHost);
    assert_eq!(refused("/no/such/line.git").kind, FaultKind::Missing);
}

#[test]
fn a_pointer_of_lfs_is_told_where_git_lfs_is_not_installed_and_followed_where_it_is() {
    let programs = tempfile::tempdir().unwrap();
    let path = std::env::var("PATH").unwrap();
    let name = "refused::a_pointer_of_lfs_is_told_where_git_lfs_is_not_installed_and_followed_where_it_is";
    for (is_installed, program) in [
        ("no", "#!/bin/sh\nexit 1\n"),
        // As `git lfs smudge` does: a pointer comes in, and what it points to goes out.
        (
            "yes",
            "#!/bin/sh\ntest \"$1\" = version && exit 0\ngrep -q '^size 12345$' && head -c 12345 /dev/zero\n",
        ),
        ("short", "#!/bin/sh\ntest \"$1\" = version && exit 0\nhead -c 12 /dev/zero\n"),
        ("failing", "#!/bin/sh\ntest \"$1\" = version && exit 0\necho 'error: LFS: 404' >&2\nexit 2\n"),
    ] {
        let file = programs.path().join("git-lfs");
        fs::write(&file, program).unwrap();
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let path = format!("{}:{path}", programs.path().display());
        if !again(name, &[("PATH", &path), ("DIAL_TEST_LFS", is_installed)]) {
            continue;
        }
        let bench = Bench::new();
        bench.offer(&["a.mp3"]);
        let pointer = format!(
            "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n",
            "0".repeat(64)
        );
        bench.write("audio/a.mp3", pointer);
        bench.push();
        let mut origin = bench.on_disk();
        let listing = listed(&mut origin).unwrap();
        let fetched = bench.fetched(&mut origin, &listing.items[0]);
        match &*std::env::var("DIAL_TEST_LFS").unwrap() {
            "no" => assert_eq!(fetched.unwrap_err().kind, FaultKind::LfsPointer),
            "yes" => assert_eq!(fetched.unwrap(), vec![0; 12345]),
            "short" => {
                assert_eq!(fetched.unwrap_err().kind, FaultKind::WrongLength { stated: 12345, came: 12 });
            }
            _ => assert_eq!(fetched.unwrap_err().kind, FaultKind::Git("LFS: 404".into())),
        }
        return;
    }
}

#[test]
fn a_machine_without_git_or_with_one_too_old_is_told_so() {
    let programs = tempfile::tempdir().unwrap();
    let name = "refused::a_machine_without_git_or_with_one_too_old_is_told_so";
    for (path, told) in
        [("/nowhere", "git is not installed"), (programs.path().to_str().unwrap(), "2.32 or newer")]
    {
        let file = programs.path().join("git");
        fs::write(&file, "#!/bin/sh\necho git version 2.30.2\n").unwrap();
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        if !again(name, &[("PATH", path), ("DIAL_TEST_TOLD", told)]) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut origin = Git::new(settings("https://git.example/line.git"), folder.path());
        let fault = listed(&mut origin).err().unwrap();
        let FaultKind::Git(words) = &fault.kind else { panic!("{fault:?}") };
        assert!(words.contains(&std::env::var("DIAL_TEST_TOLD").unwrap()), "{words}");
        return;
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
