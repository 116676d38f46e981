//! A program that speaks, run as a process of its own: whatever it does, it costs only what it was to say.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dial_audio::prepare::prepare;
use dial_core::language::Language;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio_util::sync::CancellationToken;

/// Where a program's arguments hold the words, and the file that it writes to.
const WORDS: &str = "{words}";
const FILE: &str = "{file}";
/// What is waited between two looks at it.
const LOOK: Duration = Duration::from_millis(5);
/// A sentence takes no more sound than this: two minutes at 48 kHz, 16 bits.
const MAX_SOUND: u64 = 120 * 48_000 * 2;
/// A program that has not spoken by then is given up.
const DEADLINE: Duration = Duration::from_secs(20);

/// A program that writes speech as WAV, to its standard output or to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    /// What is run, and its arguments, with `{words}` and perhaps `{file}`; without `{words}` they are its input.
    command: Vec<String>,
}

/// What machines have, the clearest on a telephone first, as far as they were measured. `espeak-ng` is hard to
/// understand there, and better than nothing.
const ENGLISH: [&[&str]; 4] = [
    &["pico2wave", "-l", "en-GB", "-w", FILE, WORDS],
    &["say", "-v", "Daniel", "--data-format=LEI16@22050", "-o", FILE, WORDS],
    &["flite", "-voice", "slt", "-o", FILE, "-t", WORDS],
    &["espeak-ng", "-v", "en-gb-x-rp", "-s", "150", "--stdout", "--", WORDS],
];
const WELSH: [&[&str]; 1] = [&["espeak-ng", "-v", "cy", "-s", "150", "--stdout", "--", WORDS]];

impl Program {
    /// The program that a line's configuration names.
    pub(crate) fn named(command: &[String]) -> Self {
        Self { command: command.to_vec() }
    }

    /// The first known program of a language that this machine has.
    pub(crate) fn find(language: Language) -> Option<Self> {
        let known: &[&[&str]] = match language {
            Language::English => &ENGLISH,
            Language::Welsh => &WELSH,
        };
        let path = std::env::var_os("PATH")?;
        let has = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
        let known = known.iter().find(|command| has(command[0]))?;
        Some(Self { command: known.iter().map(|part| (*part).to_owned()).collect() })
    }

    /// The program's name.
    pub(crate) fn name(&self) -> &str {
        let program = self.command.first().map_or("", String::as_str);
        program.rsplit('/').next().unwrap_or(program)
    }

    /// All that decides how it sounds.
    pub(super) fn id(&self) -> String {
        self.command.join("\u{1f}")
    }

    /// The words as mu-law at 8 kHz; else why not.
    pub(super) fn say(&self, words: &str, until: &CancellationToken) -> Result<Vec<u8>, String> {
        // No sentence begins with a dash, so that none is taken for an option.
        let words = words.trim_start_matches('-');
        let output = tempfile::Builder::new().suffix(".wav").tempfile().map_err(|error| error.to_string())?;
        let (program, arguments) = self.command.split_first().ok_or("no program is named")?;
        let file = output.path().display().to_string();
        let mut command = Command::new(program);
        command.args(arguments.iter().map(|part| part.replace(FILE, &file).replace(WORDS, words)));
        let is_told = arguments.iter().any(|part| part.contains(WORDS));
        let input = if is_told { None } else { Some(input(words).map_err(|error| error.to_string())?) };
        command.stdin(input.map_or_else(Stdio::null, Stdio::from));
        let is_filed = arguments.iter().any(|part| part.contains(FILE));
        let stdout = if is_filed { None } else { Some(output.reopen().map_err(|error| error.to_string())?) };
        command.stdout(stdout.map_or_else(Stdio::null, Stdio::from));
        run(command, DEADLINE, until)?;
        let mut wav = Vec::new();
        let file = File::open(output.path()).map_err(|error| error.to_string())?;
        file.take(MAX_SOUND).read_to_end(&mut wav).map_err(|error| error.to_string())?;
        let mut sound = Vec::new();
        prepare(Box::new(Cursor::new(wav)), Some("wav"), &mut sound, &mut |_| {})
            .map_err(|error| format!("what it spoke cannot be used: {error}"))?;
        Ok(sound)
    }
}

/// The words as a file to be read.
pub(super) fn input(words: &str) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    std::io::Write::write_all(&mut file, words.as_bytes())?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// Runs a command to its end, which must be a good one and come in time.
#[allow(clippy::disallowed_methods, reason = "a deadline on another process is real time")]
pub(super) fn run(mut command: Command, deadline: Duration, until: &CancellationToken) -> Result<(), String> {
    let start = Instant::now();
    // With all that it starts it is one group, so that none of it is left behind.
    let child = command.stderr(Stdio::null()).process_group(0).spawn();
    let mut child = Group(child.map_err(|error| format!("it cannot be started: {error}"))?);
    while start.elapsed() < deadline && !until.is_cancelled() {
        match child.0.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("it failed with {status}")),
            Ok(None) => std::thread::sleep(LOOK),
            Err(error) => return Err(error.to_string()),
        }
    }
    Err(format!("it had not spoken after {} seconds", deadline.as_secs()))
}

/// A process that does not outlive our interest in it.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // As long as it is not waited for, its number belongs to its group.
        if matches!(self.0.try_wait(), Ok(None)) {
            let leader = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
            let _ = leader.map(|leader| kill_process_group(leader, Signal::KILL));
            let _ = self.0.wait();
        }
    }
}
