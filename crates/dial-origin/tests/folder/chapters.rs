//! Whose chapters a recording has: a person's, those of the list, those beside the file, those that are heard.

use std::fs;
use std::path::Path;

use dial_core::catalogue::chapters::read;
use dial_origin::chapters::{By, Corrections};
use dial_origin::snapshot::Snapshot;
use jiff::tz::TimeZone;

use super::bench::{Bench, run, told};

/// 2 s of silence, of which all but 0.4 s is left out, and then a tone.
fn late(path: &Path) {
    let source = "sine=frequency=440:sample_rate=44100:duration=20,adelay=2000";
    run("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", source, path.to_str().unwrap()]);
}

fn starts(bench: &Bench) -> Vec<(u32, String)> {
    let (loaded, _) = bench.load();
    let chapters = &loaded.catalogue.all()[0].sound.chapters;
    chapters.iter().map(|chapter| (chapter.start.0 / 100, chapter.name.clone().unwrap_or_default())).collect()
}

#[test]
fn a_correction_counts_more_than_the_list_and_that_more_than_what_lies_beside_the_file() {
    let bench = Bench::new();
    late(&bench.audio("a.wav"));
    let list = |more: &str| {
        let services = format!("[{{\"file\": \"a.wav\"{more}}}]");
        bench.list(&format!("{{\"church_name\": \"St Anne's\", \"services\": {services}}}"));
    };
    list("");
    assert_eq!(starts(&bench), []);

    fs::write(bench.audio("a.chapters.txt"), "0:00 Welcome\n0:12 Hymn\n9:00:00 Never").unwrap();
    let beside = [(0, "Welcome".into()), (104, "Hymn".into())];
    assert_eq!(starts(&bench), beside, "in the time of what is heard: 1.6 s earlier");

    list(", \"chapters\": [{\"start\": \"0:07\", \"title\": \"Psalm\"}]");
    assert_eq!(starts(&bench), [(54, "Psalm".into())]);

    let dir = bench.lines().join("line");
    let look = || {
        let zone = TimeZone::get("Europe/London").unwrap();
        Snapshot::now(&dir, &zone, &bench.store()).unwrap()
    };
    let by = || {
        let (snapshot, corrections) = (look(), Corrections::read(&dir));
        snapshot.told(&snapshot.catalogue.all()[0].file, &corrections).unwrap()
    };
    let (whose, len) = by();
    assert_eq!((whose, len), (By::Origin, fs::metadata(bench.audio("a.wav")).unwrap().len()));
    let mut corrections = Corrections::read(&dir);
    corrections.set("a.wav", len, &read(b"0:03.6 Sermon").unwrap());
    corrections.write(&dir).unwrap();
    assert_eq!((starts(&bench), by().0), (vec![(20, "Sermon".into())], By::Person));

    // A new file has other parts.
    run(
        "sox",
        &[bench.audio("a.wav").to_str().unwrap(), bench.audio("b.wav").to_str().unwrap(), "trim", "0", "15"],
    );
    fs::rename(bench.audio("b.wav"), bench.audio("a.wav")).unwrap();
    assert_eq!((starts(&bench), by().0), (vec![(54, "Psalm".into())], By::Origin));

    list("");
    fs::remove_file(bench.audio("a.chapters.txt")).unwrap();
    assert_eq!((starts(&bench), by().0), (vec![], By::Ear));
}

#[test]
fn chapters_that_cannot_be_read_are_told_and_the_recording_is_offered() {
    let bench = Bench::new();
    late(&bench.audio("a.wav"));
    fs::write(bench.audio("a.chapters.txt"), "Hymn at 12:30").unwrap();
    bench.list_files(&["a.wav"]);
    let (loaded, _) = bench.load();
    assert_eq!(loaded.catalogue.all().len(), 1);
    let problem = told(&loaded.problems, "audio/a.wav").what.clone();
    assert!(problem.starts_with("its chapters cannot be read: row 1, `Hymn at 12:30`"), "{problem}");
}

#[test]
fn peaks_and_loudness_of_a_sound_are_kept_with_it() {
    let bench = Bench::new();
    late(&bench.audio("a.wav"));
    bench.list_files(&["a.wav"]);
    let (loaded, _) = bench.load();
    let (content, sound) = &loaded.sounds[0];
    let peaks = bench.store().peaks(content).unwrap();
    assert_eq!(peaks.len() as u32, sound.len_ms().div_ceil(100));
    assert!(peaks[0] == 0 && peaks[10..200].iter().all(|peak| *peak > 15), "{peaks:?}");
    let (recorded, levelled) = (sound.recorded_lufs().unwrap(), sound.levelled_lufs().unwrap());
    // ffmpeg's tone is at -21 dBFS; music is kept under a voice.
    assert!(
        (-25.5..-20.5).contains(&recorded) && (-27.5..-24.5).contains(&levelled),
        "{recorded} {levelled}"
    );
}
