//! `dial voice`: who speaks on a line, how it sounds, and the neural voice.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use dial_audio::wav;
use dial_voice::lexicon::Lexicon;
use dial_voice::pack::Tone;
use dial_voice::voice::{MODEL, SPEAKERS, Speaker, VoiceFile};

use super::held;
use crate::app::{self, App};
use crate::clock::Clock;
use crate::config::Config;
use crate::prompts::{Clip, Spoken, Voice};

/// Who speaks on your lines, and how it sounds.
///
/// A sentence is said by the first of these that can: clips that your church recorded, the built-in
/// British voice, the neural voice, a speech program of this machine, and on calls through a
/// telephone company its own voice.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  dial voice                                   who says what, and what nobody can say
  dial voice try \"Welcome to St Mary's.\" --to welcome.wav
  dial voice install /media/stick/voice        a neural voice for names that the built-in one lacks"
)]
pub(crate) struct VoiceArgs {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    Try(TryArgs),
    Install(InstallArgs),
    #[command(hide = true)]
    Say(SayArgs),
}

/// Say something as a line would, now.
///
/// Prints which voice says which words, and writes the sound as a caller hears it.
#[derive(Debug, Args)]
struct TryArgs {
    /// What is said
    words: String,
    /// The line whose voices are used; not needed where there is only one
    #[arg(long)]
    line: Option<String>,
    /// The WAV file that is written
    #[arg(long, value_name = "FILE", default_value = "said.wav")]
    to: PathBuf,
}

/// Install the neural voice from files that you have.
///
/// The folder holds the model, `kokoro-v1.0.int8.onnx`, and at least one speaker, such as
/// `bm_george.bin`; docs/voices.md says where they come from. Each file is known by its checksum, and a
/// damaged one is refused. A running server speaks with it after a restart.
#[derive(Debug, Args)]
struct InstallArgs {
    /// The folder that holds the files
    folder: PathBuf,
}

/// Speak the words of the standard input; mu-law at 8 kHz comes out.
#[derive(Debug, Args)]
pub(crate) struct SayArgs {
    #[arg(long)]
    files: PathBuf,
    #[arg(long)]
    speaker: String,
    #[arg(long)]
    lexicon: Option<PathBuf>,
    #[arg(long)]
    tone: ToneArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ToneArg {
    Running,
    Rising,
    Falling,
}

impl VoiceArgs {
    /// Whether it needs no configuration: what another `dial` runs to speak.
    pub(super) fn only_says(&self) -> Option<&SayArgs> {
        match &self.what {
            Some(What::Say(args)) => Some(args),
            _ => None,
        }
    }
}

/// Tells who speaks, or does what is asked.
pub(crate) fn run(args: &VoiceArgs, config: &Config) -> Result<ExitCode> {
    match &args.what {
        None => list(config),
        Some(What::Try(args)) => try_out(args, config),
        Some(What::Install(args)) => install(&args.folder, &app::files_dir(&config.data.dir)),
        Some(What::Say(args)) => say(args),
    }
}

fn list(config: &Config) -> Result<ExitCode> {
    let app = App::build(config, Clock::system())?;
    app.lines.iter().for_each(|owned| app.restore(owned));
    let told = app.recall_voices(config);
    let mut out = std::io::stdout().lock();
    for (line, (name, spoken)) in config.lines.iter().zip(&told) {
        writeln!(out, "{name}")?;
        for row in rows(line, spoken, &config.data.dir) {
            writeln!(out, "  {row}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn rows(line: &crate::config::Line, spoken: &Spoken, data_dir: &Path) -> Vec<String> {
    let mut rows = Vec::new();
    match (&line.voices.clips, spoken.clips) {
        (None, _) => rows.push("your own clips: none; name their folder as `clips` in [line.voices]".into()),
        (Some(folder), clips) => rows.push(format!("your own clips: {clips}, in {}", folder.display())),
    }
    rows.extend(spoken.faults.iter().map(|fault| format!("    {fault}")));
    rows.push("the built-in voice: bm_george, British".into());
    let speakers = app::speakers(line, data_dir);
    let filled = |voice| spoken.filled.iter().find(|(by, _)| *by == voice).map_or(0, |(_, count)| *count);
    for (voice, what, otherwise) in [
        (Voice::Neural, "the neural voice", "not installed; see `dial voice install --help`"),
        (Voice::Program, "a speech program", "none is found"),
    ] {
        rows.push(match speakers.iter().find(|speaker| speaker.voice() == voice) {
            Some(speaker) => {
                format!("{what}: {}, has said {} names and sentences", speaker.name(), filled(voice))
            }
            None => format!("{what}: {otherwise}"),
        });
    }
    rows.push(match line.twiml.speech {
        crate::config::Speech::Line => {
            format!("the telephone company's voice: {}, for what is missing", line.voice)
        }
        crate::config::Speech::Provider => {
            format!("the telephone company's voice: {}, in all its calls", line.voice)
        }
    });
    if !spoken.unsaid.is_empty() {
        rows.push("no voice of the line has said yet:".into());
        rows.extend(spoken.unsaid.iter().map(|words| format!("    {words}")));
    }
    rows
}

fn try_out(args: &TryArgs, config: &Config) -> Result<ExitCode> {
    let app = App::build(config, Clock::system())?;
    let line = held::line(config, args.line.as_deref())?;
    let owned = app.find(Some(&line.name)).context("the line is one of the configuration")?;
    app.restore(owned);
    app.recall_voices(config);
    let speakers = app::speakers(line, &app.data_dir);
    let (clip, told) = owned.line.book.say_now(&args.words, &speakers);
    let mut out = std::io::stdout().lock();
    for row in told {
        writeln!(out, "{row}")?;
    }
    let Some(clip) = clip else { bail!("no voice of the line can say this") };
    write_wav(&args.to, &clip)?;
    writeln!(
        out,
        "{} holds what a caller hears: {:.1} s.",
        args.to.display(),
        f64::from(clip.length().0) / 1000.0
    )?;
    Ok(ExitCode::SUCCESS)
}

fn write_wav(path: &Path, clip: &Clip) -> Result<()> {
    let mut bytes = wav::mulaw_header(u32::try_from(clip.sound.len())?).to_vec();
    bytes.extend_from_slice(&clip.sound);
    fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

fn install(from: &Path, to: &Path) -> Result<ExitCode> {
    let present: Vec<&VoiceFile> = SPEAKERS.iter().filter(|file| from.join(file.name).is_file()).collect();
    if present.is_empty() {
        let names = SPEAKERS.map(|file| file.name).join(", ");
        bail!("the folder `{}` holds no speaker: it needs one of {names}", from.display());
    }
    fs::create_dir_all(to).with_context(|| format!("cannot make the folder `{}`", to.display()))?;
    let mut out = std::io::stdout().lock();
    for file in present.into_iter().chain([&MODEL]) {
        let content = file.read(&from.join(file.name))?;
        let mut installed = atomic_write_file::AtomicWriteFile::open(to.join(file.name))?;
        installed.write_all(&content)?;
        installed.commit().with_context(|| format!("cannot write to `{}`", to.display()))?;
        writeln!(out, "{}: {:.1} MB, and its checksum is right.", file.name, file.bytes as f64 / 1e6)?;
    }
    writeln!(
        out,
        "Installed. Try it: dial voice try \"Welcome to St Zita's.\" A running server needs a restart."
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The most words that are spoken at once, in bytes.
const MAX_WORDS: u64 = 4_096;

/// Speaks the words of the standard input.
pub(crate) fn say(args: &SayArgs) -> Result<ExitCode> {
    let mut words = String::new();
    std::io::stdin().take(MAX_WORDS).read_to_string(&mut words)?;
    let lexicon = match &args.lexicon {
        Some(file) => {
            let text =
                fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
            Lexicon::with(&text).with_context(|| format!("in `{}`", file.display()))?
        }
        None => Lexicon::default(),
    };
    let tone = match args.tone {
        ToneArg::Running => Tone::Running,
        ToneArg::Rising => Tone::Rising,
        ToneArg::Falling => Tone::Falling,
    };
    let sound = Speaker::open(&args.files, &args.speaker, lexicon)?.say(&words, tone)?;
    std::io::stdout().write_all(&sound)?;
    Ok(ExitCode::SUCCESS)
}
