//! Programs of others: run to their end, or beside the test until they are dropped.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

/// Nothing that is waited for takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(50);

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Output {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    output.unwrap_or_else(|error| panic!("cannot run {program}: {error}; `script/test` installs it"))
}

/// All that it printed.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
        if is_so() {
            return;
        }
        std::thread::sleep(LOOK);
    }
    panic!("it never came to pass that {what}");
}

/// A file of the tests.
pub(crate) fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(file)
}

/// A program that runs beside the test, with a keyboard; what it prints goes to a file.
pub(crate) struct Program {
    child: Child,
    told: PathBuf,
}

impl Program {
    pub(crate) fn start(command: &mut Command, told: PathBuf) -> Self {
        let file = std::fs::File::create(&told).unwrap();
        command.stdin(Stdio::piped()).stdout(file.try_clone().unwrap()).stderr(file);
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {program}: {error}; `script/test` installs it"));
        Self { child, told }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    pub(crate) fn told(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.told).unwrap()).into_owned()
    }

    /// Waits until it prints this.
    pub(crate) fn until_told(&self, what: &str) {
        for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
            if self.told().contains(what) {
                return;
            }
            std::thread::sleep(LOOK);
        }
        panic!("it never told `{what}`, only: {}", self.told());
    }

    /// Types on its keyboard.
    pub(crate) fn types(&mut self, keys: &str) {
        let keyboard = self.child.stdin.as_mut().expect("it was started with a keyboard");
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        until("the program ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.expect("it was waited for")
    }

    /// A signal by its name.
    pub(crate) fn is_told_to(&self, signal: &str) {
        let mut kill = Command::new("kill");
        assert!(run(kill.arg(format!("-{signal}")).arg(self.child.id().to_string())).status.success());
    }

    /// It vanishes without a word, as with kill -9.
    pub(crate) fn vanishes(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
