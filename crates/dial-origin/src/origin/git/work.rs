//! The commands of one visit to a repository, which share a deadline.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::Stdio;

use super::GitSettings;
use super::program::{Program, Reach};
use super::run::{Done, Patience, Stop, Watch, run};
use super::told;
use crate::fault::{Fault, FaultKind};

/// What a command may write to us where more is not said, in bytes.
const MAX_OUT: u64 = 64 * 1024;
/// The largest repository that is taken whole, in bytes.
const MAX_REPOSITORY: u64 = 32_000_000_000;

/// One visit to a repository.
pub(super) struct Work {
    program: Program,
    host: String,
    patience: Patience,
}

/// One command.
pub(super) struct Call<'a> {
    pub(super) repository: &'a Path,
    pub(super) reach: Reach,
    pub(super) arguments: &'a [&'a str],
    pub(super) stdin: &'a [u8],
    /// Where what it writes goes; none: to us.
    pub(super) stdout: Option<File>,
    pub(super) most_out: u64,
    /// Where its bytes come to lie.
    pub(super) place: &'a Path,
    /// How many may come there.
    pub(super) most_in: u64,
    pub(super) progress: &'a mut dyn FnMut(u64),
}

impl Work {
    pub(super) fn new(settings: &GitSettings) -> Result<Self, Fault> {
        let patience = Patience::new(settings.within, settings.min_speed);
        let host = settings.address.host().to_owned();
        Ok(Self { program: Program::new(settings)?, host, patience })
    }

    /// Runs a short command; gives what it wrote.
    pub(super) async fn git(
        &mut self,
        repository: &Path,
        reach: Reach,
        arguments: &[&str],
    ) -> Result<Done, Fault> {
        self.git_out(repository, reach, arguments, MAX_OUT).await
    }

    /// Runs a command that writes at most so many bytes.
    pub(super) async fn git_out(
        &mut self,
        repository: &Path,
        reach: Reach,
        arguments: &[&str],
        most_out: u64,
    ) -> Result<Done, Fault> {
        let (stdin, stdout, most_in, progress) = (&[][..], None, MAX_REPOSITORY, &mut |_| ());
        let place = repository;
        self.call(Call { repository, reach, arguments, stdin, stdout, most_out, place, most_in, progress })
            .await
    }

    /// Runs a command.
    pub(super) async fn call(&mut self, call: Call<'_>) -> Result<Done, Fault> {
        let mut command = self.program.command(call.repository, call.reach);
        command.args(call.arguments).stdout(call.stdout.map_or_else(Stdio::piped, Stdio::from));
        let mut watch = Watch { place: call.place, most: call.most_in, progress: call.progress };
        let done = run(command, call.stdin, call.most_out, &mut watch, &mut self.patience).await;
        let mut done = done.map_err(|stop| self.stopped(stop))?;
        done.told = told::clean(&done.told, &self.program.secrets());
        if done.status.success() {
            return Ok(done);
        }
        let words = told::words_of(&done.told);
        Err(self.fault(told::fault(&done.told)).with_detail(words))
    }

    /// A fault of this repository.
    pub(super) fn fault(&self, kind: FaultKind) -> Fault {
        Fault::new(kind, &self.host)
    }

    fn stopped(&self, stop: Stop) -> Fault {
        self.fault(match stop {
            Stop::Start(error) if error.kind() == io::ErrorKind::NotFound => {
                FaultKind::Git("git is not installed on this machine".into())
            }
            Stop::Start(error) => FaultKind::Git(format!("git cannot be started ({error})")),
            Stop::Silent => FaultKind::NoAnswer,
            Stop::Slow => FaultKind::Slow,
            Stop::TooLarge(most) => FaultKind::TooLarge(most),
        })
    }
}

/// Our own disk fails at a path.
pub(super) fn disk(path: &Path, error: &io::Error) -> Fault {
    Fault::new(FaultKind::Disk(error.to_string()), path.display().to_string())
}
