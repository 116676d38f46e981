//! Decoders that hang, and an ffmpeg that is not what it should be.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use dial_audio::decode::MediaSource;
use dial_audio::prepare::{PrepareError, Prepared, Progress, prepare};
use dial_origin::disk::RealDisk;
use dial_origin::sound::{SoundError, SoundStore, Workshop};
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(3);
const LATER: Duration = Duration::from_mins(2);
/// WMA, as far as anybody looks at its beginning.
const WMA: &[u8] = b"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9";

/// Hangs over what begins so.
fn stuck(
    mut source: Box<dyn MediaSource>,
    extension: Option<&str>,
    sink: &mut dyn Write,
    progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, PrepareError> {
    if extension == Some("stuck") {
        let mut first = [0];
        let _ = source.read(&mut first);
        loop {
            thread::park();
        }
    }
    prepare(source, extension, sink, progress)
}

fn store(dir: &Path, ffmpeg: PathBuf, patience: Duration) -> SoundStore {
    let workshop = Workshop { preparer: stuck, ffmpeg, patience, ..Workshop::default() };
    SoundStore::with(&dir.join("sound"), Arc::new(RealDisk), workshop)
}

fn file(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, bytes).expect("a writable folder");
    path
}

/// A program in place of ffmpeg.
fn program(dir: &Path, script: &str) -> PathBuf {
    let path = file(dir, "program", format!("#!/bin/sh\n{script}\n").as_bytes());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("our own file");
    path
}

fn wav() -> Vec<u8> {
    let sound: Vec<u8> = (0..16_000_u32).map(|at| (at % 80) as u8).collect();
    [&dial_audio::wav::mulaw_header(16_000)[..], &sound].concat()
}

#[test]
fn a_decoder_that_hangs_costs_only_its_file_and_is_not_tried_again() {
    let dir = TempDir::new().expect("a temporary folder");
    let store = store(dir.path(), "/nowhere/ffmpeg".into(), SOON);
    let bad = file(dir.path(), "a.stuck", &wav());
    let refused = store.prepare_file(&bad, None, &mut |_| {});
    assert!(matches!(refused, Err(SoundError::Hung)), "{refused:?}");
    let good = file(dir.path(), "b.wav", &[wav(), vec![0]].concat());
    assert!(store.prepare_file(&good, None, &mut |_| {}).is_ok());
    // Its name may be another: it is known by its content.
    let again = file(dir.path(), "c.wav", &wav());
    let refused = store.prepare_file(&again, None, &mut |_| {});
    assert!(matches!(refused, Err(SoundError::Hung)), "{refused:?}");
}

#[test]
fn an_ffmpeg_that_hangs_is_ended_with_what_it_started() {
    let dir = TempDir::new().expect("a temporary folder");
    let mark = dir.path().join("mark");
    let script = format!("(sleep 6; touch {}) & sleep 60", mark.display());
    let store = store(dir.path(), program(dir.path(), &script), SOON);
    let refused = store.prepare_file(&file(dir.path(), "a.wma", WMA), None, &mut |_| {});
    assert!(matches!(refused, Err(SoundError::Hung)), "{refused:?}");
    thread::sleep(Duration::from_secs(5));
    assert!(!mark.exists(), "what it started goes on");
}

#[test]
fn an_ffmpeg_that_fails_is_quoted_and_one_that_pours_is_bounded() {
    let dir = TempDir::new().expect("a temporary folder");
    let wma = file(dir.path(), "a.wma", WMA);
    let fails =
        store(dir.path(), program(dir.path(), "echo 'file:/x/a.wma: Invalid data found' >&2; exit 1"), LATER);
    let told = fails.prepare_file(&wma, None, &mut |_| {}).expect_err("no sound").to_string();
    assert_eq!(told, "ffmpeg cannot play it (Invalid data found); please save it as MP3");
    let pours = store(dir.path(), program(dir.path(), "cat /dev/zero & cat /dev/zero >&2"), LATER);
    let told = pours.prepare_file(&wma, None, &mut |_| {}).expect_err("no sound").to_string();
    assert!(told.starts_with("ffmpeg cannot play it"), "{told}");
}

#[test]
fn ffmpeg_is_given_one_file_no_network_and_nothing_of_our_environment() {
    let dir = TempDir::new().expect("a temporary folder");
    let seen = dir.path().join("seen");
    let script = format!("(env; echo \"$@\") > {}; exit 1", seen.display());
    let store = store(dir.path(), program(dir.path(), &script), LATER);
    let wma = file(dir.path(), "http:--a.wma", WMA);
    let _ = store.prepare_file(&wma, None, &mut |_| {});
    let seen = fs::read_to_string(seen).expect("it was started");
    assert!(seen.contains("-protocol_whitelist file,pipe -format_whitelist "), "{seen}");
    assert!(seen.contains(&format!(" -i file:{} ", wma.display())), "{seen}");
    assert!(seen.starts_with("-nostdin") || seen.contains("\n-nostdin"), "{seen}");
    assert!(!seen.contains("HOME=") && !seen.contains("CARGO"), "{seen}");
}

/// Runs the test below in a process that has no `PATH`.
#[test]
fn without_ffmpeg_in_the_path_the_refusal_names_the_remedy() {
    let own = std::env::current_exe().expect("our own path");
    let inner = ["--exact", "stuck::in_a_process_without_a_path", "--ignored"];
    let output = Command::new(own).args(inner).env("PATH", "/nowhere").output().expect("it starts");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

#[test]
#[ignore = "the test above runs it"]
fn in_a_process_without_a_path() {
    let dir = TempDir::new().expect("a temporary folder");
    let store = SoundStore::new(&dir.path().join("sound"));
    let told = store.prepare_file(&file(dir.path(), "a.wma", WMA), None, &mut |_| {});
    assert_eq!(
        told.expect_err("no ffmpeg").to_string(),
        "recordings of the kind `Windows Media Audio (WMA)` need ffmpeg: install it on this machine, or save the recording as MP3"
    );
}
