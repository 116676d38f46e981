//! How much moves: of a repository whose history is far larger than what it offers.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use dial_origin::origin::Origin;
use dial_origin::origin::git::Git;

use crate::bench::{Bench, church, git, list_of, listed, noise, size, wait};

/// Commits, each with a new recording; the last ones are still offered.
const COMMITS: usize = 400;
const OFFERED: usize = 12;
const RECORDING: usize = 500_000;

/// A history of 200 MB in 400 commits, by `git fast-import`.
fn history(bench: &Bench) {
    let mut child = church(&bench.line())
        .args(["-c", "core.compression=0", "fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    for at in 0..COMMITS {
        let names: Vec<String> =
            (at.saturating_sub(OFFERED - 1)..=at).map(|at| format!("{at}.mp3")).collect();
        let list = list_of(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let sound = noise(at as u64 + 1, RECORDING);
        writeln!(pipe, "commit refs/heads/main").unwrap();
        writeln!(pipe, "committer A <a@example.org> {} +0000\ndata 1\nx", 1_700_000_000 + at).unwrap();
        writeln!(pipe, "M 100644 inline audio/{at}.mp3\ndata {}", sound.len()).unwrap();
        pipe.write_all(&sound).unwrap();
        writeln!(pipe, "\nM 100644 inline data.json\ndata {}\n{list}", list.len()).unwrap();
        if at >= OFFERED {
            writeln!(pipe, "D audio/{}.mp3", at - OFFERED).unwrap();
        }
    }
    drop(pipe);
    assert!(child.wait().unwrap().success());
}

/// Fetches what is listed and not known, as the line does; gives how much that was.
fn copied(bench: &Bench, origin: &mut Git, known: &mut Vec<String>) -> u64 {
    let listing = listed(origin).unwrap();
    let mut bytes = 0;
    for item in &listing.items {
        let mark = item.mark.clone().unwrap();
        if !known.contains(&mark) {
            let mut peak = 0;
            wait(origin.fetch(item, &bench.draft(), &mut |came, _| peak = peak.max(came))).unwrap();
            bytes += fs::metadata(bench.draft()).unwrap().len();
            assert!(peak >= RECORDING as u64 && peak < RECORDING as u64 + 20_000, "{peak}");
            known.push(mark);
        }
    }
    bytes
}

#[test]
fn a_copy_moves_the_newest_files_alone_and_an_update_what_is_new() {
    let bench = Bench::new();
    history(&bench);
    assert!(size(&bench.line()) > 200_000_000);
    git(
        &bench.church(),
        &["pull", "--quiet", "--depth=1", &format!("file://{}", bench.line().display()), "main"],
    );
    let server = bench.server();
    let (mut near, mut far) = (bench.on_disk(), bench.over_https(&server));
    let (mut known, mut known_near) = (Vec::new(), Vec::new());
    let mut cycle = |what: &str| {
        let bytes = copied(&bench, &mut far, &mut known);
        let moved = server.moved();
        let held = size(&bench.far());
        println!("{what}: {bytes} bytes of recordings, {moved} bytes moved, {held} bytes held");
        let on_disk = copied(&bench, &mut near, &mut known_near);
        assert_eq!((on_disk, size(&bench.ours()) < 100_000, held < 100_000), (bytes, true, true));
        (bytes, moved - bytes)
    };
    let (bytes, more) = cycle("the first copy");
    assert_eq!(bytes, (OFFERED * RECORDING) as u64);
    assert!(more < 150_000, "{more} bytes more");

    bench.write("audio/new.mp3", noise(1_000_000, RECORDING));
    bench.push();
    let (bytes, more) = cycle("a new file that is not listed yet");
    assert_eq!(bytes, 0);
    assert!(more < 20_000, "{more} bytes more");

    let names: Vec<String> = (COMMITS - OFFERED..COMMITS).map(|at| format!("{at}.mp3")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).chain(["new.mp3"]).collect();
    bench.write("data.json", list_of(&names));
    bench.push();
    let (bytes, more) = cycle("its listing");
    assert_eq!(bytes, RECORDING as u64);
    assert!(more < 30_000, "{more} bytes more");

    bench.write("data.json", list_of(&names).replace("Anne", "Mary"));
    bench.push();
    let (bytes, more) = cycle("a change of the list alone");
    assert_eq!(bytes, 0);
    assert!(more < 20_000, "{more} bytes more");

    let (bytes, more) = cycle("no change");
    assert_eq!(bytes, 0);
    assert!(more < 6_000, "{more} bytes more");
}
