//! A church's repository as it really is: made, pushed to and served by git itself.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod bench;
mod measured;
mod refused;
mod server;
mod stopped;

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use dial_core::catalogue::FileName;
use dial_origin::fault::{Fault, FaultKind};
use dial_origin::origin::git::{Branch, Git, GitSettings};

use bench::{Bench, git, list_of, listed, noise, settings};
use server::Manner;

#[test]
fn a_repository_is_listed_and_its_recordings_come_as_they_are() {
    let bench = Bench::new();
    bench.offer(&["2026-11-15.mp3", "carols/b c.mp3"]);
    bench.write("other/large.bin", noise(9, 1_000_000));
    bench.push();
    let server = bench.server();
    for mut origin in [bench.on_disk(), bench.over_https(&server)] {
        let listing = listed(&mut origin).unwrap();
        assert_eq!(listing.church_name, "St Anne's");
        assert_eq!(listing.changed_at, Some("2026-11-22T10:00:00Z".parse().unwrap()));
        assert_eq!(listing.defects, []);
        let places: Vec<&str> = listing.items.iter().map(|item| item.place.as_str()).collect();
        assert_eq!(places, ["audio/2026-11-15.mp3", "audio/carols/b c.mp3"]);
        for item in &listing.items {
            let name = format!("HEAD:{}", item.place);
            assert_eq!(item.mark, Some(git(&bench.church(), &["rev-parse", &name])));
            let whole = fs::read(bench.church().join(&item.place)).unwrap();
            assert_eq!(bench.fetched(&mut origin, item).unwrap(), whole);
        }
        assert!(bench::size(&bench.ours()) < 50_000, "{}", bench::size(&bench.ours()));
        assert!(bench::size(&bench.far()) < 50_000, "{}", bench::size(&bench.far()));
    }
}

#[test]
fn a_list_that_did_not_change_is_the_same_and_one_that_did_is_told() {
    let bench = Bench::new();
    bench.offer(&["a.mp3"]);
    bench.push();
    let mut origin = bench.on_disk();
    let first = listed(&mut origin).unwrap();
    assert!(Arc::ptr_eq(&first, &listed(&mut origin).unwrap()));
    bench.offer(&["a.mp3", "b.mp3"]);
    bench.push();
    let second = listed(&mut origin).unwrap();
    assert_eq!(second.items.len(), 2);
    assert_eq!(second.items[0], first.items[0]);
    // After a restart everything is read from what is here: a server that gives no more than the newest
    // commit's name is enough.
    let server = bench.server();
    listed(&mut bench.over_https(&server)).unwrap();
    server.moved();
    server.asked.lock().unwrap().clear();
    assert_eq!(*listed(&mut bench.over_https(&server)).unwrap(), *second);
    assert_eq!(server.asked.lock().unwrap().len(), 2, "{:?}", server.asked);
}

#[test]
fn a_renamed_recording_keeps_its_mark_so_it_is_not_fetched_again() {
    let bench = Bench::new();
    bench.offer(&["a.mp3"]);
    bench.push();
    let mut origin = bench.on_disk();
    let before = listed(&mut origin).unwrap();
    git(&bench.church(), &["mv", "audio/a.mp3", "audio/2026-11-22 Advent.mp3"]);
    bench.write("data.json", list_of(&["2026-11-22 Advent.mp3"]));
    bench.push();
    let after = listed(&mut origin).unwrap();
    assert_eq!(after.items[0].entry.file.as_str(), "2026-11-22 Advent.mp3");
    assert_eq!(after.items[0].mark, before.items[0].mark);
}

#[test]
fn a_branch_and_a_folder_in_it_are_read() {
    let bench = Bench::new();
    bench.offer(&["main.mp3"]);
    bench.push();
    git(&bench.church(), &["checkout", "--quiet", "-b", "line/2026"]);
    for name in ["site/telephone/audio/a.mp3", "site/telephone/audio/ŵyl.mp3"] {
        bench.write(name, noise(7, 5000));
    }
    bench.write("site/telephone/data.json", list_of(&["a.mp3", "ŵyl.mp3"]));
    bench.push();
    let read = |branch: Option<&str>, folder: Option<&str>| {
        let branch = branch.map(|name| Branch::new(name).unwrap());
        let folder = folder.map(|name| FileName::new(name).unwrap());
        let settings = GitSettings { branch, folder, ..settings(bench.line().to_str().unwrap()) };
        let mut origin = Git::new(settings, &bench.ours());
        let listing = listed(&mut origin)?;
        let wholes = listing.items.iter().map(|item| bench.fetched(&mut origin, item).unwrap().len());
        Ok::<_, Fault>(wholes.collect::<Vec<usize>>())
    };
    assert_eq!(read(None, None), Ok(vec![100_000]));
    assert_eq!(read(Some("line/2026"), Some("site/telephone")), Ok(vec![5000, 5000]));
    assert_eq!(read(Some("line/2026"), None), Ok(vec![100_000]));
    let missing = [
        (Some("gone"), None, "refs/heads/gone"),
        (Some("line"), None, "refs/heads/line"),
        (None, Some("site"), "site/data.json"),
    ];
    for (branch, folder, detail) in missing {
        let fault = read(branch, folder).err().unwrap();
        assert_eq!(fault.kind, FaultKind::Missing);
        assert!(fault.detail.contains(detail), "{fault:?}");
    }
}

#[test]
fn a_branch_that_was_pushed_by_force_is_followed() {
    let bench = Bench::new();
    let server = bench.server();
    bench.offer(&["a.mp3"]);
    bench.push();
    bench.offer(&["a.mp3", "b.mp3"]);
    bench.push();
    let mut origin = bench.over_https(&server);
    let before = listed(&mut origin).unwrap();
    assert_eq!(before.items.len(), 2);
    git(&bench.church(), &["checkout", "--quiet", "--orphan", "anew"]);
    git(&bench.church(), &["rm", "--quiet", "-r", "-f", "."]);
    bench.offer(&["c.mp3"]);
    git(&bench.church(), &["add", "--all"]);
    git(&bench.church(), &["commit", "--quiet", "--message=Anew"]);
    git(&bench.church(), &["push", "--quiet", "--force", "../line.git", "anew:main"]);
    let after = listed(&mut origin).unwrap();
    assert_eq!(after.items.len(), 1);
    assert_eq!(bench.fetched(&mut origin, &after.items[0]).unwrap().len(), 100_000);
    // What the old commit had is swept by the server in time.
    git(&bench.line(), &["reflog", "expire", "--expire=now", "--all"]);
    git(&bench.line(), &["gc", "--quiet", "--prune=now"]);
    let gone = bench.fetched(&mut origin, &before.items[1]).err().unwrap();
    assert_eq!(gone.kind, FaultKind::Missing);
    assert_eq!(listed(&mut origin).unwrap().items.len(), 1);
}

#[test]
fn links_and_other_repositories_in_a_tree_are_not_followed() {
    let bench = Bench::new();
    bench.offer(&["good.mp3", "link.mp3", "out.mp3", "module.mp3", "folder.mp3", "gone.mp3"]);
    for name in ["link.mp3", "out.mp3", "module.mp3", "folder.mp3", "gone.mp3"] {
        fs::remove_file(bench.church().join("audio").join(name)).unwrap();
    }
    symlink("good.mp3", bench.church().join("audio/link.mp3")).unwrap();
    symlink("/etc/passwd", bench.church().join("audio/out.mp3")).unwrap();
    bench.write("audio/folder.mp3/a.mp3", "a");
    git(&bench.church(), &["add", "--all"]);
    let module = format!("160000,{},audio/module.mp3", "1".repeat(40));
    git(&bench.church(), &["update-index", "--add", "--cacheinfo", &module]);
    git(&bench.church(), &["commit", "--quiet", "--message=Odd"]);
    git(&bench.church(), &["push", "--quiet", "../line.git", "main"]);
    let mut origin = bench.on_disk();
    let listing = listed(&mut origin).unwrap();
    assert_eq!(listing.items.len(), 6, "what is in the list stays in it: an older sound may be kept");
    let labels = listing.items.iter().map(|item| match bench.fetched(&mut origin, item) {
        Ok(bytes) => format!("{} bytes", bytes.len()),
        Err(fault) => fault.kind.label().to_owned(),
    });
    let expected = ["100000 bytes", "wrong-content", "wrong-content", "wrong-content", "missing", "missing"];
    assert_eq!(labels.collect::<Vec<_>>(), expected);
}

#[test]
fn a_list_that_is_a_link_or_leads_out_of_the_repository_is_refused() {
    let bench = Bench::new();
    bench.offer(&["a.mp3"]);
    bench.write("data.json", list_of(&["../../etc/passwd"]));
    bench.push();
    let refused = || listed(&mut bench.on_disk()).err().unwrap().kind;
    assert!(matches!(refused(), FaultKind::List(_)));
    fs::remove_file(bench.church().join("data.json")).unwrap();
    symlink("/etc/hostname", bench.church().join("data.json")).unwrap();
    bench.push();
    assert!(matches!(refused(), FaultKind::WrongContent(_)));
    fs::remove_file(bench.church().join("data.json")).unwrap();
    bench.write("data.json", "x".repeat(2_200_000));
    bench.push();
    assert!(matches!(refused(), FaultKind::TooLarge(_)));
    fs::remove_file(bench.church().join("data.json")).unwrap();
    bench.push();
    assert_eq!(refused(), FaultKind::Missing);
}

#[test]
fn a_tree_whose_names_lead_out_of_the_repository_writes_nothing() {
    let bench = Bench::new();
    bench.offer(&["a.mp3"]);
    bench.push();
    let id = git(&bench.church(), &["rev-parse", "HEAD:audio/a.mp3"]);
    let list = git(&bench.church(), &["rev-parse", "HEAD:data.json"]);
    // Written by hand: no git makes such a tree.
    let raw = |id: &str| -> Vec<u8> {
        (0..20).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap()).collect()
    };
    let tree = [&b"100644 ../../evil\0"[..], &raw(&id), b"100644 data.json\0", &raw(&list)].concat();
    fs::write(bench.dir.path().join("tree"), tree).unwrap();
    let store = ["hash-object", "-t", "tree", "-w", "--literally", "../tree"];
    let tree = git(&bench.line(), &store);
    let commit = git(&bench.line(), &["commit-tree", "-m", "Evil", &tree]);
    git(&bench.line(), &["update-ref", "refs/heads/main", &commit]);
    let listing = listed(&mut bench.on_disk());
    let names: Vec<_> =
        fs::read_dir(bench.ours()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(!bench.dir.path().join("evil").exists());
    assert!(listing.is_err() || listing.unwrap().items[0].mark.is_none());
}

#[test]
fn a_server_without_filters_or_of_old_gives_its_recordings_all_the_same() {
    for (manner, filters) in [(Manner::Plain, "false"), (Manner::Old, "false"), (Manner::Old, "true")] {
        let bench = Bench::new();
        git(&bench.line(), &["config", "uploadpack.allowFilter", filters]);
        bench.offer(&["a.mp3", "b.mp3"]);
        bench.push();
        let server = bench.server();
        server.behave(manner.clone());
        let mut origin = bench.over_https(&server);
        let listing = listed(&mut origin).unwrap();
        for item in &listing.items {
            assert_eq!(bench.fetched(&mut origin, item).unwrap().len(), 100_000, "{manner:?} {filters}");
        }
        server.moved();
        bench.write("audio/b.mp3", noise(100, 100_000));
        bench.push();
        listed(&mut bench.over_https(&server)).unwrap();
        let moved = server.moved();
        assert!(moved < 150_000, "{manner:?} {filters}: an update brings what is new, not {moved} bytes");
    }
}

#[test]
fn what_we_hold_does_not_grow_with_updates_whatever_the_server_can_do() {
    for (filters, most) in [("true", 100_000), ("false", 1_000_000)] {
        let bench = Bench::new();
        git(&bench.line(), &["config", "uploadpack.allowFilter", filters]);
        bench.offer(&["a.mp3"]);
        let mut origin = bench.on_disk();
        let mut sizes = Vec::new();
        for at in 0..33 {
            bench.write("audio/a.mp3", noise(100 + at, 100_000));
            bench.push();
            let listing = listed(&mut origin).unwrap();
            sizes.push(bench::size(&bench.ours()));
            if at > 30 {
                assert_eq!(bench.fetched(&mut origin, &listing.items[0]).unwrap(), noise(100 + at, 100_000));
            }
        }
        assert!(*sizes.last().unwrap() < most, "{sizes:?}");
    }
}
