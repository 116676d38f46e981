//! What a folder leaves in the store: each content once, whole or not at all.

#![allow(clippy::disallowed_methods, reason = "files on a disk are dated by its clock")]

use std::fs::{self, File};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, SystemTime};

use dial_core::catalogue::Gravity;
use dial_origin::sound::SoundStore;

use crate::bench::{Bench, offered, told, tone};
use crate::is_draft;

const NOTHING: [&str; 0] = [];

fn content(bench: &Bench) -> String {
    let (loaded, _) = bench.load();
    loaded.catalogue.all()[0].sound.content.clone()
}

#[test]
fn the_same_content_under_two_names_of_a_folder_is_prepared_once() {
    let bench = Bench::new();
    tone(&bench.audio("a.mp3"), 440, 1.0);
    fs::copy(bench.audio("a.mp3"), bench.audio("b.mp3")).unwrap();
    bench.list_files(&["a.mp3", "b.mp3"]);
    let (loaded, prepared) = bench.load();
    assert_eq!(offered(&loaded), ["a.mp3", "b.mp3"]);
    assert_eq!(prepared.len(), 1);
    let [a, b] = [0, 1].map(|at| &loaded.catalogue.all()[at]);
    assert_ne!(a.id, b.id);
    assert_eq!(a.sound, b.sound);
    assert_eq!(bench.stored(".ulaw").len(), 1);
    assert_eq!(bench.stored(".json").len(), 1, "its index");
}

#[test]
fn the_same_content_of_a_folder_wanted_twice_at_once_is_prepared_once() {
    let bench = Bench::new();
    tone(&bench.audio("a.wav"), 440, 20.0);
    fs::copy(bench.audio("a.wav"), bench.audio("b.wav")).unwrap();
    let store = bench.store();
    let both = Barrier::new(2);
    let prepare = |name| {
        let mut told = 0;
        both.wait();
        let sound = store.prepare_file(&bench.audio(name), None, &mut |_| told += 1).unwrap();
        (sound.bytes().to_vec(), told > 0)
    };
    let (a, b) = thread::scope(|scope| {
        let b = scope.spawn(|| prepare("b.wav"));
        (prepare("a.wav"), b.join().unwrap())
    });
    assert_eq!(a.0.len(), 20 * 8000);
    assert!(a.0 == b.0 && a.1 != b.1, "{} {}", a.1, b.1);
    assert!(fs::read(bench.stored(".ulaw").remove(0)).unwrap() == a.0);
    assert_eq!(bench.stored("").iter().filter(|path| is_draft(path)).count(), 0);
}

#[test]
fn a_second_load_of_a_folder_prepares_nothing() {
    let bench = Bench::new();
    tone(&bench.audio("a.mp3"), 440, 1.0);
    tone(&bench.audio("b.wav"), 550, 1.0);
    bench.list_files(&["a.mp3", "b.wav"]);
    let store = bench.store();
    let (first, prepared) = bench.try_load(&store);
    assert_eq!(prepared, ["a.mp3", "b.wav"]);
    let first = first.unwrap().catalogue;
    let again = |store: &Arc<SoundStore>| {
        let (second, prepared) = bench.try_load(store);
        assert_eq!(prepared, NOTHING);
        assert_eq!(second.unwrap().catalogue, first);
    };
    again(&store);
    drop(store);
    again(&bench.store());
    // The snapshots may be lost: then the files are read once more, and nothing is prepared.
    fs::remove_dir_all(bench.lines()).unwrap();
    again(&bench.store());
}

#[test]
fn a_changed_file_of_a_folder_gets_a_new_content_and_its_old_sound_stays() {
    let bench = Bench::new();
    tone(&bench.audio("a.wav"), 440, 1.0);
    bench.list_files(&["a.wav"]);
    let store = bench.store();
    let before = bench.try_load(&store).0.unwrap();
    let (old_content, old_sound) = &before.sounds[0];
    let old_bytes = old_sound.bytes().to_vec();
    tone(&bench.audio("a.wav"), 880, 2.0);
    let (after, prepared) = bench.try_load(&store);
    let after = after.unwrap();
    assert_eq!(prepared, ["a.wav"]);
    assert_eq!(after.catalogue.all()[0].id, before.catalogue.all()[0].id);
    assert_ne!(&after.sounds[0].0, old_content);
    assert_eq!(after.sounds[0].1.len_ms(), 2000);
    assert!(old_sound.bytes()[..] == old_bytes, "a call that plays it goes on");
    assert_eq!(bench.stored(".ulaw").len(), 2);
    assert!(store.ready(old_content).is_some());
    drop((before, after));
    assert!(bench.store().ready(&content(&bench)).is_some());
}

#[test]
fn a_recording_of_a_folder_that_changes_while_it_is_prepared_is_left_out_and_leaves_nothing() {
    let bench = Bench::new();
    tone(&bench.audio("a.wav"), 440, 30.0);
    bench.list_files(&["a.wav"]);
    let (path, store) = (bench.audio("a.wav"), bench.store());
    let mut touched = false;
    let mut progress = |_| {
        if !touched {
            touched = true;
            assert_eq!(bench.stored("").iter().filter(|path| is_draft(path)).count(), 1);
            let later = SystemTime::now() + Duration::from_secs(5);
            File::options().append(true).open(&path).unwrap().set_modified(later).unwrap();
        }
    };
    let error = store.prepare_file(&path, None, &mut progress).unwrap_err();
    assert_eq!(error.to_string(), "it is still being written");
    drop(store);
    assert_eq!(bench.stored("ulaw"), [""; 0].map(std::path::PathBuf::from));
    assert_eq!(bench.stored("").iter().filter(|path| is_draft(path)).count(), 0);
}

#[test]
fn what_an_interrupted_run_left_is_swept_away_by_the_one_that_writes() {
    let bench = Bench::new();
    fs::create_dir_all(bench.sounds().join("ab")).unwrap();
    let left = [bench.sounds().join(".draft-1-0"), bench.sounds().join("ab/.draft-2-0")];
    for path in &left {
        fs::write(path, "half").unwrap();
    }
    let store = bench.store();
    assert!(left.iter().all(|path| path.exists()), "another process may be at work on it");
    bench.keeper(&store).sweep();
    assert!(left.iter().all(|path| path.exists()), "another line may be at work on it");
    store.sweep();
    assert!(!left.iter().any(|path| path.exists()));
}

#[test]
fn a_prepared_sound_of_a_folder_that_is_damaged_is_made_anew() {
    let bench = Bench::new();
    tone(&bench.audio("a.wav"), 440, 1.0);
    bench.list_files(&["a.wav"]);
    let content = content(&bench);
    let (sound, index) = (bench.stored(".ulaw").remove(0), bench.stored(".v4.json").remove(0));
    let whole = fs::read(&sound).unwrap();
    let damages: [(&str, &dyn Fn()); 5] = [
        ("a truncated sound", &|| fs::write(&sound, &whole[..whole.len() - 1]).unwrap()),
        ("an empty sound", &|| fs::write(&sound, "").unwrap()),
        ("no sound", &|| fs::remove_file(&sound).unwrap()),
        ("a truncated index", &|| fs::write(&index, "{\"samples\": 80").unwrap()),
        ("no index", &|| fs::remove_file(&index).unwrap()),
    ];
    for (damage, harm) in damages {
        harm();
        let (loaded, prepared) = bench.load();
        assert_eq!(prepared, ["a.wav"], "{damage}");
        assert_eq!(loaded.sounds[0].0, content, "{damage}");
        assert!(loaded.sounds[0].1.bytes()[..] == whole, "{damage}");
        assert!(fs::read(&sound).unwrap() == whole, "{damage}");
    }
}

#[test]
fn a_store_that_cannot_be_written_to_is_told_in_words_and_not_blamed_on_the_recording() {
    let bench = Bench::new();
    tone(&bench.audio("a.wav"), 440, 1.0);
    bench.list_files(&["a.wav"]);
    // Not even root writes into a file as if it were a folder.
    fs::write(bench.sounds(), "in the way").unwrap();
    let problems = bench.try_load(&bench.store()).0.err().unwrap();
    let problem = told(&problems, "audio/a.wav");
    assert_eq!(problem.gravity, Gravity::Ignored);
    assert!(problem.what.starts_with("cannot be kept ("), "{problem}");
    assert!(!problem.remedy.contains("replace the file"), "the file is not at fault: {problem}");
}

/// The memory of this process that is its own, in kilobytes: mapped files do not count.
fn own_memory_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let row = status.lines().find_map(|row| row.strip_prefix("RssAnon:")).unwrap();
    row.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_folder_of_three_thousand_services_takes_little_memory() {
    let bench = Bench::new();
    tone(&bench.audio("0.mp3"), 440, 10.0);
    let names: Vec<String> = (0..3000).map(|number| format!("{number}.mp3")).collect();
    for name in &names[1..] {
        fs::hard_link(bench.audio("0.mp3"), bench.audio(name)).unwrap();
    }
    bench.list_files(&names.iter().map(String::as_str).collect::<Vec<_>>());
    bench.store().prepare_file(&bench.audio("0.mp3"), None, &mut |_| ()).unwrap();
    let before = own_memory_kb();
    let (loaded, prepared) = bench.load();
    let taken = own_memory_kb().saturating_sub(before);
    assert_eq!(loaded.catalogue.all().len(), 3000);
    assert_eq!(prepared, NOTHING);
    assert_eq!(bench.stored(".ulaw").len(), 1);
    assert!(taken < 16 * 1024, "{taken} kB for three thousand services");
}
