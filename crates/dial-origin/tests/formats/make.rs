//! Makes files by other people's encoders, and hears them with other people's decoders.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dial_audio::g711;
use dial_origin::sound::{SoundStore, Workshop};
use tempfile::TempDir;

/// How long the sounds are.
pub(crate) const MS: u32 = 4_000;
/// The tone that is in them.
pub(crate) const HZ: f64 = 440.0;

/// A place where files are made, with what they are made of.
pub(crate) struct Bench {
    dir: TempDir,
    pub(crate) with_ffmpeg: SoundStore,
    pub(crate) without_ffmpeg: SoundStore,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        for rate in [8_000, 44_100, 48_000] {
            let source = format!("sine=frequency={HZ}:sample_rate={rate}:duration={}", MS / 1_000);
            let wav = dir.path().join(format!("{rate}.wav"));
            let args = ["-f", "lavfi", "-i", &source, "-ac", "2", "-bitexact", text(&wav)];
            run("ffmpeg", &[&QUIET[..], &args].concat());
        }
        let none = Workshop { ffmpeg: dir.path().join("no/ffmpeg"), ..Workshop::default() };
        let disk = || std::sync::Arc::new(dial_origin::disk::RealDisk);
        Self {
            with_ffmpeg: SoundStore::with(&dir.path().join("with"), disk(), Workshop::default()),
            without_ffmpeg: SoundStore::with(&dir.path().join("without"), disk(), none),
            dir,
        }
    }

    /// Runs a command and gives the file that it made: `{in}` is a tone of 44,100 Hz in stereo, `{48}` one of
    /// 48,000 Hz, `{8}` one of 8,000 Hz, `{out}` the file. Commands that begin with a dash are arguments for ffmpeg.
    pub(crate) fn made(&self, name: &str, command: &str) -> PathBuf {
        let out = self.dir.path().join(name);
        let command = if command.starts_with('-') {
            format!("ffmpeg -i {{in}} {command} {{out}}")
        } else {
            command.into()
        };
        let mut words = command.split_whitespace().map(|word| match word {
            "{in}" => self.path("44100.wav"),
            "{48}" => self.path("48000.wav"),
            "{8}" => self.path("8000.wav"),
            "{out}" => text(&out).to_owned(),
            word => word.to_owned(),
        });
        match words.next().as_deref() {
            None | Some("nothing") => fs::write(&out, []).expect("a writable folder"),
            Some(program) => {
                let quiet = if program == "ffmpeg" { &QUIET[..] } else { &[] };
                let words: Vec<String> = words.collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                run(program, &[quiet, &words].concat());
            }
        }
        out
    }

    /// The bytes of another file, made for a row.
    pub(crate) fn other(&self, name: &str, command: &str) -> Vec<u8> {
        fs::read(self.made(name, command)).expect("just made")
    }

    fn path(&self, name: &str) -> String {
        text(&self.dir.path().join(name)).to_owned()
    }
}

/// How long ffmpeg plays it.
pub(crate) fn foreign_ms(path: &Path) -> Option<u32> {
    // Several files differ in their endings only.
    let raw = path.with_added_extension("raw");
    let args = ["-i", text(path), "-map", "0:a:0", "-ac", "1", "-ar", "8000", "-f", "s16le", text(&raw)];
    let output = output("ffmpeg", &[&QUIET[..], &args].concat());
    let bytes = fs::metadata(&raw).map_or(0, |meta| meta.len());
    (output.status.success() && bytes > 0).then_some((bytes / 16) as u32)
}

const QUIET: [&str; 4] = ["-nostdin", "-loglevel", "error", "-y"];

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary path is UTF-8")
}

fn output(program: &str, args: &[&str]) -> Output {
    let output = Command::new(program).args(args).output();
    output.unwrap_or_else(|cause| panic!("these tests need `{program}` (script/test installs it): {cause}"))
}

fn run(program: &str, args: &[&str]) {
    let output = output(program, args);
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The frequency of mu-law in its middle, by upward crossings of zero.
pub(crate) fn frequency(mulaw: &[u8]) -> f64 {
    let middle = &mulaw[mulaw.len() / 5..mulaw.len() * 4 / 5];
    let sign = |byte: u8| g711::decode(byte) >= 0;
    let crossings = middle.windows(2).filter(|pair| !sign(pair[0]) && sign(pair[1])).count();
    crossings as f64 * 8_000.0 / middle.len() as f64
}
