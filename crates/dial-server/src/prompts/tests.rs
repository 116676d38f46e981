//! What a line says as sound: who says it, and what no fault of a voice can do.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dial_core::catalogue::{Catalogue, FileName, Recording, RecordingId, Sound, When};
use dial_core::language::Language;
use dial_core::phrase::PhraseBook;
use dial_core::session::Rules;
use dial_core::time::Millis;
use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::clock::Clock;
use crate::line::Line;

/// A line of a church with one recording that the built-in voice has no name for.
struct Bench {
    dir: tempfile::TempDir,
    line: Arc<Line>,
}

impl Bench {
    fn new(language: Language) -> Self {
        let zone = TimeZone::get("Europe/London").unwrap();
        let (phrases, book) = (PhraseBook::of(language), PromptBook::of(language));
        let line = Line::new("st-annes".into(), Rules::default(), phrases, book, zone.clone());
        let file = FileName::new("plough.mp3").unwrap();
        let recording = Recording {
            id: RecordingId::of(&file),
            file,
            title: Some("Plough Monday".into()),
            when: When::Told("2026-01-11T10:00:00Z".parse().unwrap()),
            sound: Sound::plain(Millis::seconds(60), "content"),
        };
        line.publish(Catalogue::new("St Zita's".into(), zone, vec![recording]));
        Self { dir: tempfile::tempdir().unwrap(), line: Arc::new(line) }
    }

    fn clips(&self) -> PathBuf {
        let clips = self.dir.path().join("clips");
        fs::create_dir_all(&clips).unwrap();
        clips
    }

    /// A speech program that says a tone of a second, or does what the script says.
    fn program(&self, script: &str) -> Speaker {
        use std::os::unix::fs::PermissionsExt;
        tone(&self.dir.path().join("tone.wav"), 440.0);
        let path = self.dir.path().join("speak");
        fs::write(&path, format!("#!/bin/sh\ncd \"{}\"\n{script}\n", self.dir.path().display())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Speaker::Program(Program::named(&[path.display().to_string()]))
    }

    fn render(&self, clips: Option<PathBuf>, speakers: Vec<Speaker>, until: &CancellationToken) -> Spoken {
        let clock = Clock::from_fn(|| "2026-01-12T10:00:00Z".parse().unwrap());
        let speaking = Speaking { line: Arc::clone(&self.line), clips, speakers };
        let mut renderer = Renderer::new(vec![speaking], self.dir.path(), clock, until.clone());
        renderer.once();
        renderer.spoken().remove(0).1
    }

    fn asked(&self) -> usize {
        fs::read_to_string(self.dir.path().join("asked")).unwrap_or_default().lines().count()
    }
}

/// Writes a second of a tone as WAV.
fn tone(path: &Path, hertz: f32) {
    let wave = |at: usize| 0.3 * (std::f32::consts::TAU * hertz * at as f32 / 8000.0).sin();
    let sound: Vec<u8> = (0..8000).map(|at| dial_audio::g711::encode_f32(wave(at))).collect();
    fs::write(path, [&dial_audio::wav::mulaw_header(8000)[..], &sound].concat()).unwrap();
}

const OFFER: &str = "To hear Plough Monday, Sunday the 11th of January, press 1.";
const WAIT: &str = "Or just wait, and the newest service will begin.";
/// Notes that it was asked, and says a tone.
const SPEAKS: &str = "cat >> asked; echo >> asked; cat tone.wav";

#[test]
fn the_built_in_voice_says_what_it_can_at_once() {
    let bench = Bench::new(Language::English);
    let clip = bench.line.book.clip(WAIT).unwrap();
    assert!(clip.voices.has(Voice::Pack) && !clip.voices.has(Voice::Program));
    assert!((1_500..5_000).contains(&clip.length().0), "{:?}", clip.length());
    assert!(bench.line.book.clip(OFFER).is_none(), "it has no clip of the title");
    assert!(Bench::new(Language::Welsh).line.book.clip(WAIT).is_none(), "and none in Welsh");
}

#[test]
fn callers_who_hear_the_same_sentence_share_its_sound() {
    let bench = Bench::new(Language::English);
    for words in [WAIT, OFFER, "nothing of this is known"] {
        let [one, other] = [(); 2].map(|()| bench.line.book.clip_or_murmur(words).sound);
        assert!(!one.is_empty() && one.as_ptr() == other.as_ptr(), "{words}");
    }
    for number in 0..1_000 {
        bench.line.book.clip_or_murmur(&format!("sentence {number}"));
    }
    assert!(bench.line.book.0.load().made.load().len() <= MAX_MADE, "and memory is bounded");
}

#[test]
fn another_voice_says_names_beforehand_and_only_once() {
    let bench = Bench::new(Language::English);
    let until = CancellationToken::new();
    let spoken = bench.render(None, vec![bench.program(SPEAKS)], &until);
    let clip = bench.line.book.clip(OFFER).unwrap();
    assert!(clip.voices.has(Voice::Pack) && clip.voices.has(Voice::Program));
    assert_eq!(spoken.unsaid, [""; 0]);
    let asked = bench.asked();
    assert!(asked > 0);
    bench.render(None, vec![bench.program(SPEAKS)], &until);
    assert_eq!(bench.asked(), asked, "what was said is kept on the disk");
    assert!(bench.line.book.clip(OFFER).is_some());
}

#[test]
fn a_clip_of_the_church_replaces_the_voice_wherever_its_words_are() {
    let bench = Bench::new(Language::English);
    for name in ["offer_wait.wav", "Plough Monday.wav", "offer.wav"] {
        tone(&bench.clips().join(name), 600.0);
    }
    fs::write(bench.clips().join("broken.mp3"), "this is no sound").unwrap();
    let spoken = bench.render(Some(bench.clips()), Vec::new(), &CancellationToken::new());
    assert_eq!(spoken.clips, 2);
    assert_eq!(spoken.faults.len(), 2, "{:?}", spoken.faults);
    assert!(
        spoken.faults.iter().any(|fault| fault.contains("differs from call to call")),
        "{:?}",
        spoken.faults
    );
    let whole = bench.line.book.clip(WAIT).unwrap();
    assert!(whole.voices.has(Voice::Church) && !whole.voices.has(Voice::Pack));
    let part = bench.line.book.clip(OFFER).unwrap();
    assert!(part.voices.has(Voice::Church) && part.voices.has(Voice::Pack));
    fs::remove_file(bench.clips().join("offer_wait.wav")).unwrap();
    bench.render(Some(bench.clips()), Vec::new(), &CancellationToken::new());
    assert!(!bench.line.book.clip(WAIT).unwrap().voices.has(Voice::Church), "and gives its place back");
}

#[test]
fn a_broken_voice_costs_only_its_words_and_is_told() {
    for script in ["exit 1", "cat > /dev/null", "echo this is no sound", "kill -9 $$"] {
        let bench = Bench::new(Language::English);
        let spoken = bench.render(None, vec![bench.program(script)], &CancellationToken::new());
        assert!(!spoken.failures.is_empty() && !spoken.unsaid.is_empty(), "{script}: {spoken:?}");
        assert!(bench.line.book.clip(OFFER).is_none() && bench.line.book.clip(WAIT).is_some(), "{script}");
        assert!(
            bench.line.book.clip_or_murmur(OFFER).length().0 > 1_000,
            "{script}: what has a voice is said"
        );
    }
}

#[test]
fn the_next_voice_says_what_one_before_it_cannot() {
    let bench = Bench::new(Language::English);
    let broken = Speaker::Neural(Neural {
        program: "/bin/false".into(),
        files: bench.dir.path().into(),
        speaker: "bm_george".into(),
        lexicon: None,
    });
    let spoken = bench.render(None, vec![broken, bench.program(SPEAKS)], &CancellationToken::new());
    assert!(bench.line.book.clip(OFFER).unwrap().voices.has(Voice::Program));
    assert!(!spoken.failures.is_empty() && spoken.unsaid.is_empty(), "{spoken:?}");
}

#[test]
fn a_voice_that_hangs_is_ended_with_all_that_it_started_when_we_stop() {
    let bench = Bench::new(Language::English);
    let until = CancellationToken::new();
    std::thread::scope(|scope| {
        let rendering = scope.spawn(|| bench.render(None, vec![bench.program("sleep 600 & wait")], &until));
        // Calls go on meanwhile.
        for _ in 0..100 {
            assert!(bench.line.book.clip(WAIT).is_some());
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        until.cancel();
        let spoken = rendering.join().unwrap();
        assert!(!spoken.unsaid.is_empty());
    });
}

#[test]
fn a_line_in_welsh_says_everything_with_a_voice_that_can() {
    let bench = Bench::new(Language::Welsh);
    bench.render(None, vec![bench.program(SPEAKS)], &CancellationToken::new());
    let asked = fs::read_to_string(bench.dir.path().join("asked")).unwrap();
    assert!(asked.contains("Plough Monday"), "{asked}");
    let words = "I glywed Plough Monday, dydd Sul yr 11eg o Ionawr, pwyswch 1.";
    assert!(bench.line.book.clip(words).is_some(), "{asked}");
}
