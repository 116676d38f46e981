//! A speech program that the machine has, run as a separate process.

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dial_audio::prepare::prepare;

/// A program that has not spoken by then is given up.
const DEADLINE: Duration = Duration::from_secs(10);
/// No sentence of ours takes more sound than this: a minute at 48 kHz, 16 bits.
const MAX_SOUND: u64 = 60 * 48_000 * 2;

/// A program that writes speech as WAV to its standard output. The words come last, after `--`.
pub(crate) struct Program {
    name: &'static str,
    arguments: &'static [&'static str],
}

/// The clearest on a telephone first, as far as they were measured.
const KNOWN: [Program; 2] = [
    Program { name: "flite", arguments: &["-voice", "slt", "-o", "/dev/stdout", "-t"] },
    Program { name: "espeak-ng", arguments: &["-v", "en-gb-x-rp", "-s", "150", "--stdout", "--"] },
];

impl Program {
    /// The first known program that this machine has.
    pub(crate) fn find() -> Option<Self> {
        let path = std::env::var_os("PATH")?;
        let has = |program: &Program| {
            std::env::split_paths(&path).any(|folder| folder.join(program.name).is_file())
        };
        KNOWN.into_iter().find(has)
    }

    /// The program's name.
    pub(crate) fn name(&self) -> &str {
        self.name
    }

    /// The words as mu-law at 8 kHz; nothing if the program fails or takes too long.
    pub(crate) fn speak(&self, words: &str) -> Option<Vec<u8>> {
        // No sentence begins with a dash, so that none is taken for an option.
        let words = words.trim_start_matches('-');
        let mut output = tempfile::tempfile().ok()?;
        let mut child = Command::new(self.name)
            .args(self.arguments)
            .arg(words)
            .stdin(Stdio::null())
            .stdout(Stdio::from(output.try_clone().ok()?))
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        if !wait(&mut child) {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        let mut wav = Vec::new();
        output.seek(SeekFrom::Start(0)).ok()?;
        output.take(MAX_SOUND).read_to_end(&mut wav).ok()?;
        let mut sound = Vec::new();
        prepare(Box::new(Cursor::new(wav)), Some("wav"), &mut sound, &mut |_| {}).ok()?;
        Some(sound)
    }
}

/// Whether the child ended well in time.
#[allow(clippy::disallowed_methods, reason = "a deadline on another process is real time")]
fn wait(child: &mut std::process::Child) -> bool {
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Err(_) => return false,
        }
    }
    false
}
