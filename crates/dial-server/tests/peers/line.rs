//! A line that runs, and its folder.

use std::io::Read;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Nothing that is waited for takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// `dial serve` with two recordings, and SIP on this machine.
pub(crate) struct Line {
    folder: TempDir,
    dial: Child,
    sip: u16,
    http: u16,
    media: u16,
}

impl Line {
    pub(crate) fn new() -> Self {
        Self::of(120)
    }

    /// Its recordings last so many seconds.
    pub(crate) fn of(seconds: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let audio = folder.path().join("services/audio");
        std::fs::create_dir_all(&audio).unwrap();
        // Noise is like itself nowhere: whoever hears all of it has heard it whole.
        for (name, sound) in [("one.wav", &["sine", "300"][..]), ("two.wav", &["pinknoise"])] {
            let made = run(Command::new("sox")
                .args(["-n", "-r", "8000", "-c", "1"])
                .arg(audio.join(name))
                .args(["synth", &seconds.to_string()])
                .args(sound)
                .args(["gain", "-12"]));
            assert!(made.status.success());
        }
        let list = r#"{"church_name": "St Mary's", "services": [
            {"datetime": "2022-06-05T10:00:00", "file": "one.wav"},
            {"datetime": "2022-06-12T10:00:00", "file": "two.wav"}]}"#;
        std::fs::write(folder.path().join("services/data.json"), list).unwrap();
        let (sip, http, media) = (free_port(), free_port(), free_port() & !1);
        let first = 20_000 + ((free_port() % 20_000) & !1);
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:{http}\"\n[data]\ndir = \"data\"\n\
             [sip]\nlisten = [\"udp:127.0.0.1:{sip}\", \"tcp:127.0.0.1:{sip}\"]\nrtp_ports = \"{first}-{}\"\n\
             [[sip.trunk]]\nname = \"telephones\"\naddresses = [\"127.0.0.1\"]\nnat = true\n\
             [[line]]\nname = \"st-marys\"\n\
             [line.call]\nhint_after_s = 0\n[[line.origin]]\nkind = \"folder\"\npath = \"services\"\n",
            first + 999
        );
        std::fs::write(folder.path().join("dial.toml"), config).unwrap();
        let mut dial = Command::new(env!("CARGO_BIN_EXE_dial"));
        dial.current_dir(folder.path()).args(["serve", "--config", "dial.toml"]);
        let dial = dial.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null()).spawn().unwrap();
        let line = Self { folder, dial, sip, http, media };
        line.until_ready();
        line
    }

    fn until_ready(&self) {
        for _ in 0..PATIENCE.as_millis() / 100 {
            if self.get("/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the line was never ready");
    }

    fn get(&self, path: &str) -> Option<String> {
        use std::io::Write;
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
    #[cfg(target_os = "linux")]
    pub(crate) fn memory(&self) -> i64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.dial.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<i64>().unwrap() * 1_024
    }

    /// Where it listens for SIP.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.sip)
    }

    /// A port for the sound of whoever rings.
    pub(crate) fn media_port(&self) -> u16 {
        self.media
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = self.dial.kill();
        let _ = self.dial.wait();
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// A port that is free for UDP and TCP.
fn free_port() -> u16 {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = udp.local_addr().unwrap().port();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Output {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    output.unwrap_or_else(|error| panic!("cannot run {program}: {error}; `script/test` installs it"))
}
