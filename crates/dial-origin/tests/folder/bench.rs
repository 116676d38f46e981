//! A church's folder and a store beside it, on a real disk, with recordings made by real programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use std::sync::Arc;

use dial_core::catalogue::{Catalogue, Defect};
use dial_origin::keeper::{Keeper, NamedOrigin, Once, Settings, Stage};
use dial_origin::origin::Folder;
use dial_origin::sound::{Sound, SoundStore};
use futures_util::FutureExt;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempfile::TempDir;

/// Runs a program that makes or measures recordings; without it the test cannot be done.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| {
        panic!("`{program}` is needed to make recordings ({error}): script/test installs it")
    });
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?} failed: {told}");
    String::from_utf8(output.stdout).unwrap()
}

/// How long a recording plays, as `ffprobe` tells it.
///
/// Of an MP3 it tells the length of all frames, with the silence that the encoder put around the sound
/// and that players leave out again; there the frames that `ffmpeg` really plays are counted.
pub(crate) fn probed_ms(path: &Path) -> u64 {
    let name = path.to_str().unwrap();
    if path.extension().is_some_and(|ending| ending == "mp3") {
        let raw = path.with_extension("raw");
        let played = ["-v", "error", "-y", "-i", name, "-f", "s16le", "-ac", "1", "-ar", "8000"];
        run("ffmpeg", &[&played[..], &[raw.to_str().unwrap()]].concat());
        return fs::metadata(raw).unwrap().len() / 16;
    }
    let of = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", name];
    let seconds: f64 = run("ffprobe", &of).trim().parse().unwrap();
    (seconds * 1000.0).round() as u64
}

/// Works as `ffmpeg` does: the ending of the name decides what the file is.
pub(crate) fn tone(path: &Path, hertz: u32, seconds: f64) {
    let source = format!("sine=frequency={hertz}:sample_rate=44100:duration={seconds}");
    let path = path.to_str().unwrap();
    run("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", &source, "-b:a", "64k", path]);
}

/// What a folder holds, ready to be offered.
pub(crate) struct Loaded {
    pub(crate) catalogue: Catalogue,
    pub(crate) sounds: Vec<(String, Arc<Sound>)>,
    pub(crate) problems: Vec<Defect>,
}

pub(crate) struct Bench {
    dir: TempDir,
    pub(crate) settings: Settings,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("church/audio")).unwrap();
        Self { dir, settings: Settings::default() }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.dir.path().join("church")
    }

    pub(crate) fn audio(&self, name: &str) -> PathBuf {
        self.folder().join("audio").join(name)
    }

    pub(crate) fn sounds(&self) -> PathBuf {
        self.dir.path().join("sound")
    }

    pub(crate) fn lines(&self) -> PathBuf {
        self.dir.path().join("lines")
    }

    pub(crate) fn store(&self) -> Arc<SoundStore> {
        Arc::new(SoundStore::new(&self.sounds()))
    }

    pub(crate) fn keeper(&self, store: &Arc<SoundStore>) -> Keeper {
        let zone = TimeZone::get("Europe/London").unwrap();
        Keeper::new(self.dir.path(), "line", zone, Arc::clone(store), self.settings)
    }

    /// Writes the list as it stands.
    pub(crate) fn list(&self, text: &str) {
        fs::write(self.folder().join("data.json"), text).unwrap();
    }

    /// Writes a list of files without titles or times.
    pub(crate) fn list_files(&self, names: &[&str]) {
        let services: Vec<String> = names.iter().map(|name| format!("{{\"file\": \"{name}\"}}")).collect();
        self.list(&format!("{{\"church_name\": \"St Anne's\", \"services\": [{}]}}", services.join(", ")));
    }

    /// Loads with a store of its own, as after a restart; tells whose preparation was heard of.
    pub(crate) fn load(&self) -> (Loaded, Vec<String>) {
        let (loaded, prepared) = self.try_load(&self.store());
        (loaded.unwrap_or_else(|problems| panic!("{problems:?}")), prepared)
    }

    /// One round; with nothing to offer, only what is wrong.
    pub(crate) fn try_load(&self, store: &Arc<SoundStore>) -> (Result<Loaded, Vec<Defect>>, Vec<String>) {
        let mut prepared = Vec::new();
        let mut progress = |name: &str, stage: Stage| {
            if matches!(stage, Stage::Preparing(_)) {
                prepared.push(name.to_owned());
            }
        };
        let mut once = Once::at(Timestamp::UNIX_EPOCH, &mut progress);
        let mut keeper = self.keeper(store);
        let origin = Box::new(Folder::new(self.folder()));
        keeper.restore(&mut once);
        keeper.ask(vec![NamedOrigin { name: "church".into(), origin }], self.settings);
        keeper.cycle(&mut once).now_or_never().expect("a folder makes nobody wait");
        let problems = once.defects;
        let refused =
            problems.iter().any(|problem| problem.gravity == dial_core::catalogue::Gravity::Refused);
        // Several are prepared at once.
        prepared.sort();
        prepared.dedup();
        let loaded = match keeper.current().filter(|_| !refused) {
            Some(current) => {
                Ok(Loaded { catalogue: current.catalogue.clone(), sounds: current.sounds.clone(), problems })
            }
            None => Err(problems),
        };
        (loaded, prepared)
    }

    /// Every file of the store whose name ends so, in order.
    pub(crate) fn stored(&self, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut open = vec![self.sounds()];
        while let Some(dir) = open.pop() {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.to_str().unwrap().ends_with(ending) {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

/// The files that are offered, newest first.
pub(crate) fn offered(loaded: &Loaded) -> Vec<&str> {
    loaded.catalogue.all().iter().map(|recording| recording.file.as_str()).collect()
}

/// What is told of a place.
pub(crate) fn told<'a>(problems: &'a [Defect], place: &str) -> &'a Defect {
    let mut there = problems.iter().filter(|problem| problem.place == place);
    let problem = there.next().unwrap_or_else(|| panic!("nothing is told of {place}: {problems:?}"));
    assert_eq!(there.next(), None, "it is told once");
    problem
}
