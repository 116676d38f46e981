//! Which voices a line has, from its configuration and from what lies on this machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dial_core::language::Language;
use dial_voice::voice::MODEL;
use tokio_util::sync::CancellationToken;

use super::App;
use crate::config::{Config, Line};
use crate::prompts::{Neural, Program, Renderer, Speaker, Speaking, Spoken};

/// Where the files of the neural voice are put.
pub(crate) fn files_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("voice").join("files")
}

/// What can say what no clip says, the best first.
pub(crate) fn speakers(line: &Line, data_dir: &Path) -> Vec<Speaker> {
    let (voices, language) = (&line.voices, Language::of_tag(&line.language));
    let files = files_dir(data_dir);
    let is_installed =
        [MODEL.name, &format!("{}.bin", voices.speaker)].iter().all(|name| files.join(name).is_file());
    // Its speakers are British.
    let neural = (is_installed && language == Language::English)
        .then(|| std::env::current_exe().ok())
        .flatten()
        .map(|program| {
            let (speaker, lexicon) = (voices.speaker.clone(), voices.lexicon.clone());
            Speaker::Neural(Neural { program, files, speaker, lexicon })
        });
    let program = if voices.program.is_empty() {
        Program::find(language)
    } else {
        Some(Program::named(&voices.program))
    };
    neural.into_iter().chain(program.map(Speaker::Program)).collect()
}

impl App {
    /// What makes the sound of all lines, until it is told to stop.
    pub(crate) fn renderer(&self, config: &Config, until: CancellationToken) -> Renderer {
        let speaking = |(owned, line): (&super::OwnedLine, &Line)| Speaking {
            line: Arc::clone(&owned.line),
            clips: line.voices.clips.clone(),
            speakers: speakers(line, &self.data_dir),
        };
        let lines = self.lines.iter().zip(&config.lines).map(speaking).collect();
        Renderer::new(lines, &self.data_dir, self.clock.clone(), until)
    }

    /// Takes on what clips there are, and what was said before; says nothing new. Tells who speaks on each line.
    pub(crate) fn recall_voices(&self, config: &Config) -> Vec<(String, Spoken)> {
        let until = CancellationToken::new();
        until.cancel();
        let mut renderer = self.renderer(config, until);
        renderer.once();
        renderer.spoken()
    }
}
