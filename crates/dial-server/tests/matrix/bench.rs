//! A line of the real program with an origin that can fail, and what callers and the volunteer learn of it.

use std::fs;
use std::io::{PipeWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;

use crate::faulty::{Behaviour, Faulty};

/// The slowest machine is waited for so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a caller hears who chooses the newest recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    Recording(String),
    Polite,
    Other(String),
}

pub(crate) fn evensong() -> Heard {
    Heard::Recording("Evensong".into())
}

pub(crate) struct Line {
    pub(crate) faulty: Faulty,
    pub(crate) home: TempDir,
    server: Option<Child>,
    /// Where the server's log goes instead of a file.
    pub(crate) log_to: Option<PipeWriter>,
    port: u16,
    /// What the program is started with, such as a name space of its own.
    pub(crate) prefix: Vec<String>,
    /// More of the environment.
    pub(crate) environment: Vec<(String, String)>,
}

impl Line {
    /// A line whose origin is well; the program does not run yet.
    pub(crate) fn new() -> Self {
        let faulty = Faulty::start(&[]);
        let home = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let root = STANDARD.encode(faulty.root());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{root}\n-----END CERTIFICATE-----\n");
        fs::write(home.path().join("roots.pem"), pem).unwrap();
        fs::write(home.path().join("token"), "0123456789abcdef0123456789abcdef").unwrap();
        let line = Self {
            faulty,
            home,
            server: None,
            log_to: None,
            port,
            prefix: Vec::new(),
            environment: Vec::new(),
        };
        line.publish(&[("evensong.wav", "Evensong")]);
        line.configure(&line.http("cdn"));
        line
    }

    /// The origin's part of a configuration.
    pub(crate) fn http(&self, name: &str) -> String {
        let url = self.faulty.url("localhost");
        format!(
            "[[line.origin]]\nkind = \"http\"\nname = \"{name}\"\nurl = \"{url}\"\nprivate = true\npoll_s = 3600\n"
        )
    }

    pub(crate) fn configure(&self, origins: &str) {
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:{}\"\n[log]\nformat = \"text\"\n[[line]]\nname = \"st-annes\"\n\
             [line.twiml]\nauth_token_files = [\"token\"]\n{origins}",
            self.port
        );
        fs::write(self.config(), text).unwrap();
    }

    /// The origin lists these from now on, the first one as the newest.
    pub(crate) fn publish(&self, recordings: &[(&str, &str)]) {
        for (file, _) in recordings {
            self.faulty.put(&format!("/audio/{file}"), &wav(3));
        }
        self.faulty.put("/data.json", list(recordings).as_bytes());
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.home.path().join("dial.toml")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Starts the program; returns when it answers.
    pub(crate) fn start(&mut self) {
        self.server = Some(match self.log_to.take() {
            Some(log) => self.command(&["serve"]).stdout(Stdio::null()).stderr(log).spawn().unwrap(),
            None => self.spawn(&["serve"]),
        });
        eventually("the program answers", || self.get("/healthz").is_some());
    }

    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        let log =
            fs::OpenOptions::new().create(true).append(true).open(self.home.path().join("log")).unwrap();
        self.command(arguments).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    /// The program, with nothing of our own environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_dial").to_owned();
        let words: Vec<String> = self.prefix.iter().cloned().chain([program]).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(self.home.path()).env_clear();
        command.env("HOME", self.home.path()).env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
        command.env("SSL_CERT_FILE", self.home.path().join("roots.pem"));
        command.env("DIAL_DATA_DIR", self.data());
        command.envs(self.environment.iter().cloned());
        command.args(["--config", "dial.toml"]).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// The process that answers.
    pub(crate) fn pid(&self) -> u32 {
        let lock = fs::read_to_string(self.data().join("lock")).unwrap();
        lock.trim().parse().unwrap()
    }

    /// The process that was started, which is the program also where a name space came first.
    pub(crate) fn server_pid(&self) -> u32 {
        self.server.as_ref().unwrap().id()
    }

    pub(crate) fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until the program has ended by itself.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.server.take().unwrap().wait().unwrap()
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// The origins are looked at, all of them, once more.
    pub(crate) fn look(&self) {
        let before = self.looks();
        let told = self.run(&["reload"]);
        assert!(told.contains("looks at all origins"), "{told}");
        eventually("the origins are looked at", || self.looks() > before);
    }

    fn looks(&self) -> f64 {
        let metrics = self.get("/metrics").unwrap_or_default();
        let rows = metrics.lines().filter(|row| row.starts_with("dial_origin_fetch_seconds_count"));
        rows.filter_map(|row| row.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    pub(crate) fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
    }

    /// Rings as a telephone company does, and chooses the newest recording.
    pub(crate) fn ring(&self) -> Heard {
        let url = format!("http://127.0.0.1:{}/twiml/st-annes/answer", self.port);
        let arguments = ["call", "--url", &url, "--auth-token-file", "token", "--keys", "1", "--for", "30"];
        let told = self.run(&[&arguments[..], &["--pace", "instant", "--transcript", "json"]].concat());
        let events: Vec<Value> = told.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
        if let Some(play) = events.iter().find(|event| event["event"] == "play") {
            assert!(play["to_ms"].as_u64() > Some(0), "nothing of it was heard: {play}");
            let said = events
                .iter()
                .filter_map(|event| event["text"].as_str())
                .find(|text| text.contains("Here is"));
            let title = said.and_then(|said| said.split("Here is ").nth(1)).unwrap_or_default();
            return Heard::Recording(title.split([',', '.']).next().unwrap_or_default().to_owned());
        }
        let words: Vec<&str> = events.iter().filter_map(|event| event["text"].as_str()).collect();
        let words = words.join(" ");
        if words.contains("some trouble") { Heard::Polite } else { Heard::Other(words) }
    }

    /// All incidents, the latest first, each with its sentences.
    pub(crate) fn incidents(&self) -> Vec<Value> {
        serde_json::from_str(&self.run(&["incidents", "--all", "--json"])).unwrap_or_default()
    }

    /// The story of the open incident that says something.
    pub(crate) fn told(&self, words: &str) -> Option<String> {
        let incidents = self.incidents();
        let open = incidents.iter().filter(|incident| incident["closed_at"].is_null());
        let mut stories = open.map(|incident| {
            let entries = incident["entries"].as_array().unwrap().iter();
            entries.filter_map(|entry| entry["text"].as_str()).collect::<Vec<_>>().join(" ")
        });
        stories.find(|story| story.contains(words))
    }

    /// Waits until an open incident says something.
    pub(crate) fn await_told(&self, words: &str) -> String {
        let mut told = None;
        eventually(&format!("an incident says `{words}`"), || {
            told = self.told(words);
            told.is_some()
        });
        told.unwrap()
    }

    pub(crate) fn await_heard(&self, heard: &Heard) {
        eventually(&format!("callers hear {heard:?}"), || self.ring() == *heard);
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }
}

#[allow(clippy::print_stderr, reason = "a test that fails shows what the program said")]
impl Drop for Line {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("{}\n{}", self.log(), self.run(&["incidents", "--all"]));
        }
    }
}

/// A fault of the list: with a copy nobody notices, without one everybody hears the polite message, and
/// real content as soon as the origin is well. `looks` cycles pass until the incident says `words`.
pub(crate) fn row(number: u32, fault: &str, behaviour: &Behaviour, looks: u32, words: &str) {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    line.faulty.behave(behaviour.clone());
    (0..looks).for_each(|_| line.look());
    let told = line.await_told(words);
    assert_eq!(line.ring(), evensong(), "with a copy");
    line.faulty.behave(Behaviour::Well);
    (0..2).for_each(|_| line.look());
    eventually("the incident is over", || line.told(words).is_none());

    line.kill();
    fs::remove_dir_all(line.data()).unwrap();
    line.faulty.behave(behaviour.clone());
    line.start();
    assert_eq!(line.ring(), Heard::Polite, "without a copy");
    line.faulty.behave(Behaviour::Well);
    line.await_heard_after_looks(&evensong());
    report(number, fault, "the recording; without a copy the polite message", &told);
}

impl Line {
    pub(crate) fn await_heard_after_looks(&self, heard: &Heard) {
        eventually("callers hear the recording within a cycle", || {
            self.look();
            self.ring() == *heard
        });
    }
}

/// Writes down a row, for `script/test` to print.
pub(crate) fn report(number: u32, fault: &str, heard: &str, told: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("matrix");
    fs::create_dir_all(&folder).unwrap();
    let row = format!("row {number:2}  {fault}\n        heard: {heard}\n        told:  {told}\n");
    fs::write(folder.join(format!("{number:02}")), &row).unwrap();
}

pub(crate) fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "this does not come true: {what}");
        sleep(Duration::from_millis(50));
    }
}

/// A list as a church writes it, the first recording as the newest.
pub(crate) fn list(recordings: &[(&str, &str)]) -> String {
    let services: Vec<String> = recordings
        .iter()
        .enumerate()
        .map(|(place, (file, title))| {
            let day = 28 - place;
            format!(
                r#"{{"file": "{file}", "title": "{title}", "datetime": "2022-06-{day:02}T18:00:00+01:00"}}"#
            )
        })
        .collect();
    format!("{{\"church_name\": \"St Anne's\",\n \"services\": [{}]}}", services.join(",\n "))
}

/// A tone of so many seconds: 8,000 Hz, 16 bits.
pub(crate) fn wav(seconds: u32) -> Vec<u8> {
    let samples = 8_000 * seconds;
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + samples * 2).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(8_000u32.to_le_bytes());
    bytes.extend(16_000u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((samples * 2).to_le_bytes());
    let tone = |at: u32| ((f64::from(at) * 0.35).sin() * 12_000.0) as i16;
    bytes.extend((0..samples).flat_map(|at| tone(at).to_le_bytes()));
    bytes
}
