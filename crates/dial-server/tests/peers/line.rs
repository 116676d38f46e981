//! A line that runs, and its folder.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{PATIENCE, Program, run, until};

/// Who may ring, unless a test says otherwise: whoever is on this machine.
const TELEPHONES: &str = "[[sip.trunk]]\nname = \"telephones\"\naddresses = [\"127.0.0.1\"]\nnat = true\n";

/// A way for SIP to travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Udp,
    Tcp,
    Tls,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Udp, Self::Tcp, Self::Tls];

    /// As SIP writes it in a URI.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }
}

/// How a line is set up.
pub(crate) struct Settings {
    /// How long a caller of whom nothing is heard is held.
    pub(crate) silent_s: u32,
    /// The trunks and accounts, as they stand in the configuration.
    pub(crate) callers: String,
    /// How long its recordings are.
    pub(crate) recording_s: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { silent_s: 120, callers: TELEPHONES.into(), recording_s: 180 }
    }
}

/// `dial serve` with two recordings, and SIP on this machine over UDP, TCP and TLS.
pub(crate) struct Line {
    folder: TempDir,
    dial: Program,
    sip: String,
    tls: String,
    http: u16,
    media: u16,
}

impl Line {
    pub(crate) fn new() -> Self {
        Self::with(&Settings::default())
    }

    pub(crate) fn with(settings: &Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        recordings(folder.path(), settings.recording_s);
        let own = rcgen::generate_simple_self_signed(["127.0.0.1", "localhost"].map(str::to_owned)).unwrap();
        std::fs::write(folder.path().join("own.pem"), own.cert.pem()).unwrap();
        std::fs::write(folder.path().join("own.key"), own.signing_key.serialize_pem()).unwrap();
        // What a test writes for an account to read.
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        let [sip, tls] = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
        let (http, media) = (free_port(), free_port() & !1);
        let first = 20_000 + ((free_port() % 10_000) & !1);
        let last = first + 999;
        let Settings { silent_s, callers, .. } = settings;
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:{http}\"\n[data]\ndir = \"data\"\n\
             [https]\nlisten = \"127.0.0.1:0\"\ncertificate_file = \"own.pem\"\nkey_file = \"own.key\"\n\
             [sip]\nlisten = [\"udp:{sip}\", \"tcp:{sip}\", \"tls:{tls}\"]\n\
             rtp_ports = \"{first}-{last}\"\nsilent_s = {silent_s}\n{callers}\
             [[line]]\nname = \"st-marys\"\n[line.call]\nhint_after_s = 0\n[[line.origin]]\nkind = \"folder\"\npath = \"services\"\n"
        );
        std::fs::write(folder.path().join("dial.toml"), config).unwrap();
        let mut dial = Command::new(env!("CARGO_BIN_EXE_dial"));
        dial.current_dir(folder.path()).args(["serve", "--config", "dial.toml"]);
        let dial = Program::start(&mut dial, folder.path().join("log"));
        let line = Self { folder, dial, sip, tls, http, media };
        until("the line is ready", || {
            line.get("/readyz").is_some_and(|told| told.starts_with("HTTP/1.1 200"))
        });
        line
    }

    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.http)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    pub(crate) fn metrics(&self) -> String {
        self.get("/metrics").unwrap()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The newest recording as it is kept for the telephone, in mu-law.
    pub(crate) fn sound(&self) -> Vec<u8> {
        let data = self.folder().join("data");
        let newest = entries(&data.join("lines/st-marys/snapshots")).into_iter().max().unwrap();
        let snapshot: Value = serde_json::from_slice(&std::fs::read(newest).unwrap()).unwrap();
        let recordings = snapshot["recordings"].as_array().unwrap();
        let newest = recordings.iter().find(|recording| recording["file"] == "two.wav").unwrap();
        let content = newest["content"].as_str().unwrap();
        let sounds = entries(&data.join("sound").join(&content[..2]));
        let is_its = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "ulaw");
        std::fs::read(sounds.into_iter().find(is_its).unwrap()).unwrap()
    }

    /// The program's own memory, in bytes, without that of files.
    pub(crate) fn memory(&self) -> i64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.dial.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<i64>().unwrap() * 1_024
    }

    /// Where it listens for SIP.
    pub(crate) fn address(&self, way: Way) -> &str {
        if way == Way::Tls { &self.tls } else { &self.sip }
    }

    /// How a softphone rings it.
    pub(crate) fn uri(&self, way: Way) -> String {
        format!("sip:st-marys@{};transport={}", self.address(way), way.name())
    }

    /// A port for the sound of whoever rings.
    pub(crate) fn media_port(&self) -> u16 {
        self.media
    }

    /// A signal, as operators send it.
    pub(crate) fn is_told_to(&self, signal: &str) {
        self.dial.is_told_to(signal);
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.dial.ended()
    }

    /// The records of calls by SIP that are over, once there are so many.
    pub(crate) fn records(&self, count: usize) -> Vec<Value> {
        let read = || {
            let text =
                std::fs::read_to_string(self.folder().join("data/store/calls.jsonl")).unwrap_or_default();
            let records = text.lines().filter_map(|row| serde_json::from_str::<Value>(row).ok());
            // `dial call` writes its own, under other names.
            records.filter(|record| record["call"].as_str().unwrap().starts_with("sip-")).collect::<Vec<_>>()
        };
        until("the calls are written down", || read().len() >= count);
        read()
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// The password of accounts.
pub(crate) const PASSWORD: &str = "matins and evensong";

fn recordings(folder: &Path, seconds: u32) {
    let audio = folder.join("services/audio");
    std::fs::create_dir_all(&audio).unwrap();
    // Noise is like itself nowhere: whoever hears all of it has heard it whole.
    for (name, sound) in [("one.wav", &["sine", "300"][..]), ("two.wav", &["pinknoise"])] {
        let mut sox = Command::new("sox");
        sox.args(["-n", "-r", "8000", "-c", "1"]).arg(audio.join(name));
        sox.args(["synth", &seconds.to_string()]).args(sound).args(["gain", "-12"]);
        assert!(run(&mut sox).status.success());
    }
    let list = r#"{"church_name": "St Mary's", "services": [
        {"datetime": "2022-06-05T10:00:00", "file": "one.wav"},
        {"datetime": "2022-06-12T10:00:00", "file": "two.wav"}]}"#;
    std::fs::write(folder.join("services/data.json"), list).unwrap();
}

/// A port that is free for UDP and TCP.
pub(crate) fn free_port() -> u16 {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = udp.local_addr().unwrap().port();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
