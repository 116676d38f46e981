//! A real `dial serve` with a folder of its own, which answers SIP on this machine.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The line that is rung.
pub(crate) const LINE: &str = "st-marys";
/// The slowest machine is waited for so long.
const PATIENCE: Duration = Duration::from_secs(90);
/// Samples of the recording in a second.
const RATE: u32 = 8_000;

/// How much is let in.
pub(crate) struct Room {
    /// Calls at a time.
    pub(crate) calls: usize,
    /// How long the recording is.
    pub(crate) recording: Duration,
}

/// The program that runs.
pub(crate) struct Program {
    process: Child,
    home: TempDir,
    http: SocketAddr,
    /// Where it listens for SIP.
    pub(crate) sip: SocketAddr,
}

impl Program {
    pub(crate) fn start(dial: &Path, room: &Room) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("services/audio")).unwrap();
        fs::write(home.path().join("services/audio/one.wav"), wav(room.recording)).unwrap();
        let list = r#"{"church_name": "St Mary's", "services": [{"datetime": "2022-06-05T10:00:00", "file": "one.wav"}]}"#;
        fs::write(home.path().join("services/data.json"), list).unwrap();
        let http = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let sip = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let config = format!(
            "[server]\nlisten = \"{http}\"\ndrain_s = 0\n[data]\ndir = \"data\"\n[log]\nlevel = \"error\"\n\
             [sip]\nlisten = [\"udp:{sip}\"]\nrtp_ports = \"16384-59999\"\nmax_calls = {}\nsilent_s = 0\n\
             [[sip.trunk]]\nname = \"carrier\"\naddresses = [\"127.0.2.0/24\"]\n",
            room.calls
        );
        // With a second line, a call for neither is for nobody.
        let line = |name| {
            format!("[[line]]\nname = \"{name}\"\n[[line.origin]]\nkind = \"folder\"\npath = \"services\"\n")
        };
        let config = config + &line(LINE) + &line("other");
        fs::write(home.path().join("dial.toml"), config).unwrap();
        let mut command = Command::new(dial);
        command.current_dir(home.path()).env_clear().env("HOME", home.path());
        command.args(["serve", "--config", "dial.toml"]).stdin(Stdio::null()).stdout(Stdio::null());
        let errors = fs::File::create(home.path().join("errors")).unwrap();
        let process = command.stderr(errors).spawn().unwrap();
        let program = Self { process, home, http, sip };
        program.until("the recording is offered", || {
            program.get("/status.json").matches("\"recordings\": 1").count() == 2
        });
        program
    }

    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        for _ in 0..PATIENCE.as_millis() / 50 {
            if is_so() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let errors = fs::read_to_string(self.home.path().join("errors")).unwrap_or_default();
        panic!("not within {PATIENCE:?}: {what}\n{}\n{errors}", self.get("/status.json"));
    }

    fn get(&self, path: &str) -> String {
        let mut answer = String::new();
        if let Ok(mut stream) = TcpStream::connect(self.http) {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let _ = write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let _ = stream.read_to_string(&mut answer);
        }
        answer
    }

    /// A number of `/metrics`.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics");
        let row = text.lines().find_map(|row| row.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        row.unwrap_or_else(|| panic!("there is no {name} in {text}"))
    }

    /// Waits until there are so many calls, of signalling and of sound.
    pub(crate) fn until_calls(&self, count: usize) {
        let is_so =
            || ["dial_sip_calls", "dial_sound_calls"].iter().all(|name| self.metric(name) as usize == count);
        self.until(&format!("{count} calls"), is_so);
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.process.id())).unwrap()
    }

    /// Bytes of its memory.
    pub(crate) fn resident(&self) -> f64 {
        let status = self.read("status");
        let row = status.lines().find_map(|row| row.strip_prefix("VmRSS:")).unwrap();
        row.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1_024.0
    }

    /// Seconds that it was on a processor; the kernel tells hundredths.
    pub(crate) fn computed(&self) -> f64 {
        let stat = self.read("stat");
        let fields = stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2);
        fields.map(|field| field.parse::<f64>().unwrap()).sum::<f64>() / 100.0
    }

    /// The same of the thread that sends sound, to the nanosecond.
    pub(crate) fn paced(&self) -> f64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap().flatten();
        let read = |path: &Path, file: &str| fs::read_to_string(path.join(file)).unwrap_or_default();
        let of = tasks.filter(|task| read(&task.path(), "comm").starts_with("play"));
        let ns =
            of.map(|task| read(&task.path(), "schedstat").split(' ').next().unwrap().parse::<f64>().unwrap());
        ns.sum::<f64>() / 1e9
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(pid) = Pid::from_raw(self.process.id().cast_signed()) {
            let _ = kill_process(pid, Signal::INT);
        }
        for _ in 0..100 {
            if self.process.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A tone of eight samples: every packet of it is alike, and no speech is.
fn wav(length: Duration) -> Vec<u8> {
    let samples = length.as_secs() as u32 * RATE;
    let sound = (0..samples).map(|at| (f64::from(at % 8) * std::f64::consts::FRAC_PI_4).sin() * 8_000.0);
    let data: Vec<u8> = sound.flat_map(|sample| (sample.round() as i16).to_le_bytes()).collect();
    let word = |number: u32| number.to_le_bytes();
    let head =
        [*b"RIFF", word(36 + data.len() as u32), *b"WAVE", *b"fmt ", word(16), word(0x1_0001), word(RATE)];
    let rest = [word(2 * RATE), word(0x10_0002), *b"data", word(data.len() as u32)];
    [head.concat(), rest.concat(), data].concat()
}
