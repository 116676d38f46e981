//! A line that runs, and its folder.

use std::io::Read;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

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
        let folder = tempfile::tempdir().unwrap();
        let audio = folder.path().join("services/audio");
        std::fs::create_dir_all(&audio).unwrap();
        for (name, hertz) in [("one.wav", "300"), ("two.wav", "500")] {
            let made = run(Command::new("sox")
                .args(["-n", "-r", "8000", "-c", "1"])
                .arg(audio.join(name))
                .args(["synth", "120", "sine", hertz, "gain", "-12"]));
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
             [[line]]\nname = \"st-marys\"\n[[line.origin]]\nkind = \"folder\"\npath = \"services\"\n",
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
