//! A church's folder as it really is: what is offered of it, what is told, and what is left on the disk.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod bench;
mod chapters;
mod store;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use dial_core::catalogue::Gravity;

use bench::{Bench, offered, probed_ms, run, told, tone};

#[test]
fn a_folder_is_offered_newest_first_with_its_titles_and_lengths() {
    let bench = Bench::new();
    tone(&bench.audio("2022-06-05.wav"), 440, 1.5);
    tone(&bench.audio("evensong.mp3"), 550, 2.0);
    tone(&bench.audio("undated.wav"), 660, 0.5);
    fs::create_dir(bench.audio("2021")).unwrap();
    tone(&bench.audio("2021/2021-12-24 Carols.mp3"), 770, 1.0);
    bench.list(
        r#"{"church_name": "St Anne's", "services": [
            {"file": "undated.wav"},
            {"file": "2022-06-05.wav"},
            {"file": "2021/2021-12-24 Carols.mp3", "title": "Carols"},
            {"file": "evensong.mp3", "title": "Evensong", "datetime": "2022-06-12T18:00:00+01:00"}]}"#,
    );
    let (loaded, prepared) = bench.load();
    assert_eq!(loaded.problems, []);
    let order = ["evensong.mp3", "2022-06-05.wav", "2021/2021-12-24 Carols.mp3", "undated.wav"];
    assert_eq!(offered(&loaded), order);
    assert_eq!(prepared.len(), 4);
    assert_eq!(loaded.catalogue.church_name(), "St Anne's");
    assert_eq!(loaded.catalogue.all()[0].title.as_deref(), Some("Evensong"));
    for recording in loaded.catalogue.all() {
        let of_it = |(content, _): &&(String, _)| *content == recording.sound.content;
        let (_, sound) = loaded.sounds.iter().find(of_it).unwrap();
        assert_eq!(recording.sound.length.0, sound.len_ms());
    }
    let lengths: Vec<u32> = loaded.catalogue.all().iter().map(|recording| recording.sound.length.0).collect();
    assert_eq!(lengths, [2000, 1500, 1000, 500]);
}

#[test]
fn a_prepared_recording_of_a_folder_is_as_long_as_its_file() {
    let bench = Bench::new();
    let names = ["a.wav", "a.mp3", "a.m4a", "a.flac", "a.ogg"];
    for name in names {
        tone(&bench.audio(name), 440, 7.3);
    }
    // Mono at a telephone's rate and a variable bit rate are usual too.
    let (wav, vbr, narrow) = (bench.audio("a.wav"), bench.audio("vbr.mp3"), bench.audio("narrow.wav"));
    let [wav, vbr, narrow] = [&wav, &vbr, &narrow].map(|path| path.to_str().unwrap());
    run("lame", &["--quiet", "-V", "5", wav, vbr]);
    run("sox", &[wav, "-r", "8000", "-c", "1", narrow]);
    bench.list_files(&["a.wav", "a.mp3", "a.m4a", "a.flac", "a.ogg", "vbr.mp3", "narrow.wav"]);
    let (loaded, _) = bench.load();
    assert_eq!(loaded.problems, []);
    assert_eq!(loaded.catalogue.all().len(), 7);
    for recording in loaded.catalogue.all() {
        let name = recording.file.as_str();
        let (ours, theirs) = (u64::from(recording.sound.length.0), probed_ms(&bench.audio(name)));
        assert!(ours.abs_diff(theirs) <= 20, "{name}: {ours} ms, and ffprobe tells {theirs} ms");
    }
}

#[test]
fn a_broken_file_of_a_folder_is_named_with_what_is_wrong_and_the_others_are_offered() {
    let bench = Bench::new();
    tone(&bench.audio("good.wav"), 440, 1.0);
    tone(&bench.audio("cut.m4a"), 440, 5.0);
    let whole = fs::read(bench.audio("cut.m4a")).unwrap();
    // The index comes last in an M4A, so an upload that is cut short has none.
    fs::write(bench.audio("cut.m4a"), &whole[..whole.len() / 2]).unwrap();
    fs::write(bench.audio("page.mp3"), "<!DOCTYPE html>\n<html><title>Not found</title></html>").unwrap();
    fs::write(bench.audio("empty.mp3"), "").unwrap();
    let noise = (0u32..50_000).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 & 0x7f);
    fs::write(bench.audio("noise.mp3"), noise.collect::<Vec<u8>>()).unwrap();
    fs::write(bench.audio("pointer.mp3"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
        .unwrap();
    fs::create_dir(bench.audio("folder.mp3")).unwrap();
    let table = [
        ("cut.m4a", "upload was cut short"),
        ("page.mp3", "is a web page"),
        ("empty.mp3", "is empty"),
        ("noise.mp3", "it"),
        ("pointer.mp3", "Git LFS pointer"),
        ("folder.mp3", "is not a file"),
        ("missing.mp3", "is missing"),
    ];
    let names: Vec<&str> = table.iter().map(|(name, _)| *name).chain(["good.wav"]).collect();
    bench.list_files(&names);
    let (loaded, _) = bench.load();
    assert_eq!(offered(&loaded), ["good.wav"]);
    assert_eq!(loaded.sounds.len(), 1);
    assert_eq!(loaded.problems.len(), table.len());
    for (name, why) in table {
        let problem = told(&loaded.problems, &format!("audio/{name}"));
        assert_eq!(problem.gravity, Gravity::Ignored);
        assert!(problem.what.contains(why), "{problem}");
        assert!(problem.what.ends_with("it is not offered"), "{problem}");
        assert!(problem.remedy.contains("take it from the list"), "{problem}");
    }
    assert_eq!(bench.stored(".ulaw").len(), 1, "nothing is left of what failed");
    assert_eq!(bench.stored("").iter().filter(|path| is_draft(path)).count(), 0);
}

pub(crate) fn is_draft(path: &Path) -> bool {
    path.file_name().unwrap().to_str().unwrap().starts_with(".draft-")
}

#[test]
fn a_folder_whose_list_cannot_be_used_is_refused_with_all_that_is_wrong_and_nothing_is_changed() {
    let bench = Bench::new();
    tone(&bench.audio("a.wav"), 440, 1.0);
    bench.list_files(&["a.wav"]);
    bench.load();
    let before = bench.stored("");
    tone(&bench.audio("b.wav"), 550, 1.0);
    bench.list(
        r#"{"church_name": "", "services": [
            {"file": "b.wav"}, {"file": "b.wav"}, {"file": "../../etc/passwd"}, {"title": "No file"},
            {"file": "c.wav", "datetime": "12 June"}, {"file": "d.wav", "tittle": "Slip"}, 7]}"#,
    );
    let (loaded, prepared) = bench.try_load(&bench.store());
    let error = loaded.err().unwrap();
    let told: Vec<String> = error.iter().map(ToString::to_string).collect();
    for place in [
        "church_name",
        "services[1].file",
        "services[2].file",
        "services[3].file",
        "services[4].datetime",
        "services[5].tittle",
        "services[6]",
    ] {
        let place = format!("{}: {place}: ", bench.folder().join("data.json").display());
        assert!(told.iter().any(|problem| problem.starts_with(&place)), "{place} is not in {told:?}");
    }
    assert_eq!(told.len(), 7);
    assert!(error.is_sorted_by_key(|problem| problem.gravity));
    assert_eq!(prepared, [""; 0]);
    assert_eq!(bench.stored(""), before);
}

#[test]
fn a_folder_without_a_list_or_that_is_not_there_is_refused_in_words() {
    let bench = Bench::new();
    for problem in [bench.try_load(&bench.store()).0.err().unwrap(), {
        fs::remove_dir_all(bench.folder()).unwrap();
        bench.try_load(&bench.store()).0.err().unwrap()
    }] {
        let place = bench.folder().join("data.json").display().to_string();
        let problem = told(&problem, &place);
        assert_eq!((problem.gravity, &*problem.what), (Gravity::Refused, "is missing"));
    }
}

#[test]
fn a_list_larger_than_any_folder_needs_is_refused() {
    let bench = Bench::new();
    bench.list(&" ".repeat(2 * 1024 * 1024 + 1));
    let error = bench.try_load(&bench.store()).0.err().unwrap();
    assert!(error[0].what.contains("larger than 2 MB"), "{error:?}");
}

#[test]
fn sound_beyond_the_quota_is_left_out_and_the_quota_is_named() {
    // A second of a file of 88 kB is 8 kB of sound.
    let mut bench = Bench::new();
    bench.settings.quota = Some(90_000);
    tone(&bench.audio("first.wav"), 440, 1.0);
    tone(&bench.audio("second.wav"), 330, 1.0);
    bench.list_files(&["first.wav", "second.wav"]);
    let (loaded, _) = bench.load();
    assert_eq!(offered(&loaded), ["first.wav"]);
    assert!(told(&loaded.problems, "audio/second.wav").what.contains("quota_gb"), "{:?}", loaded.problems);
}

#[test]
fn a_link_that_leads_out_of_the_folder_is_refused_and_one_that_stays_is_followed() {
    let bench = Bench::new();
    let outside = tempfile::tempdir().unwrap();
    tone(&outside.path().join("secret.wav"), 440, 1.0);
    tone(&bench.folder().join("beside.wav"), 440, 1.0);
    tone(&bench.audio("real.wav"), 440, 1.0);
    symlink(outside.path().join("secret.wav"), bench.audio("file.wav")).unwrap();
    symlink(outside.path(), bench.audio("dir")).unwrap();
    symlink("../beside.wav", bench.audio("up.wav")).unwrap();
    symlink("nowhere.wav", bench.audio("dangling.wav")).unwrap();
    symlink("loop.wav", bench.audio("loop.wav")).unwrap();
    symlink("real.wav", bench.audio("stays.wav")).unwrap();
    bench.list_files(&["file.wav", "dir/secret.wav", "up.wav", "dangling.wav", "loop.wav", "stays.wav"]);
    let (loaded, _) = bench.load();
    assert_eq!(offered(&loaded), ["stays.wav"]);
    for name in ["file.wav", "dir/secret.wav", "up.wav"] {
        let problem = told(&loaded.problems, &format!("audio/{name}"));
        assert_eq!(
            (problem.gravity, &*problem.what),
            (Gravity::Ignored, "cannot be read (it leads out of the folder), so it is not offered")
        );
    }
    assert_eq!(told(&loaded.problems, "audio/dangling.wav").what, "is missing, so it is not offered");
    assert!(told(&loaded.problems, "audio/loop.wav").what.starts_with("cannot be read ("));
    assert_eq!(loaded.problems.len(), 5);
}

#[test]
fn a_folder_may_itself_be_a_link() {
    let bench = Bench::new();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::remove_dir(bench.folder().join("audio")).unwrap();
    symlink(elsewhere.path(), bench.folder().join("audio")).unwrap();
    tone(&bench.audio("a.wav"), 440, 1.0);
    bench.list_files(&["a.wav"]);
    assert_eq!(offered(&bench.load().0), ["a.wav"]);
}

#[test]
fn a_recording_of_a_folder_keeps_its_identity_when_its_title_or_time_is_corrected() {
    let bench = Bench::new();
    tone(&bench.audio("a.wav"), 440, 1.0);
    bench.list(
        r#"{"church_name": "St Anne's", "services": [
            {"file": "a.wav", "title": "Evensnog", "datetime": "2022-06-12T10:00:00+01:00"}]}"#,
    );
    let (before, _) = bench.load();
    bench.list(
        r#"{"church_name": "St Anne's", "services": [
            {"file": "a.wav", "title": "Evensong", "datetime": "2022-06-12T18:00:00+01:00"}]}"#,
    );
    let (after, prepared) = bench.load();
    let (before, after) = (before.catalogue, after.catalogue);
    assert_ne!(before.revision(), after.revision());
    let (old, new) = (&before.all()[0], &after.all()[0]);
    assert_ne!((&old.title, old.when), (&new.title, new.when));
    assert_eq!((old.id, &old.sound), (new.id, &new.sound));
    assert_eq!(prepared, [""; 0]);
}
