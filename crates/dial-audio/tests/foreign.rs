//! Files made by other people's encoders, as churches upload them.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use dial_audio::decode::DecodeError;
use dial_audio::g711;
use dial_audio::prepare::{PrepareError, Prepared, Warning, prepare};
use tempfile::TempDir;

/// Twelve seconds, so that a cut of two per cent shows.
const SECONDS: f64 = 12.3;
const HZ: f64 = 440.0;

fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .output()
        .unwrap_or_else(|cause| panic!("these tests need `{program}` (script/test installs it): {cause}"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn ffmpeg(args: &[&str]) {
    run("ffmpeg", &[&["-nostdin", "-loglevel", "error", "-y"], args].concat());
}

/// A stereo tone as WAV, `seconds` long.
fn tone(folder: &Path, rate: u32, seconds: f64) -> PathBuf {
    let path = folder.join(format!("tone-{rate}-{seconds}.wav"));
    let source = format!("sine=frequency={HZ}:sample_rate={rate}:duration={seconds}");
    ffmpeg(&["-f", "lavfi", "-i", &source, "-ac", "2", text(&path)]);
    path
}

fn encoded(folder: &Path, name: &str, wav: &Path, args: &[&str]) -> PathBuf {
    let path = folder.join(name);
    ffmpeg(&[&["-i", text(wav)], args, &[text(&path)]].concat());
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary path is UTF-8")
}

fn prepared_bytes(bytes: Vec<u8>) -> Result<(Prepared, Vec<u8>), PrepareError> {
    let mut sink = Vec::new();
    let prepared = prepare(Box::new(Cursor::new(bytes)), None, &mut sink, &mut |_| {})?;
    assert_eq!(prepared.samples, sink.len() as u64);
    Ok((prepared, sink))
}

fn prepared(path: &Path) -> Result<(Prepared, Vec<u8>), PrepareError> {
    prepared_bytes(fs::read(path).expect("the file was just made"))
}

/// Milliseconds that ffmpeg makes of it: what ffprobe states for an MP3 counts the encoder's delay too.
fn probed_ms(path: &Path) -> f64 {
    let wav = path.with_extension("decoded.wav");
    ffmpeg(&["-i", text(path), "-ac", "1", text(&wav)]);
    let args = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", text(&wav)];
    run("ffprobe", &args).trim().parse::<f64>().expect("a number") * 1_000.0
}

/// The frequency between the first and the last second, by upward crossings of zero.
fn frequency(mulaw: &[u8]) -> f64 {
    let middle = &mulaw[8_000..mulaw.len() - 8_000];
    let crossings =
        middle.windows(2).filter(|pair| g711::decode(pair[0]) < 0 && g711::decode(pair[1]) >= 0).count();
    crossings as f64 * 8_000.0 / middle.len() as f64
}

fn assert_whole(path: &Path) {
    let (prepared, mulaw) = prepared(path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
    let ms = prepared.samples as f64 / 8.0;
    assert_eq!(prepared.warnings, [], "{}", path.display());
    assert!((ms - probed_ms(path)).abs() <= 20.0, "{}: {ms} against {}", path.display(), probed_ms(path));
    assert!((frequency(&mulaw) - HZ).abs() < 1.0, "{}: {} Hz", path.display(), frequency(&mulaw));
}

#[test]
fn every_usual_kind_of_file_plays_whole_and_at_its_pitch() {
    let folder = TempDir::new().expect("a temporary folder");
    let wav = tone(folder.path(), 44_100, SECONDS);
    for (name, args) in [
        ("cbr.mp3", &["-c:a", "libmp3lame", "-b:a", "128k"][..]),
        ("vbr.mp3", &["-c:a", "libmp3lame", "-q:a", "4"]),
        ("mono-22.mp3", &["-c:a", "libmp3lame", "-ac", "1", "-ar", "22050"]),
        ("slow-11.mp3", &["-c:a", "libmp3lame", "-ac", "1", "-ar", "11025"]),
        ("last.m4a", &["-c:a", "aac"]),
        ("first.m4a", &["-c:a", "aac", "-movflags", "+faststart"]),
        ("alac.m4a", &["-c:a", "alac"]),
        ("pcm24.wav", &["-c:a", "pcm_s24le"]),
        ("float.wav", &["-c:a", "pcm_f32le"]),
        ("mulaw.wav", &["-c:a", "pcm_mulaw", "-ar", "8000", "-ac", "1"]),
        ("cd.aiff", &[]),
        ("cd.flac", &[]),
        ("vorbis.ogg", &["-c:a", "libvorbis"]),
        ("opus.opus", &["-c:a", "libopus"]),
        ("48.flac", &["-ar", "48000"]),
        ("odd.wav", &["-ar", "37800"]),
    ] {
        assert_whole(&encoded(folder.path(), name, &wav, args));
    }
    // ffprobe only guesses how long ADTS lasts.
    let (adts, mulaw) =
        prepared(&encoded(folder.path(), "plain.aac", &wav, &["-c:a", "aac"])).expect("ADTS plays");
    assert!((adts.samples as f64 / 8.0 - SECONDS * 1_000.0).abs() < 60.0, "{}", adts.samples);
    assert!((frequency(&mulaw) - HZ).abs() < 1.0);
}

#[test]
fn files_of_the_reference_encoders_play_whole() {
    let folder = TempDir::new().expect("a temporary folder");
    let wav = tone(folder.path(), 44_100, SECONDS);
    let path = |name: &str| folder.path().join(name);
    run("lame", &["--quiet", "-V", "2", text(&wav), text(&path("lame.mp3"))]);
    run("flac", &["--silent", "-o", text(&path("flac.flac")), text(&wav)]);
    run("oggenc", &["-Q", "-o", text(&path("oggenc.ogg")), text(&wav)]);
    run("sox", &[text(&wav), "-r", "16000", "-c", "1", text(&path("sox.wav"))]);
    for name in ["lame.mp3", "flac.flac", "oggenc.ogg", "sox.wav"] {
        assert_whole(&path(name));
    }
}

#[test]
fn joined_mp3_files_play_to_the_end() {
    let folder = TempDir::new().expect("a temporary folder");
    let wav = tone(folder.path(), 44_100, 5.0);
    let stereo = encoded(folder.path(), "stereo.mp3", &wav, &[]);
    let mono = encoded(folder.path(), "mono.mp3", &wav, &["-ac", "1", "-ar", "22050"]);
    let joined =
        [fs::read(&stereo).expect("made"), fs::read(&mono).expect("made"), fs::read(&stereo).expect("made")]
            .concat();
    let (prepared, _) = prepared_bytes(joined).expect("it plays");
    let ms = prepared.samples / 8;
    assert!((14_900..=15_400).contains(&ms), "{ms} ms, {:?}", prepared.warnings);
}

#[test]
fn an_mp3_whose_tag_states_a_huge_size_plays() {
    let folder = TempDir::new().expect("a temporary folder");
    let mp3 = encoded(
        folder.path(),
        "a.mp3",
        &tone(folder.path(), 44_100, 5.0),
        &["-id3v2_version", "0", "-write_xing", "0"],
    );
    let lying = [b"ID3\x04\x00\x00\x7F\x7F\x7F\x7F".to_vec(), fs::read(mp3).expect("made")].concat();
    let (prepared, _) = prepared_bytes(lying).expect("it plays");
    assert!((4_900..=5_200).contains(&(prepared.samples / 8)), "{}", prepared.samples);
}

#[test]
fn a_file_cut_short_is_named_as_such() {
    let folder = TempDir::new().expect("a temporary folder");
    let wav = tone(folder.path(), 44_100, SECONDS);
    for (name, args) in [("cut.flac", &[][..]), ("cut.wav", &[]), ("cut.mp3", &["-q:a", "4"])] {
        let mut bytes = fs::read(encoded(folder.path(), name, &wav, args)).expect("made");
        bytes.truncate(bytes.len() * 6 / 10);
        let (prepared, _) = prepared_bytes(bytes).unwrap_or_else(|cause| panic!("{name}: {cause}"));
        let [Warning::CutShort { playable_ms, stated_ms }, ..] = prepared.warnings[..] else {
            panic!("{name}: {:?}", prepared.warnings)
        };
        assert!((12_250..=12_400).contains(&stated_ms), "{name}: {stated_ms}");
        assert!((6_000..=9_000).contains(&playable_ms), "{name}: {playable_ms}");
    }
    // The list of what an MP4 holds is at its end.
    let mut bytes = fs::read(encoded(folder.path(), "cut.m4a", &wav, &[])).expect("made");
    bytes.truncate(bytes.len() * 6 / 10);
    assert!(matches!(prepared_bytes(bytes), Err(PrepareError::Decode(DecodeError::CutShort))));
}

#[test]
fn a_wav_from_a_pipe_states_no_length_and_plays_without_a_warning() {
    let folder = TempDir::new().expect("a temporary folder");
    let mut bytes = fs::read(tone(folder.path(), 8_000, 3.0)).expect("made");
    let data = bytes.windows(4).position(|window| window == b"data").expect("a data chunk");
    bytes[4..8].fill(0xFF);
    bytes[data + 4..data + 8].fill(0xFF);
    let (prepared, _) = prepared_bytes(bytes).expect("it plays");
    assert_eq!((prepared.samples, prepared.warnings), (24_000, vec![]));
}

#[test]
fn a_damaged_middle_is_played_around_and_told() {
    let folder = TempDir::new().expect("a temporary folder");
    let wav = tone(folder.path(), 44_100, SECONDS);
    for (name, args) in
        [("hurt.mp3", &["-b:a", "128k"][..]), ("hurt.ogg", &["-c:a", "libvorbis"]), ("hurt.m4a", &[])]
    {
        let mut bytes = fs::read(encoded(folder.path(), name, &wav, args)).expect("made");
        let middle = bytes.len() / 2;
        for (n, byte) in bytes[middle..middle + 2_000].iter_mut().enumerate() {
            *byte = (n * 167 % 251) as u8;
        }
        let (prepared, _) = prepared_bytes(bytes).unwrap_or_else(|cause| panic!("{name}: {cause}"));
        assert!(
            prepared.samples > 8_000 * 9,
            "{name}: {} samples, {:?}",
            prepared.samples,
            prepared.warnings
        );
    }
}

#[test]
fn sound_in_opposite_phase_does_not_vanish() {
    let folder = TempDir::new().expect("a temporary folder");
    let wav = tone(folder.path(), 44_100, SECONDS);
    let opposite = encoded(folder.path(), "opposite.wav", &wav, &["-af", "pan=stereo|c0=c0|c1=-1*c0"]);
    assert!((frequency(&prepared(&opposite).expect("it plays").1) - HZ).abs() < 1.0);
}

#[test]
fn a_muted_recording_is_told_to_its_owner() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("mute.flac");
    ffmpeg(&["-f", "lavfi", "-i", "anullsrc=r=44100:d=3", text(&path)]);
    assert_eq!(prepared(&path).expect("it plays").0.warnings, [Warning::Silent]);
}

#[test]
fn what_is_no_recording_is_refused_in_plain_words() {
    let refusal = |bytes: &[u8]| prepared_bytes(bytes.to_vec()).expect_err("no recording").to_string();
    assert_eq!(refusal(b""), "the file is empty");
    assert_eq!(
        refusal(b"\n<!DOCTYPE html><html><title>Not found</title>"),
        "this is a web page, not a recording; it begins with `.<!DOCTYPE html><html><title>Not found</title>`"
    );
    assert!(
        refusal(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
            .contains("Git LFS pointer")
    );
    assert_eq!(refusal(b"Dear vicar"), "this is not a recording; it begins with `Dear vicar`");
    assert!(refusal(b"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9").contains("Windows Media Audio"));
    assert!(refusal(&dial_audio::wav::mulaw_header(0)).contains("no sound"));
    let folder = TempDir::new().expect("a temporary folder");
    ffmpeg(&["-f", "lavfi", "-i", "testsrc=d=1", text(&folder.path().join("silent.mp4"))]);
    eprintln!("{}", refusal(&fs::read(folder.path().join("silent.mp4")).expect("made")));
}

#[test]
fn other_programs_read_our_wav() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("ours.wav");
    let sound = vec![g711::SILENCE; 12_000];
    let header = dial_audio::wav::mulaw_header(12_000);
    fs::write(&path, [&header[..], &sound].concat()).expect("a writable folder");
    let entries = "stream=codec_name,sample_rate,channels,duration";
    let probed = run("ffprobe", &["-v", "error", "-show_entries", entries, "-of", "csv=p=0", text(&path)]);
    assert_eq!(probed.trim(), "pcm_mulaw,8000,1,1.500000");
    assert_eq!(run("sox", &["--i", "-s", text(&path)]).trim().lines().last(), Some("12000"));
}
