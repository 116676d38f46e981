//! One command of git from its start to its end, with a deadline that grows with what comes.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout};

/// How often the bytes that came are counted.
const TICK: Duration = Duration::from_millis(200);
/// How long a killed command may take to be gone.
const GOING: Duration = Duration::from_secs(2);
/// How much of what git says is kept, in bytes: its last words.
const MAX_TOLD: usize = 8 * 1024;
/// Folders in a folder of ours that are looked into.
const MAX_DEPTH: u32 = 8;

/// How long commands may take: a time at rest, and longer as bytes come fast enough.
#[derive(Debug)]
pub(super) struct Patience {
    since: Instant,
    at_rest: Duration,
    /// Bytes a second.
    min_speed: u64,
    /// Bytes that came with commands that are done.
    came: u64,
}

/// What is watched while a command runs.
pub(super) struct Watch<'a> {
    /// Where its bytes come to lie.
    pub(super) place: &'a Path,
    /// How many may come.
    pub(super) most: u64,
    /// Told how many came.
    pub(super) progress: &'a mut dyn FnMut(u64),
}

/// A command that came to its end.
pub(super) struct Done {
    pub(super) status: ExitStatus,
    /// What it gave, unless that went elsewhere.
    pub(super) out: Vec<u8>,
    /// Its last words.
    pub(super) told: String,
}

/// Why a command did not come to its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// It cannot be started.
    Start(io::Error),
    /// Nothing came in time.
    Silent,
    /// Too little came.
    Slow,
    /// More came than this many bytes.
    TooLarge(u64),
}

impl Patience {
    pub(super) fn new(at_rest: Duration, min_speed: u64) -> Self {
        Self { since: Instant::now(), at_rest, min_speed: min_speed.max(1), came: 0 }
    }

    fn is_over(&self, came: u64) -> bool {
        let earned = Duration::from_secs_f64((self.came + came) as f64 / self.min_speed as f64);
        self.since.elapsed() > self.at_rest + earned
    }
}

/// Runs a command; `stdin` is given to it, and at most `most_out` bytes of what it writes are taken.
///
/// When the time is over, or the future is dropped, the command is killed with all that it started.
pub(super) async fn run(
    mut command: Command,
    stdin: &[u8],
    most_out: u64,
    watch: &mut Watch<'_>,
    patience: &mut Patience,
) -> Result<Done, Stop> {
    command.stdin(Stdio::piped()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
    let before = size(watch.place, MAX_DEPTH);
    let mut child = command.spawn().map_err(Stop::Start)?;
    let group = Group::of(&child);
    let mut work = Box::pin(finish(&mut child, stdin, most_out));
    loop {
        let done = timeout(TICK, &mut work).await;
        let came = size(watch.place, MAX_DEPTH).saturating_sub(before);
        (watch.progress)(came);
        let stop = match done {
            Ok(Ok(done)) => {
                group.ended();
                patience.came += came;
                return Ok(done);
            }
            Ok(Err(stop)) => stop,
            Err(_) if came > watch.most => Stop::TooLarge(watch.most),
            Err(_) if patience.is_over(came) && came == 0 => Stop::Silent,
            Err(_) if patience.is_over(came) => Stop::Slow,
            Err(_) => continue,
        };
        drop(work);
        drop(group);
        let _ = timeout(GOING, child.wait()).await;
        return Err(stop);
    }
}

/// The leader is waited for last: as long as it is not, its number belongs to its group.
async fn finish(child: &mut Child, stdin: &[u8], most_out: u64) -> Result<Done, Stop> {
    if let Some(mut pipe) = child.stdin.take() {
        // A command that does not listen says itself what is wrong.
        let _ = pipe.write_all(stdin).await;
    }
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (out, told) = tokio::try_join!(whole(stdout, most_out), tail(stderr))?;
    let status = child.wait().await.map_err(Stop::Start)?;
    Ok(Done { status, out, told })
}

async fn whole(pipe: Option<impl AsyncRead + Unpin>, most: u64) -> Result<Vec<u8>, Stop> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(most + 1).read_to_end(&mut bytes).await.map_err(Stop::Start)?;
    }
    if bytes.len() as u64 > most { Err(Stop::TooLarge(most)) } else { Ok(bytes) }
}

async fn tail(pipe: Option<impl AsyncRead + Unpin>) -> Result<String, Stop> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 1024]);
    if let Some(mut pipe) = pipe {
        loop {
            let read = pipe.read(&mut chunk).await.map_err(Stop::Start)?;
            if read == 0 {
                break;
            }
            bytes.extend_from_slice(&chunk[..read]);
            bytes.drain(..bytes.len().saturating_sub(MAX_TOLD));
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A command and all that it started; killed together unless it ended by itself.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        Self(pid.and_then(Pid::from_raw))
    }

    fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// How many bytes lie in a folder, or in a file.
pub(super) fn size(place: &Path, depth: u32) -> u64 {
    let Ok(meta) = fs::symlink_metadata(place) else { return 0 };
    if meta.is_file() {
        return meta.len();
    }
    if !meta.is_dir() || depth == 0 {
        return 0;
    }
    fs::read_dir(place).into_iter().flatten().flatten().map(|entry| size(&entry.path(), depth - 1)).sum()
}
