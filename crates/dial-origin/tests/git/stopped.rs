//! Commands that hang or are killed, and what they leave.

use std::cell::Cell;
use std::fs;
use std::time::Duration;

use dial_origin::fault::FaultKind;
use dial_origin::origin::Origin;
use dial_origin::origin::git::{Git, GitSettings};
use jiff::tz::TimeZone;

use crate::bench::{Bench, listed, noise, size, trusting, wait};
use crate::server::{Manner, Server};

/// How many commands are running on a folder of ours.
fn running(bench: &Bench) -> usize {
    let folder = bench.far();
    let folder = folder.to_str().unwrap();
    let is_ours = |entry: &fs::DirEntry| {
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(folder)
    };
    fs::read_dir("/proc").unwrap().flatten().filter(is_ours).count()
}

/// What was killed is gone within a moment.
fn is_quiet(bench: &Bench) -> bool {
    (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        running(bench) == 0
    })
}

fn stalling(bench: &Bench) -> Server {
    bench.offer(&["a.mp3", "b.mp3"]);
    bench.write("audio/b.mp3", noise(5, 3_000_000));
    bench.push();
    bench.server()
}

#[test]
fn a_first_copy_that_is_killed_in_the_middle_goes_on_with_the_recording_that_it_lost() {
    let bench = Bench::new();
    let server = stalling(&bench);
    let mut origin = bench.over_https(&server);
    let listing = listed(&mut origin).unwrap();
    assert_eq!(bench.fetched(&mut origin, &listing.items[0]).unwrap().len(), 100_000);
    server.behave(Manner::Stall(1_000_000));
    let came = Cell::new(0);
    let draft = bench.draft();
    let mut progress = |bytes, _| came.set(bytes);
    wait(async {
        let much = async {
            while came.get() < 900_000 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            fetched = origin.fetch(&listing.items[1], &draft, &mut progress) => panic!("{fetched:?}"),
            () = much => {}
        }
    });
    assert!(came.get() < 1_100_000, "{came:?}");
    assert!(is_quiet(&bench), "git goes on though nobody waits for it");
    // A run that is killed itself leaves its locks too.
    let list = fs::read_dir(bench.far()).unwrap().flatten().map(|entry| entry.path());
    let list = list.into_iter().find(|path| !path.ends_with("take.git")).unwrap();
    for lock in ["shallow.lock", "config.lock", "refs/dial/tip.lock", "objects/pack/tmp_pack_x"] {
        fs::write(list.join(lock), "").unwrap();
    }
    server.behave(Manner::Plain);
    bench.write("audio/a.mp3", noise(6, 100_000));
    bench.push();
    let mut origin = bench.over_https(&server);
    let next = listed(&mut origin).unwrap();
    server.moved();
    assert_eq!(bench.fetched(&mut origin, &next.items[1]).unwrap(), noise(5, 3_000_000));
    assert!(server.moved() < 3_050_000);
    assert!(size(&bench.far()) < 50_000);
}

#[test]
fn a_server_that_hangs_costs_no_more_than_the_time_allowed() {
    let bench = Bench::new();
    let server = stalling(&bench);
    let hurried = |address: &str| GitSettings {
        within: Duration::from_secs(2),
        min_speed: 1_000_000,
        ..trusting(&server, address)
    };
    let listing = listed(&mut bench.over_https(&server)).unwrap();
    let mut origin = Git::new(hurried(&server.address("line.git")), &bench.far());
    server.behave(Manner::Stall(1_000_000));
    let fault = bench.fetched(&mut origin, &listing.items[1]).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Slow);
    // Somebody listens and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://localhost:{}/line.git", silent.local_addr().unwrap().port());
    let fault = listed(&mut Git::new(hurried(&address), &bench.far())).err().unwrap();
    assert_eq!(fault.kind, FaultKind::NoAnswer);
    assert!(is_quiet(&bench));
}

#[test]
fn a_list_that_nobody_waits_for_any_more_is_given_up() {
    let bench = Bench::new();
    let server = stalling(&bench);
    server.behave(Manner::Stall(1));
    let mut origin = bench.over_https(&server);
    let zone = TimeZone::UTC;
    wait(async {
        let list = origin.list(&zone);
        assert!(tokio::time::timeout(Duration::from_millis(700), list).await.is_err());
    });
    assert!(is_quiet(&bench));
    server.behave(Manner::Plain);
    assert_eq!(listed(&mut origin).unwrap().items.len(), 2);
}

#[test]
fn a_copy_of_ours_that_is_damaged_is_thrown_away_and_made_anew() {
    let bench = Bench::new();
    bench.offer(&["a.mp3"]);
    bench.push();
    let whole = listed(&mut bench.on_disk()).unwrap();
    let list = fs::read_dir(bench.ours()).unwrap().flatten().next().unwrap().path();
    let overwrite = |ending: &str, bytes: &[u8]| {
        for entry in fs::read_dir(list.join("objects/pack")).unwrap().flatten() {
            if entry.path().extension().is_some_and(|found| found == ending) {
                let _ = fs::remove_file(entry.path());
                fs::write(entry.path(), bytes).unwrap();
            }
        }
    };
    type Damage<'a> = (&'a str, &'a dyn Fn());
    let damages: [Damage<'_>; 7] = [
        ("its head", &|| fs::write(list.join("HEAD"), "").unwrap()),
        ("its settings", &|| fs::write(list.join("config"), "[core\n\0\0").unwrap()),
        ("its packs", &|| overwrite("pack", &[0; 100])),
        ("the indices of its packs", &|| overwrite("idx", b"")),
        ("its newest commit", &|| fs::write(list.join("refs/dial/tip"), "0123\n").unwrap()),
        ("where its history ends", &|| fs::write(list.join("shallow"), "nothing\n").unwrap()),
        ("its objects", &|| fs::remove_dir_all(list.join("objects")).unwrap()),
    ];
    for (what, damage) in damages {
        damage();
        assert_eq!(listed(&mut bench.on_disk()).unwrap(), whole, "{what}");
        damage();
        bench.write("README.md", what);
        bench.push();
        let mut origin = bench.on_disk();
        let listing = listed(&mut origin).unwrap();
        assert_eq!(listing.items, whole.items, "{what}");
        assert_eq!(bench.fetched(&mut origin, &listing.items[0]).unwrap().len(), 100_000);
    }
}
