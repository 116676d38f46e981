//! Builds, owns and stops everything: the only place that starts tasks and threads.

mod build;
mod serve;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dial_core::catalogue::Defect;
use dial_origin::folder::{self, LoadError};
use dial_origin::sound::{Progress, SoundStore};

use crate::clock::Clock;
use crate::library::Library;
use crate::line::Line;
use crate::store::{Store, Writer};

pub(crate) use build::{register_secrets, twiml_channel};
pub(crate) use serve::serve;

/// A line and where its recordings come from.
pub(crate) struct OwnedLine {
    /// The line.
    pub(crate) line: Arc<Line>,
    /// The folders of its origins, the preferred one first.
    pub(crate) folders: Vec<PathBuf>,
    /// How often they are looked at, in seconds.
    pub(crate) poll_s: u32,
}

/// Everything that is alive.
pub(crate) struct App {
    /// The lines in the order of the configuration.
    pub(crate) lines: Vec<OwnedLine>,
    /// What can be played.
    pub(crate) library: Arc<Library>,
    /// Places and records.
    pub(crate) store: Arc<Store>,
    /// Writes them.
    pub(crate) writer: Writer,
    /// Prepared sound on the disk.
    pub(crate) sounds: Arc<SoundStore>,
    /// The time.
    pub(crate) clock: Clock,
    /// Where everything of ours lies.
    pub(crate) data_dir: PathBuf,
}

impl App {
    /// Loads what a line's first usable origin has, and offers it from now on.
    pub(crate) fn load(
        &self,
        owned: &OwnedLine,
        progress: &mut dyn FnMut(&str, Progress),
    ) -> Result<Vec<Defect>, Vec<LoadError>> {
        load(owned, &self.library, &self.sounds, progress)
    }

    /// The line with a name; the first one, where none is named.
    pub(crate) fn find(&self, name: Option<&str>) -> Option<&OwnedLine> {
        match name {
            Some(name) => self.lines.iter().find(|owned| owned.line.name == name),
            None => self.lines.first(),
        }
    }
}

/// Origins are tried in order; the first whose list can be used is offered.
fn load(
    owned: &OwnedLine,
    library: &Library,
    sounds: &SoundStore,
    progress: &mut dyn FnMut(&str, Progress),
) -> Result<Vec<Defect>, Vec<LoadError>> {
    let mut failures = Vec::new();
    for folder in &owned.folders {
        match folder::load(folder, &owned.line.zone, sounds, progress) {
            Ok(loaded) => {
                library.add(&loaded.sounds);
                owned.line.publish(loaded.catalogue);
                return Ok(loaded.problems);
            }
            Err(error) => failures.push(error),
        }
    }
    Err(failures)
}

/// Lets go of sounds that no catalogue offers any more.
fn prune(lines: &[Arc<Line>], library: &Library) {
    let held: Vec<_> =
        lines.iter().flat_map(|line| line.catalogues().iter().cloned().collect::<Vec<_>>()).collect();
    let offered = |content: &str| {
        let mut recordings = held.iter().flat_map(|catalogue| catalogue.all());
        recordings.any(|recording| recording.sound.content == content)
    };
    library.keep(offered);
}

/// The folder of prepared sound.
fn sound_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("sound")
}
