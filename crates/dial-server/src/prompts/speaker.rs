//! The voices that speak what no clip says: a neural one, and a speech program. Each works in a process of its
//! own, so that its memory, its faults and its slowness are not ours.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use dial_voice::pack::Tone;
use tokio_util::sync::CancellationToken;

use super::clip::Voice;
use super::gap::Gap;
pub(crate) use super::program::Program;
use super::program::{input, run};

/// The model is loaded anew for each sentence: on a small machine that alone takes some seconds.
const NEURAL_DEADLINE: Duration = Duration::from_mins(2);
/// Two minutes of telephone sound.
const MAX_SOUND: u64 = 120 * 8000;

/// A voice that makes sound of words.
#[derive(Debug, Clone)]
pub(crate) enum Speaker {
    Neural(Neural),
    Program(Program),
}

/// The neural voice, as this program speaks it when it is run as `dial voice say`.
#[derive(Debug, Clone)]
pub(crate) struct Neural {
    /// The program that is run; ourselves.
    pub(crate) program: PathBuf,
    /// The folder of its files.
    pub(crate) files: PathBuf,
    /// Who speaks, such as `bm_george`.
    pub(crate) speaker: String,
    /// A line's list of names.
    pub(crate) lexicon: Option<PathBuf>,
}

impl Speaker {
    /// Which of our voices it is.
    pub(crate) fn voice(&self) -> Voice {
        match self {
            Self::Neural(_) => Voice::Neural,
            Self::Program(_) => Voice::Program,
        }
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Neural(neural) => &neural.speaker,
            Self::Program(program) => program.name(),
        }
    }

    /// All that decides how it says something, besides the words.
    pub(super) fn id(&self) -> String {
        match self {
            // The list of names is part of it, so that a changed one is heard.
            Self::Neural(neural) => {
                let names = neural.lexicon.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
                format!("neural {} {}", neural.speaker, names.unwrap_or_default())
            }
            Self::Program(program) => format!("program {}", program.id()),
        }
    }

    /// The words as mu-law at 8 kHz; else why not. May take long.
    pub(crate) fn say(&self, gap: &Gap, until: &CancellationToken) -> Result<Vec<u8>, String> {
        let sound = match self {
            Self::Neural(neural) => neural.say(gap, until)?,
            Self::Program(program) => program.say(&gap.text(), until)?,
        };
        if sound.is_empty() { Err("it said nothing".into()) } else { Ok(sound) }
    }
}

impl Neural {
    fn say(&self, gap: &Gap, until: &CancellationToken) -> Result<Vec<u8>, String> {
        let output = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
        let mut command = Command::new(&self.program);
        command.args(["voice", "say", "--files"]).arg(&self.files).args(["--speaker", &self.speaker]);
        if let Some(lexicon) = &self.lexicon {
            command.arg("--lexicon").arg(lexicon);
        }
        command.args([
            "--tone",
            match gap.tone {
                Tone::Running => "running",
                Tone::Rising => "rising",
                Tone::Falling => "falling",
            },
        ]);
        command.stdin(Stdio::from(input(&gap.words).map_err(|error| error.to_string())?));
        command.stdout(Stdio::from(output.reopen().map_err(|error| error.to_string())?));
        run(command, NEURAL_DEADLINE, until)?;
        let mut sound = Vec::new();
        let file = output.reopen().map_err(|error| error.to_string())?;
        file.take(MAX_SOUND).read_to_end(&mut sound).map_err(|error| error.to_string())?;
        Ok(sound)
    }
}
