//! By a program of this machine: the message on its standard input and in its environment.
//!
//! It runs without a shell and without our secrets, and is ended with all that it started.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, Command};

use super::failure::Failure;
use crate::alarm::notice::Notice;

/// What of our environment a program may see.
const PASSED_ON: [&str; 7] = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ"];
/// So much of what it complains about is kept, in bytes; the rest is read and dropped.
const MAX_SAID: usize = 300;

/// A program with its arguments; the first is its path.
pub(super) struct Program(pub(super) Vec<String>);

impl Program {
    /// The program without its folder.
    pub(super) fn name(&self) -> &str {
        let path = self.0.first().map_or("", String::as_str);
        Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path)
    }

    /// Runs it to its end. Where nobody waits any longer, it is ended with its group.
    pub(super) async fn run(&self, channel: &str, notice: &Notice) -> Result<(), Failure> {
        let mut running = Running(self.command(channel, notice).spawn().map_err(Failure::Start)?);
        let (input, complaints) = (running.0.stdin.take(), running.0.stderr.take());
        let text = notice.text() + "\n";
        let feed = async {
            if let Some(mut input) = input {
                // A program that does not read its input may still do what it should.
                let _ = input.write_all(text.as_bytes()).await;
            }
        };
        let mut said = Vec::new();
        let talk = async {
            tokio::join!(feed, listen(complaints, &mut said));
            // What it started may keep our pipes open after its own end, which alone counts.
            std::future::pending::<()>().await;
        };
        let how = tokio::select! {
            ended = running.0.wait() => ended.map_err(Failure::Start)?,
            () = talk => unreachable!("it never ends"),
        };
        if how.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&said);
        let said = if said.trim().is_empty() { String::new() } else { format!(": {}", said.trim()) };
        Err(Failure::Program { how, said })
    }

    fn command(&self, channel: &str, notice: &Notice) -> Command {
        let (program, arguments) = self.0.split_first().expect("the configuration has no empty command");
        let mut command = Command::new(program);
        command.args(arguments).env_clear();
        command.envs(PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        for (name, value) in [
            ("CHANNEL", channel),
            ("ID", &notice.id),
            ("KIND", notice.kind.word()),
            ("LEVEL", &notice.level.to_string()),
            ("AT", &notice.at.to_string()),
            ("SUBJECT", &notice.subject),
            ("BODY", &notice.body),
            ("REMEDY", &notice.remedy),
            ("LINK", notice.link.as_deref().unwrap_or_default()),
        ] {
            command.env(format!("DIAL_ALARM_{name}"), value);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

async fn listen(complaints: Option<ChildStderr>, said: &mut Vec<u8>) {
    let Some(mut complaints) = complaints else { return };
    let mut piece = [0; 512];
    while let Ok(length @ 1..) = complaints.read(&mut piece).await {
        let room = MAX_SAID.saturating_sub(said.len()).min(length);
        said.extend_from_slice(&piece[..room]);
    }
}

/// A program that runs; its group ends when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(pid) = self.0.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
            // It leads a group of its own; an error says that nobody is left in it.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}
