//! Builds, owns and stops everything: the only place that starts tasks and threads.

mod build;
mod event_log;
mod events;
mod https;
mod keep;
mod lock;
mod origins;
#[cfg(test)]
mod schedules;
mod serve;
mod sip;
mod voices;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dial_core::catalogue::{Defect, Gravity};
use dial_origin::http::Surroundings;
use dial_origin::keeper::{Keeper, Once, Settings, Stage, Wishes};
use dial_origin::sound::SoundStore;

use crate::clock::Clock;
use crate::library::Library;
use crate::line::Line;
use crate::store::{Store, Writer};

pub(crate) use build::{register_secrets, twiml_channel};
pub(crate) use keep::told;
pub(crate) use lock::Lock;
pub(crate) use serve::serve;
pub(crate) use voices::{files_dir, speakers};

/// A line and where its recordings come from.
pub(crate) struct OwnedLine {
    /// The line.
    pub(crate) line: Arc<Line>,
    /// Its origins, the preferred one first.
    pub(crate) origins: Vec<crate::config::Origin>,
    /// How its copy is kept.
    pub(crate) settings: Settings,
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
    /// What the clients of origins are given besides; nothing, but where we are the origins ourselves.
    pub(crate) surroundings: Surroundings,
}

impl App {
    /// Offers the copy of a line, after one round over its origins. Returns all that is wrong.
    pub(crate) fn load(&self, owned: &OwnedLine, progress: &mut dyn FnMut(&str, Stage)) -> Vec<Defect> {
        let (line, settings) = (&owned.line, owned.settings);
        let mut once = Once::at(self.clock.now(), progress);
        let sounds = Arc::clone(&self.sounds);
        let mut keeper = Keeper::new(&self.data_dir, &line.name, line.zone.clone(), sounds, settings);
        keeper.restore(&mut once);
        // While a server has the data folder, its copy is the newest there is.
        let lock = Lock::take(&self.data_dir);
        if !matches!(lock, Lock::Elsewhere) {
            keeper
                .ask(origins::open(&owned.origins, &self.data_dir, &line.name, &self.surroundings), settings);
            match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(keeper.cycle(&mut once)),
                Err(error) => tracing::error!("This machine gives no more resources: {error}"),
            }
        }
        if let Some(snapshot) = once.offered {
            self.library.add(&snapshot.sounds);
            // A call may be made as of another time: nothing is known of it then.
            line.publish(snapshot.catalogue.clone());
        }
        once.defects.extend(Wishes::of(&self.data_dir, &line.name).held().map(|held| Defect {
            gravity: Gravity::Ignored,
            place: format!("the origin {}", held.origin),
            what: format!("sent {}, so callers go on with the recordings from before", held.reason),
            remedy: format!("if it is right, run `dial approve {}`", line.name),
        }));
        once.defects
    }

    /// Offers what the disk holds of a line. Asks no origin.
    pub(crate) fn restore(&self, owned: &OwnedLine) {
        let mut nowhere = |_: &str, _: Stage| {};
        let mut once = Once::at(self.clock.now(), &mut nowhere);
        let sounds = Arc::clone(&self.sounds);
        let zone = owned.line.zone.clone();
        Keeper::new(&self.data_dir, &owned.line.name, zone, sounds, owned.settings).restore(&mut once);
        if let Some(snapshot) = once.offered {
            self.library.add(&snapshot.sounds);
            owned.line.publish(snapshot.catalogue.clone().known_at(snapshot.taken_at()));
        }
    }

    /// The line with a name; the first one, where none is named.
    pub(crate) fn find(&self, name: Option<&str>) -> Option<&OwnedLine> {
        match name {
            Some(name) => self.lines.iter().find(|owned| owned.line.name == name),
            None => self.lines.first(),
        }
    }
}

/// The folder of prepared sound.
pub(crate) fn sound_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("sound")
}
