//! Nothing on a call's way waits for an origin, a file or a refresh: with every origin silent, and a disk on
//! which no file can be opened, written or renamed any more, calls go on.

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};

use crate::bench::{Heard, Line, evensong, eventually};
use crate::faulty::Behaviour;

/// What touches a file. What is mapped into memory is no system call; sockets are read and written by others.
const OF_FILES: &str = "openat,creat,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,\
                        ftruncate,statfs,fstatfs,flock,pread64,pwrite64,newfstatat,statx,getdents64";

/// What a pipe of Linux holds, in bytes.
const PIPE: usize = 64 * 1024;

/// A disk on which everything takes an hour, for one process.
struct StuckDisk(Child);

impl StuckDisk {
    fn of(line: &Line) -> Self {
        let log = line.home.path().join("strace");
        let stderr = fs::File::create(&log).unwrap();
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o", "/dev/null", "-e", &format!("trace={OF_FILES}")]);
        strace.args(["-e", &format!("inject={OF_FILES}:delay_enter=3600000000")]);
        strace.args(["-p", &line.server_pid().to_string()]);
        let strace = strace.stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr).spawn().unwrap();
        let stuck = Self(strace);
        eventually("the disk is stuck", || fs::read_to_string(&log).unwrap().contains("attached"));
        stuck
    }
}

impl Drop for StuckDisk {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

fn hang_up(line: &Line) {
    assert!(Command::new("kill").args(["-HUP", &line.server_pid().to_string()]).status().unwrap().success());
}

#[test]
fn calls_go_on_while_every_origin_is_silent_and_the_disk_is_stuck() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    line.faulty.behave(Behaviour::SilentHandshake);
    hang_up(&line);
    let disk = StuckDisk::of(&line);
    hang_up(&line);
    for _ in 0..5 {
        assert_eq!(line.ring(), evensong());
    }
    for page in ["/healthz", "/readyz", "/status.json", "/metrics"] {
        assert!(line.get(page).is_some_and(|text| !text.is_empty()), "{page}");
    }
    drop(disk);
    line.await_told("does not answer");
    assert_eq!(line.ring(), evensong());
}

#[test]
fn with_a_stuck_disk_a_refresh_stands_still_and_goes_on_as_soon_as_the_disk_does() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    line.publish(&[("compline.wav", "Compline"), ("evensong.wav", "Evensong")]);
    let disk = StuckDisk::of(&line);
    hang_up(&line);
    for _ in 0..5 {
        assert_eq!(line.ring(), evensong());
    }
    drop(disk);
    line.await_heard(&Heard::Recording("Compline".into()));
}

#[test]
fn calls_go_on_while_nobody_reads_the_log() {
    let mut line = Line::new();
    // A pipe that is full: whoever writes to it waits for ever.
    let (reader, mut full) = std::io::pipe().unwrap();
    full.write_all(&vec![b'\n'; PIPE]).unwrap();
    line.log_to = Some(full);
    line.start();
    line.await_heard(&evensong());
    for _ in 0..5 {
        assert_eq!(line.ring(), evensong());
    }
    let _ = Command::new("kill").args(["-INT", &line.server_pid().to_string()]).status();
    assert!(line.ended().success(), "it stops when it is told to");
    drop(reader);
}

#[test]
fn without_a_copy_the_polite_message_needs_neither_origin_nor_disk() {
    let mut line = Line::new();
    line.faulty.behave(Behaviour::SilentAfterRequest);
    line.start();
    let disk = StuckDisk::of(&line);
    for _ in 0..5 {
        assert_eq!(line.ring(), Heard::Polite);
    }
    drop(disk);
    line.faulty.behave(Behaviour::Well);
    line.await_heard_after_looks(&evensong());
}
