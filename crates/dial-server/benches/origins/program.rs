//! A real `dial serve` with a folder of its own.

use std::fs;
use std::io::{Error, Read, Result, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::faulty::Faulty;
use crate::ring::{AUTH_TOKEN, Call};

/// The slowest machine is waited for so long.
const PATIENCE: Duration = Duration::from_mins(3);
/// Callers ring one after the other, with so much between them.
const BETWEEN_CALLS: Duration = Duration::from_millis(5);

/// The program, running or not.
pub(crate) struct Program {
    dial: PathBuf,
    home: TempDir,
    pub(crate) address: SocketAddr,
    process: Option<Child>,
}

impl Program {
    /// A program that trusts these origins. It is configured and started later.
    pub(crate) fn new(dial: &Path, trusted: &[&Faulty]) -> Result<Self> {
        let home = tempfile::tempdir()?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let pem = |origin: &&Faulty| {
            let root = STANDARD.encode(origin.root());
            format!("-----BEGIN CERTIFICATE-----\n{root}\n-----END CERTIFICATE-----\n")
        };
        fs::write(home.path().join("roots.pem"), trusted.iter().map(pem).collect::<String>())?;
        fs::write(home.path().join("token"), AUTH_TOKEN)?;
        Ok(Self { dial: dial.into(), home, address, process: None })
    }

    /// Writes its configuration: each line with its origins.
    pub(crate) fn configure(&self, lines: &[(&str, String)]) -> Result<()> {
        let lines = lines.iter().map(|(name, origins)| {
            format!("[[line]]\nname = \"{name}\"\n[line.twiml]\nauth_token_files = [\"token\"]\n{origins}")
        });
        let server =
            format!("[server]\nlisten = \"{}\"\ndrain_s = 0\n[log]\nlevel = \"error\"\n", self.address);
        fs::write(self.home.path().join("dial.toml"), server + &lines.collect::<String>())
    }

    /// Where it keeps its data.
    pub(crate) fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Starts it, and says when.
    pub(crate) fn start(&mut self) -> Result<Instant> {
        let begun = Instant::now();
        let mut command = Command::new(&self.dial);
        command.current_dir(self.home.path()).env_clear().env("HOME", self.home.path());
        command.env("SSL_CERT_FILE", self.home.path().join("roots.pem")).env("DIAL_DATA_DIR", self.data());
        command.args(["--config", "dial.toml", "serve"]);
        let errors = fs::File::create(self.home.path().join("errors"))?;
        self.process = Some(command.stdout(Stdio::null()).stderr(errors).spawn()?);
        Ok(begun)
    }

    /// Tells it to look at all origins, and says when.
    pub(crate) fn look(&self) -> Result<Instant> {
        let begun = Instant::now();
        kill_process(self.pid()?, Signal::HUP)?;
        Ok(begun)
    }

    /// Ends it as an operator does.
    pub(crate) fn stop(&mut self) -> Result<()> {
        if let Ok(pid) = self.pid() {
            kill_process(pid, Signal::INT)?;
        }
        self.process.take().map_or(Ok(()), |mut process| process.wait().map(|_| ()))
    }

    fn pid(&self) -> Result<Pid> {
        let process = self.process.as_ref().and_then(|process| Pid::from_raw(process.id().cast_signed()));
        process.ok_or_else(|| Error::other("the program does not run"))
    }

    /// Rings a line again and again until it says something, and says when it did.
    pub(crate) fn hear(&self, line: &str, words: &str, mut between: impl FnMut()) -> Result<Instant> {
        let begun = Instant::now();
        loop {
            if let Ok(call) = Call::ring(self.address, line)
                && call.document.contains(words)
            {
                return Ok(Instant::now());
            }
            if begun.elapsed() > PATIENCE {
                let errors = fs::read_to_string(self.home.path().join("errors")).unwrap_or_default();
                return Err(Error::other(format!("the line {line} never says `{words}`\n{errors}")));
            }
            between();
            sleep(BETWEEN_CALLS);
        }
    }

    /// How long it is from a moment until a line says something.
    pub(crate) fn hear_after(&self, begun: Instant, line: &str, words: &str) -> Result<Duration> {
        self.hear(line, words, || ()).map(|heard| heard - begun)
    }

    /// A page of it.
    pub(crate) fn get(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }

    /// A row of what the kernel tells of its memory, in megabytes.
    pub(crate) fn memory_mb(&self, row: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()?.as_raw_nonzero()))?;
        let row = status.lines().find_map(|line| line.strip_prefix(row)?.strip_prefix(':'));
        let kb = row.and_then(|row| row.split_whitespace().next()?.parse::<f64>().ok());
        kb.map(|kb| kb / 1024.0).ok_or_else(|| Error::other("the kernel does not tell it"))
    }

    /// How long it has computed, in all of its threads. The kernel counts in hundredths of a second.
    pub(crate) fn computed(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid()?.as_raw_nonzero()))?;
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 10))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
