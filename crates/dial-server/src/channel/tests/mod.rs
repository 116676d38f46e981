//! Scripted calls: keys and waits in, words and sound out. One file, one call; each on every channel.
//!
//! `dial-core/tests/transcripts/*.txt`: settings, an empty row, then what must happen. With `BLESS=1` in
//! the environment the simulator writes what happens; read it before you commit it.

mod acts;
mod phone;
mod provider;
mod stream;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use dial_core::catalogue::{self, Catalogue, Chapter, FileName, Recording, RecordingId, When};
use dial_core::key::{Key, KeyMap};
use dial_core::menu::MenuStyle;
use dial_core::phrase::PhraseBook;
use dial_core::session::{Left, Place, Rules, State};
use dial_core::time::Millis;
use dial_origin::sound::Sound;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use acts::{Acts, act};

use super::live::{Ahead, Frame, Listener, Live};
use super::ring;
use super::script::Script;
use super::simulator::{Ear, Press, Simulator};
use super::transcript::{Happening, Party, TranscriptEvent};
use super::twiml::{Dialect, Tier, Twiml, TwimlLine, Voice};
use crate::channel::twiml::signature::{Policy, Scheme, Verifier};
use crate::clock::{Clock, Stopwatch};
use crate::library::Library;
use crate::line::Line;
use crate::prompts::PromptBook;
use crate::report::Reports;
use crate::secret::Secret;
use crate::speech;
use crate::store::Store;

/// How a recording sounds mostly.
const PLAIN: u8 = 0x55;
pub(super) const CALLER: &str = "+441134960123";

/// Title, when it was held, and how many minutes it lasts; the first lies in the future.
const SERVICES: [(&str, &str, u32); 14] = [
    ("Compline", "2022-07-10T21:00:00+0100", 30),
    ("Choral Evensong", "2022-07-10T18:00:00+0100", 58),
    ("", "2022-07-10T10:00:00+0100", 62),
    ("St Thomas the Apostle", "2022-07-03T10:00:00+0100", 64),
    ("", "2022-06-26T10:00:00+0100", 12),
    ("", "2022-06-19T10:00:00+0100", 61),
    ("Trinity Sunday", "2022-06-12T10:00:00+0100", 66),
    ("Pentecost", "2022-06-05T10:00:00+0100", 67),
    ("", "2022-05-29T10:00:00+0100", 60),
    ("Ascension Day", "2022-05-26T19:30:00+0100", 45),
    ("", "2022-05-22T10:00:00+0100", 63),
    ("Rogation Sunday", "2022-05-22T15:00:00+0100", 40),
    ("Easter Day", "2021-04-04T10:00:00+0100", 70),
    ("", "2021-03-28T10:00:00+0100", 59),
];

/// When every call of these is answered.
pub(super) fn answered_at() -> Timestamp {
    "2022-07-10T18:45:00Z".parse().unwrap()
}

/// A call that was written beforehand.
pub(super) struct Case {
    pub(super) name: String,
    settings: BTreeMap<String, String>,
    expected: String,
    path: PathBuf,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let (head, expected) = text.split_once("\n\n").unwrap_or((&text, ""));
        let rows = head.lines().filter(|row| !row.starts_with('#'));
        let settings =
            rows.map(|row| row.split_once(": ").unwrap_or_else(|| panic!("{}: {row}", path.display())));
        Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            settings: settings.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            expected: expected.to_owned(),
            path: path.into(),
        }
    }

    fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }

    fn rules(&self) -> Rules {
        let menu = if self.setting("menu") == "classic" { MenuStyle::Classic } else { MenuStyle::Gentle };
        let pairs = self.setting("map").split_whitespace().map(|pair| pair.split_once('=').unwrap());
        let keys = pairs.fold(KeyMap::default(), |keys, (key, action)| {
            keys.with(key.parse::<Key>().unwrap(), action.parse().unwrap())
        });
        let still_there =
            self.setting("still-there").parse().map_or(Rules::default().still_there, Millis::seconds);
        Rules { menu, keys, still_there, ..Rules::default() }
    }

    /// The line, its sounds, and the store with the place of its caller.
    pub(super) fn line(&self, dir: &Path, book: PromptBook) -> (Arc<Line>, Arc<Library>, Arc<Store>) {
        let zone = TimeZone::get("Europe/London").unwrap();
        let (library, line) = (
            Arc::new(Library::default()),
            Arc::new(Line::new("st-annes".into(), self.rules(), PhraseBook::default(), book, zone.clone())),
        );
        let count = self.setting("recordings").parse().unwrap();
        let recordings: Vec<Recording> = SERVICES[..=count].iter().map(|row| recording(row, &zone)).collect();
        let lost = self.setting("lost");
        for recording in recordings
            .iter()
            .filter(|recording| recording.title.as_deref().unwrap_or_default() != lost || lost.is_empty())
        {
            let length = recording.sound.length.0 as usize * 8;
            let mut sound = vec![PLAIN; length];
            if self.setting("sound") != "plain" {
                // Each tenth of a second sounds like no other, so that no place is mistaken for another.
                for (number, tenth) in (1u32..).zip(sound.chunks_mut(800)) {
                    tenth[..4].copy_from_slice(&number.to_be_bytes());
                }
            }
            let sound = Sound::in_memory(&recording.sound.content, Bytes::from(sound));
            library.add(&[(recording.sound.content.clone(), Arc::new(sound))]);
        }
        let (store, _) = Store::open(dir, answered_at()).unwrap();
        if let Some((number, place)) = self.setting("place").split_once(' ') {
            let recording = recordings[number.parse::<usize>().unwrap()].id;
            let (minutes, seconds) = place.split_once(':').unwrap();
            let position =
                Millis::seconds(minutes.parse::<u32>().unwrap() * 60 + seconds.parse::<u32>().unwrap());
            let left_at = answered_at() - SignedDuration::from_hours(20);
            let place = Place { recording, position, left_at };
            let left = Left::At(place.recording, place.position);
            store.remember(
                "st-annes",
                store.caller(CALLER).as_ref(),
                left,
                &State::new(left_at),
                place.left_at,
            );
        }
        line.publish(Catalogue::new("St Anne's, Bellham".into(), zone, recordings));
        (line, library, Arc::new(store))
    }

    pub(super) fn script(&self) -> Script {
        self.setting("keys").parse().unwrap()
    }

    pub(super) fn limit(&self) -> Option<u32> {
        self.setting("for").parse().ok()
    }

    pub(super) fn from(&self) -> &'static str {
        if self.setting("caller") == "known" { CALLER } else { "anonymous" }
    }
}

fn recording((title, told, minutes): &(&str, &str, u32), zone: &TimeZone) -> Recording {
    let file = FileName::new(&format!("{told}.mp3").replace(':', "")).unwrap();
    let mut sound =
        catalogue::Sound::plain(Millis::seconds(minutes * 60), &format!("c{told}").replace([':', '+'], ""));
    sound.silences = (1..minutes * 2).map(|half| Millis::seconds(half * 30 + 7)).collect();
    if *title == "Trinity Sunday" {
        let chapter = |minute: u32| Chapter { start: Millis::seconds(minute * 60), name: None };
        sound.chapters = [0, 4, 11, 30].map(chapter).to_vec();
    }
    let title = (!title.is_empty()).then(|| (*title).to_owned());
    Recording { id: RecordingId::of(&file), file, title, when: When::told(told, zone).unwrap(), sound }
}

/// The call as it went: one row an event, without times, which differ a little between channels.
#[derive(Default)]
pub(super) struct Story {
    pub(super) rows: Vec<String>,
    pub(super) titles: BTreeMap<String, String>,
}

impl Story {
    pub(super) fn tell(&mut self, event: &TranscriptEvent) {
        let place = |ms: u64| Millis(u32::try_from(ms).unwrap()).to_string();
        let row = match &event.what {
            Happening::Say { text } => format!("say   {text}"),
            Happening::Play { recording, from_ms, to_ms, speed, .. } => {
                let title = self.titles.get(recording).map_or("?", String::as_str);
                let speed = if (speed - 1.0).abs() < 1e-9 { String::new() } else { format!(" at {speed}") };
                format!("play  {title} {}-{}{speed}", place(*from_ms), place(*to_ms))
            }
            // A provider waits at least a second, where other channels join the next piece at once.
            Happening::Gather { wait_ms: 1000 } => return,
            Happening::Gather { wait_ms } => format!("wait  {} s", wait_ms / 1000),
            Happening::Key { key } => format!("key   {key}"),
            Happening::Hangup { by: Party::Line } => "end   by the line".into(),
            Happening::Hangup { by: Party::Caller } => "end   by the caller".into(),
        };
        self.rows.push(row);
    }

    pub(super) fn text(&self) -> String {
        self.rows.join("\n") + "\n"
    }
}

pub(super) fn titles(line: &Line) -> BTreeMap<String, String> {
    let named = |recording: &Recording| {
        let title = recording.title.clone().unwrap_or_else(|| recording.file.as_str()[..10].to_owned());
        (recording.id.to_string(), title)
    };
    line.catalogue().all().iter().map(named).collect()
}

struct Scripted {
    story: Story,
    sound: Vec<u8>,
    due: std::collections::VecDeque<(u64, Key)>,
    limit: Option<u32>,
}

impl Listener for Scripted {
    fn event(&mut self, event: &TranscriptEvent) {
        self.story.tell(event);
    }
}

impl Ear for Scripted {
    fn tick(&mut self, at: Millis, frame: &Frame) -> Press {
        if self.limit.is_some_and(|limit| at.as_seconds() >= limit) {
            return Press::HangUp;
        }
        match self.due.front() {
            Some((due, key)) if *due <= u64::from(at.0) => {
                let key = *key;
                self.due.pop_front();
                Press::Key(key)
            }
            _ => {
                self.sound.extend_from_slice(frame);
                Press::Nothing
            }
        }
    }
}

/// What happens, and what is heard.
pub(super) fn on_the_simulator(case: &Case) -> (String, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let (line, library, store) = case.line(dir.path(), PromptBook::without_voice());
    let memory = store.memory("st-annes", store.caller(case.from()).as_ref());
    let mut at_ms = 0;
    let script = case.script();
    let due = script.presses().iter().map(|press| {
        at_ms += press.after_ms;
        (at_ms, Key::try_from(press.key).unwrap())
    });
    let story = Story { rows: Vec::new(), titles: titles(&line) };
    let mut ear = Scripted { story, sound: Vec::new(), due: due.collect(), limit: case.limit() };
    Simulator { line, library, answered_at: answered_at(), memory }.run(&mut ear);
    (ear.story.text(), ear.sound)
}

/// A real server on a real socket with the line of a case. Its clock is the caller's.
struct Served {
    base: String,
    /// Milliseconds since the call was answered.
    time: Arc<AtomicU64>,
    token: Secret,
    twiml: Arc<Twiml>,
    store: Arc<Store>,
    titles: BTreeMap<String, String>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    _dir: tempfile::TempDir,
}

impl Served {
    async fn start(
        case: &Case,
        (dialect, tier): (Dialect, Tier),
        book: PromptBook,
        change: impl FnOnce(&mut Twiml),
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (line, library, store) = case.line(dir.path(), book);
        let time = Arc::new(AtomicU64::new(0));
        let (started, clock_time) = (answered_at(), Arc::clone(&time));
        let clock = Clock::from_fn(move || {
            started + SignedDuration::from_millis(i64::try_from(clock_time.load(Ordering::SeqCst)).unwrap())
        });
        let token = Secret::new("the test", "a token of the test").unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let titles = titles(&line);
        let twiml_line = TwimlLine {
            line,
            numbers: Vec::new(),
            voice: Voice { name: "Polly.Amy".into(), language: "en-GB".into() },
            speaks_itself: true,
            dialect,
            tier,
            verifier: Verifier { scheme: Scheme::twilio(vec![token.clone()]), policy: Policy::Strict },
        };
        let keyring = dial_core::token::Keyring::new([7; 32], &[]);
        let (address, reports) = (Some(base.clone()), Reports::new().0);
        let lines = vec![twiml_line];
        let mut twiml =
            Twiml::new(lines, Arc::clone(&library), Arc::clone(&store), keyring, clock, address, reports);
        twiml.start_delay = Millis::ZERO;
        let passed = Arc::clone(&time);
        twiml.streams.stopwatch =
            Stopwatch::from_fn(move || Duration::from_millis(passed.load(Ordering::SeqCst)));
        change(&mut twiml);
        let twiml = Arc::new(twiml);
        let routes = crate::web::router(Arc::clone(&twiml), library);
        let server =
            tokio::spawn(async move { axum::serve(crate::web::without_delay(listener), routes).await });
        Self { base, time, token, twiml, store, titles, server, _dir: dir }
    }

    fn story(&self) -> Story {
        Story { rows: Vec::new(), titles: self.titles.clone() }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Rung as a provider rings it.
async fn on_twiml(case: &Case, dialect: Dialect, book: PromptBook) -> String {
    let served = Served::start(case, (dialect, Tier::Gather), book, |_| {}).await;
    let time = Arc::clone(&served.time);
    let mut caller =
        ring::Caller::new(case.from(), "+441134960999", |words| speech::estimate(words).0.into());
    caller.token = Some(served.token.clone());
    caller.script = case.script();
    caller.pace = ring::Pace::Instant;
    caller.for_seconds = case.limit().map(u64::from);
    caller.asks = Some(Arc::new(move |at_ms| time.store(at_ms, Ordering::SeqCst)));
    let mut story = served.story();
    let answer = format!("{}/twiml/st-annes/answer", served.base).parse().unwrap();
    let report = caller.ring(&answer, &mut |event| story.tell(&event), None).await.unwrap();
    assert!(report.failure.is_none(), "{}: {:?}", case.name, report.failure);
    assert_eq!(report.warnings, Vec::<String>::new(), "{}", case.name);
    story.text()
}

pub(super) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dial-core/tests/transcripts");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

pub(super) fn assert_story(case: &Case, channel: &str, story: &str) {
    if story != case.expected {
        let differs = story.lines().zip(case.expected.lines()).position(|(got, wanted)| got != wanted);
        panic!(
            "{} on {channel} differs at row {:?}:\n{story}\n--- expected ---\n{}",
            case.name, differs, case.expected
        );
    }
}

#[test]
fn every_transcript_goes_as_written_on_the_simulator() {
    let cases = cases();
    assert!(cases.len() >= 20);
    for case in cases {
        let (story, _) = on_the_simulator(&case);
        if std::env::var_os("BLESS").is_some() {
            let text = std::fs::read_to_string(&case.path).unwrap();
            let head = text.split("\n\n").next().unwrap().trim_end();
            std::fs::write(&case.path, format!("{head}\n\n{story}")).unwrap();
            continue;
        }
        assert_story(&case, "the simulator", &story);
    }
}

#[tokio::test]
async fn every_transcript_goes_as_written_through_twilio() {
    for case in cases() {
        assert_story(&case, "Twilio", &on_twiml(&case, Dialect::Twilio, PromptBook::without_voice()).await);
    }
}

#[tokio::test]
async fn every_transcript_goes_as_written_through_the_portable_dialect() {
    for case in cases() {
        assert_story(
            &case,
            "the portable dialect",
            &on_twiml(&case, Dialect::Portable, PromptBook::without_voice()).await,
        );
    }
}

#[tokio::test]
async fn every_transcript_goes_as_written_in_the_lines_own_voice() {
    for case in cases() {
        let story = on_twiml(&case, Dialect::Twilio, PromptBook::murmuring()).await;
        assert_story(&case, "Twilio in the line's own voice", &story);
    }
}

/// Somebody who plays what is sent ahead, in an instant; his time is what he has played.
fn sent_ahead(case: &Case) -> String {
    let dir = tempfile::tempdir().unwrap();
    let (line, library, store) = case.line(dir.path(), PromptBook::without_voice());
    let memory = store.memory("st-annes", store.caller(case.from()).as_ref());
    let mut story = Told(Story { rows: Vec::new(), titles: titles(&line) });
    let mut call = Ahead::new(Live::answer(line, library, answered_at(), memory));
    let script = case.script();
    let mut presses = script.presses().iter().peekable();
    let (mut at_ms, mut due_ms) = (0, 0);
    let limit_ms = case.limit().map_or(u64::MAX, |limit| u64::from(limit) * 1000);
    let mut parts = std::collections::VecDeque::new();
    loop {
        parts.extend(std::iter::from_fn(|| call.send()));
        let Some(part) = parts.front() else { panic!("{}: nothing follows", case.name) };
        let until_ms = at_ms + part.sound.len() as u64 / 8;
        let next_ms = presses.peek().map_or(u64::MAX, |press| due_ms + press.after_ms);
        if limit_ms.min(next_ms) < until_ms {
            let since = Millis(u32::try_from(limit_ms.min(next_ms).saturating_sub(at_ms)).unwrap());
            if limit_ms <= next_ms {
                call.hang_up(since, &mut story);
                break;
            }
            let key = Key::try_from(presses.next().unwrap().key).unwrap();
            (at_ms, due_ms) = (next_ms.next_multiple_of(20).max(at_ms), next_ms);
            parts.clear();
            if call.press(key, since, &mut story).is_some() {
                break;
            }
            continue;
        }
        at_ms = until_ms;
        if call.sounded(parts.pop_front().unwrap().number, &mut story).is_some() {
            break;
        }
    }
    story.0.text()
}

struct Told(Story);

impl Listener for Told {
    fn event(&mut self, event: &TranscriptEvent) {
        self.0.tell(event);
    }
}

#[test]
fn every_transcript_goes_as_written_when_its_sound_is_sent_ahead() {
    for case in cases() {
        assert_story(&case, "what is sent ahead", &sent_ahead(&case));
    }
}
