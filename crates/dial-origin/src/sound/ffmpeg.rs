//! The user's `ffmpeg`, for the kinds of sound that we do not play ourselves.
//!
//! It is given one file that we name, and no network; what it makes of it comes through a pipe. The file may
//! be a stranger's, and ffmpeg reads playlists: only formats that hold their sound themselves are allowed.

use std::ffi::OsString;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::sleep;
use std::time::Duration;

use dial_audio::decode::MediaSource;
use rustix::process::{Pid, Signal, kill_process_group};

use super::watch::aside;

/// Formats that hold what they play, by ffmpeg's names; a list of other files is none.
const FORMATS: &str = "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,loas,matroska,webm,mov,mp4,m4a,3gp,\
                       3g2,mj2,mp3,mpc,mpc8,mpeg,mpegts,ogg,rm,tak,tta,w64,wav,wv,xwma";
/// More than a day is no recording, in seconds.
const MAX_SECONDS: &str = "90000";
/// What ffmpeg says is kept so far: what it says first, and what it says last, in bytes each.
const MAX_TOLD: usize = 16 * 1024;
/// What is kept of the beginning of its sound, so that it can be looked at twice, in bytes.
const HEAD: usize = 4 * 1024;
/// The last words that are shown, in characters.
const MAX_ROW: usize = 200;
/// Rows that say nothing.
const EMPTY_WORDS: [&str; 2] = ["Conversion failed!", "Press [q] to stop, [?] for help"];
/// How often it is looked at when its sound has ended, and how many times.
const LOOK: Duration = Duration::from_millis(10);
const MAX_LOOKS: usize = 500;
/// How long its last words may take when it is gone.
const WORDS: Duration = Duration::from_secs(2);

/// ffmpeg at work on a file; dropped, it is ended with all that it started.
pub(super) struct Ffmpeg {
    child: Child,
    words: Receiver<Words>,
}

/// How ffmpeg came to its end.
pub(super) struct End {
    /// Whether it says that all went well.
    pub(super) is_well: bool,
    /// How long the file says that it lasts.
    pub(super) stated_ms: Option<u64>,
    /// Its last words.
    pub(super) told: String,
}

impl Ffmpeg {
    /// Begins to decode a file; its sound comes as WAV from the source.
    pub(super) fn start(program: &Path, path: &Path) -> io::Result<(Self, Box<dyn MediaSource>)> {
        let mut file = OsString::from("file:");
        file.push(std::path::absolute(path)?);
        let mut command = Command::new(program);
        command.env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path))).env("LC_ALL", "C");
        command.args(["-nostdin", "-hide_banner", "-nostats", "-loglevel", "info", "-threads", "1"]);
        command.args(["-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS, "-i"]).arg(file);
        command.args(["-map", "0:a:0", "-map_metadata", "-1", "-vn", "-sn", "-dn", "-t", MAX_SECONDS]);
        command.args(["-c:a", "pcm_f32le", "-f", "wav", "pipe:1"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn()?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (teller, words) = sync_channel(1);
        let ffmpeg = Self { child, words };
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
            return Err(io::Error::other("it has no pipes"));
        };
        aside("ffmpeg", move || teller.send(Words::of(stderr)))?;
        Ok((ffmpeg, Box::new(Piped { stdout, head: Vec::new(), at: 0 })))
    }

    /// Waits for it when its sound has ended.
    pub(super) fn end(mut self) -> End {
        let mut is_well = false;
        for _ in 0..MAX_LOOKS {
            if let Ok(Some(status)) = self.child.try_wait() {
                is_well = status.success();
                break;
            }
            sleep(LOOK);
        }
        self.kill();
        let words = self.words.recv_timeout(WORDS).unwrap_or_default();
        End { is_well, stated_ms: words.stated_ms(), told: words.last() }
    }

    /// As long as it is not waited for, its number belongs to its group.
    fn kill(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let leader = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
            let _ = leader.map(|leader| kill_process_group(leader, Signal::KILL));
            let _ = self.child.wait();
        }
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What it says: how that begins, and how it ends.
#[derive(Default)]
struct Words {
    first: Vec<u8>,
    rest: Vec<u8>,
}

impl Words {
    fn of(mut stderr: ChildStderr) -> Self {
        let (mut words, mut chunk) = (Self::default(), [0; 1024]);
        while let Ok(read @ 1..) = stderr.read(&mut chunk) {
            let (to_first, to_rest) = chunk[..read].split_at(read.min(MAX_TOLD - words.first.len()));
            words.first.extend_from_slice(to_first);
            words.rest.extend_from_slice(to_rest);
            words.rest.drain(..words.rest.len().saturating_sub(MAX_TOLD));
        }
        words
    }

    /// From the row `  Duration: 01:02:03.45, start: 0.000000, bitrate: 48 kb/s`.
    fn stated_ms(&self) -> Option<u64> {
        let first = String::from_utf8_lossy(&self.first);
        // Where the file does not tell, it is worked out from its size.
        if first.contains("Estimating duration") {
            return None;
        }
        let (_, row) = first.split_once("  Duration: ")?;
        let mut parts = row.split(',').next()?.split([':', '.']).map(str::parse::<u64>);
        let mut next = || parts.next()?.ok();
        let (hours, minutes, seconds, hundredths) = (next()?, next()?, next()?, next()?);
        Some(((hours * 60 + minutes) * 60 + seconds) * 1_000 + hundredths * 10)
    }

    /// The last row that says something, without the path of our file.
    fn last(&self) -> String {
        let told = if self.rest.is_empty() { &self.first } else { &self.rest };
        let told = String::from_utf8_lossy(told);
        let tells = |row: &&str| !row.is_empty() && !EMPTY_WORDS.contains(row);
        let row = told.lines().rev().map(str::trim).find(tells).unwrap_or("it says nothing");
        let row = if row.starts_with("file:") { row.rsplit(": ").next().unwrap_or(row) } else { row };
        row.chars().filter(|character| !character.is_control()).take(MAX_ROW).collect()
    }
}

/// A pipe that can be looked at twice at its beginning.
struct Piped {
    stdout: ChildStdout,
    head: Vec<u8>,
    at: usize,
}

impl Read for Piped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(ready @ [_, ..]) = self.head.get(self.at..) {
            let len = ready.len().min(buffer.len());
            buffer[..len].copy_from_slice(&ready[..len]);
            self.at += len;
            return Ok(len);
        }
        let read = self.stdout.read(buffer)?;
        if self.at == self.head.len() && self.head.len() + read <= HEAD {
            self.head.extend_from_slice(&buffer[..read]);
        }
        self.at += read;
        Ok(read)
    }
}

impl Seek for Piped {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            // What is behind the head is gone as soon as it is read.
            SeekFrom::Start(at) if self.at <= self.head.len() && at <= self.at as u64 => {
                self.at = at as usize;
            }
            SeekFrom::Current(0) => {}
            _ => return Err(io::ErrorKind::Unsupported.into()),
        }
        Ok(self.at as u64)
    }
}

impl MediaSource for Piped {
    fn is_seekable(&self) -> bool {
        false
    }

    fn byte_len(&self) -> Option<u64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_and_the_last_words_are_taken_from_what_it_says() {
        let words = |text: &str| Words { first: text.into(), rest: Vec::new() };
        let said = words(
            "Input #0, aac, from 'file:/a':\n  Duration: 01:02:03.45, start: 0.0\nfile:/tmp/a.wma: Invalid data\n\n",
        );
        assert_eq!(said.stated_ms(), Some(3_723_450));
        assert_eq!(said.last(), "Invalid data");
        assert_eq!(words("  Duration: N/A, bitrate: N/A\n").stated_ms(), None);
        let guessed =
            "[aac] Estimating duration from bitrate, this may be inaccurate\n  Duration: 00:00:03.45, x";
        assert_eq!(words(guessed).stated_ms(), None);
        assert_eq!(words("").last(), "it says nothing");
    }
}
