//! Thousands of schedules of faults over origins, disk and clock, on virtual time, each from its seed.
//!
//! After every step, and whenever a cycle waits, somebody rings. With a snapshot they hear a recording, byte
//! for byte one that the church once gave; without, the polite message. A snapshot that was published is
//! there after every crash and power cut, whole.

mod disk;
mod origin;

use std::io::{Read, Write};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use dial_audio::decode::{DecodeError, MediaSource};
use dial_audio::prepare::{PrepareError, Prepared};
use dial_core::key::Key;
use dial_core::phrase::{Phrase, PhraseBook};
use dial_core::session::{CallSession, Event, Memory, Next, Prompt, Rules};
use dial_core::time::Millis;
use dial_origin::event::What;
use dial_origin::keeper::{Keeper, NamedOrigin, Reporter, Settings, Stage};
use dial_origin::snapshot::Snapshot;
use dial_origin::sound::{Progress, SoundStore, Workshop};
use fastrand::Rng;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::library::Library;
use crate::line::Line;
use crate::prompts::PromptBook;
use disk::{FaultyDisk, Trouble};
use origin::{Acting, Conduct, Lie, Shared, Spoil};

/// Seeds of one test; four tests share the work among the processors.
const SEEDS: u64 = 2_500;
const STEPS: u32 = 16;
/// Bytes of a prepared recording.
const SOUND: usize = 8_000;

/// Makes sound of a file that says that it is one.
fn prepare(
    mut source: Box<dyn MediaSource>,
    _ending: Option<&str>,
    sink: &mut dyn Write,
    _progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, PrepareError> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).map_err(PrepareError::Write)?;
    if !bytes.starts_with(b"SOUND") {
        return Err(DecodeError::Empty.into());
    }
    sink.write_all(&sound(&bytes)).map_err(PrepareError::Write)?;
    Ok(Prepared { samples: SOUND as u64, ..Prepared::default() })
}

fn sound(file: &[u8]) -> Vec<u8> {
    file.iter().copied().cycle().take(SOUND).collect()
}

/// What runs between two deaths of the process.
struct Process {
    line: Line,
    library: Library,
    keeper: Keeper,
    /// Whether anything was ever offered.
    offers: bool,
}

/// What outlives it.
struct World {
    rng: Rng,
    now: Timestamp,
    disk: FaultyDisk,
    origins: Vec<Shared>,
    /// Every recording that the church ever gave, and a version of each name.
    given: Vec<(String, u32)>,
    /// The number of the last snapshot that was published.
    published: u64,
}

/// Offers to the line, as the server does.
struct Desk<'a> {
    now: Timestamp,
    rng: &'a mut Rng,
    line: &'a Line,
    library: &'a Library,
    published: Option<u64>,
}

impl Reporter for Desk<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn chance(&mut self) -> f64 {
        self.rng.f64()
    }

    fn tell(&mut self, what: What) {
        if let What::Published { number, .. } = what {
            self.published = Some(number);
        }
    }

    fn offer(&mut self, snapshot: &Arc<Snapshot>) {
        self.library.add(&snapshot.sounds);
        self.line.publish(snapshot.catalogue.clone().known_at(snapshot.taken_at()));
    }

    fn progress(&mut self, _file: &str, _stage: Stage) {}
}

impl Process {
    fn start(world: &mut World, dir: &Path) -> Self {
        let zone = TimeZone::get("Europe/London").unwrap();
        let line = Line::new(
            "st-annes".into(),
            Rules::default(),
            PhraseBook::default(),
            PromptBook::without_voice(),
            zone.clone(),
        );
        let library = Library::default();
        let disk: Arc<FaultyDisk> = Arc::new(world.disk.clone());
        let workshop = Workshop { preparer: prepare, ..Workshop::default() };
        let sounds = Arc::new(SoundStore::with(&dir.join("sound"), disk.clone(), workshop));
        sounds.sweep();
        let mut keeper = Keeper::on(disk, dir, "st-annes", zone, sounds, Settings::default());
        let mut desk =
            Desk { now: world.now, rng: &mut world.rng, line: &line, library: &library, published: None };
        keeper.restore(&mut desk);
        keeper.sweep();
        let origin = |(number, shared): (usize, &Shared)| {
            let (name, origin) = (format!("origin-{number}"), Box::new(Acting(Arc::clone(shared))));
            NamedOrigin { name, origin }
        };
        keeper.ask(world.origins.iter().enumerate().map(origin).collect(), Settings::default());
        let offers = keeper.current().is_some();
        Self { line, library, keeper, offers }
    }

    /// One round; whenever it waits, somebody rings.
    fn cycle(&mut self, world: &mut World) {
        let Self { line, library, keeper, offers } = self;
        let (line, library) = (&*line, &*library);
        let mut desk = Desk { now: world.now, rng: &mut world.rng, line, library, published: None };
        let given = world.given.as_slice();
        {
            let mut cycle = pin!(keeper.cycle(&mut desk));
            let mut context = Context::from_waker(Waker::noop());
            while cycle.as_mut().poll(&mut context).is_pending() {
                *offers |= !line.catalogue().is_unread();
                ring(line, library, world.now, *offers, given);
            }
        }
        let published = desk.published;
        *offers |= !line.catalogue().is_unread();
        // A dead process may have believed that it published.
        if let Some(number) = published.filter(|_| !world.disk.is_dead()) {
            world.published = number;
        }
    }
}

/// Rings, and chooses the newest.
fn ring(line: &Line, library: &Library, now: Timestamp, offers: bool, given: &[(String, u32)]) {
    let catalogue = line.catalogue();
    let mut session = CallSession::new(&line.rules, &catalogue, now);
    let answer = Event::Answered { memory: Memory::default() };
    let turn = Line::turn(&mut session, library, answer, Millis::ZERO);
    assert_eq!(offers, !catalogue.is_unread(), "what is offered stays offered");
    if !offers {
        let polite = |prompt: &Prompt| matches!(prompt, Prompt::Say(Phrase::Plain("trouble")));
        assert!(turn.prompts.iter().any(polite), "{turn:?}");
        assert_eq!(turn.next, Next::Hangup);
        return;
    }
    let key = Event::Digit { key: Key::try_from('1').unwrap(), heard: Millis::ZERO };
    let turn = Line::turn(&mut session, library, key, Millis::ZERO);
    let piece = turn.piece().unwrap_or_else(|| panic!("nothing is played: {turn:?} {catalogue:?}"));
    let recording = catalogue.find(piece.recording, now).unwrap();
    let bytes = library.find(&recording.sound.content).unwrap().bytes().clone();
    // A list that is wholly changed may be taken in the end, and names what it made up.
    let file = recording.file.as_str();
    let known = given.iter().any(|(name, version)| {
        file.trim_start_matches("other-") == name && sound(&origin::file(file, *version)) == bytes[..]
    });
    assert!(known, "{} is not what the church gave", recording.file.as_str());
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let given: Vec<(String, u32)> = (0..rng.u32(1..7)).map(|n| (format!("{n:03}.mp3"), 0)).collect();
        let conduct = Conduct { recordings: given.clone(), ..Conduct::default() };
        let origins = (0..rng.u32(1..4)).map(|_| Arc::new(Mutex::new(conduct.clone()))).collect();
        let now = Timestamp::from_second(1_750_000_000).unwrap();
        Self { rng, now, disk: FaultyDisk::default(), origins, given, published: 0 }
    }

    /// Something happens.
    fn step(&mut self) {
        match self.rng.u32(0..13) {
            0 | 1 => self.give(),
            2..=5 => self.misbehave(),
            6 | 7 => self.behave(),
            8 => self.disk.set(Trouble::Full),
            9 => self.disk.set(Trouble::ReadOnly),
            10 => self.disk.set(Trouble::Well),
            11 => {
                let hours = self.rng.i64(-20_000..20_000);
                self.pass(SignedDuration::from_hours(hours));
            }
            _ => self.disk.die_after(self.rng.u64(0..40)),
        }
        let seconds = self.rng.i64(1..4000);
        self.pass(SignedDuration::from_secs(seconds));
    }

    fn pass(&mut self, time: SignedDuration) {
        self.now = self.now.checked_add(time).unwrap_or(self.now);
    }

    /// The church has a new recording, or a better one of an old name; not all origins have it at once.
    fn give(&mut self) {
        let known = self.given.len() as u32;
        let (name, version) = if self.rng.bool() {
            (format!("{known:03}.mp3"), 0)
        } else {
            (self.given[self.rng.usize(0..self.given.len())].0.clone(), known)
        };
        self.given.push((name.clone(), version));
        for origin in &self.origins {
            if self.rng.u32(0..3) > 0 {
                let mut conduct = origin.lock().unwrap();
                conduct.recordings.retain(|(other, _)| *other != name);
                conduct.recordings.push((name.clone(), version));
            }
        }
    }

    fn misbehave(&mut self) {
        let which = self.rng.usize(0..self.origins.len());
        let mut conduct = self.origins[which].lock().unwrap();
        match self.rng.u32(0..4) {
            0 | 1 => conduct.fault = self.rng.choice(origin::faults()),
            2 => conduct.lie = self.rng.choice([Lie::Empty, Lie::Shrunken, Lie::Changed]),
            _ => conduct.spoils = self.rng.choice([Spoil::Missing, Spoil::Corrupt, Spoil::Pointer]),
        }
        conduct.slow = self.rng.u32(0..4);
    }

    fn behave(&mut self) {
        let which = self.rng.usize(0..self.origins.len());
        let mut conduct = self.origins[which].lock().unwrap();
        (conduct.fault, conduct.lie, conduct.spoils) = (None, None, None);
    }
}

fn run(seed: u64) {
    let dir = tempfile::tempdir_in(if Path::new("/dev/shm").is_dir() { "/dev/shm" } else { "." }).unwrap();
    let mut world = World::new(seed);
    let mut process = Process::start(&mut world, dir.path());
    for _ in 0..STEPS {
        world.step();
        process.cycle(&mut world);
        ring(&process.line, &process.library, world.now, process.offers, &world.given);
        if world.disk.is_dead() || world.rng.u32(0..12) == 0 {
            let published = world.published;
            // Its memory goes with it.
            drop(process);
            let (power_cut, mut rng) = (world.rng.bool(), world.rng.clone());
            world.disk.revive(power_cut, || rng.bool());
            process = Process::start(&mut world, dir.path());
            let number = process.keeper.current().map(|current| current.number());
            assert!(
                number.unwrap_or(0) >= published,
                "snapshot {published} was published, {number:?} is there"
            );
            let sounds = process.keeper.current().map(|current| current.sounds.clone()).unwrap_or_default();
            assert!(sounds.iter().all(|(_, sound)| sound.is_sound()), "a sound is torn");
            ring(&process.line, &process.library, world.now, process.offers, &world.given);
        }
    }
}

fn run_all(part: u64) {
    for seed in part * SEEDS..(part + 1) * SEEDS {
        let outcome = std::panic::catch_unwind(|| run(seed));
        assert!(outcome.is_ok(), "seed {seed} fails: run it alone to see how");
    }
}

#[test]
fn callers_are_served_through_every_schedule_of_the_first_quarter() {
    run_all(0);
}

#[test]
fn callers_are_served_through_every_schedule_of_the_second_quarter() {
    run_all(1);
}

#[test]
fn callers_are_served_through_every_schedule_of_the_third_quarter() {
    run_all(2);
}

#[test]
fn callers_are_served_through_every_schedule_of_the_last_quarter() {
    run_all(3);
}
