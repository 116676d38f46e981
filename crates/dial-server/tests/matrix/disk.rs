//! Rows 46 to 51: our own disk, real ones, in name spaces of their own.

use std::fs;
use std::process::Command;

use crate::bench::{Heard, Line, evensong, eventually, report, wav};

/// Runs the program where `set_up` was done as root of a name space of its own.
fn in_name_space(line: &mut Line, set_up: &str) {
    let script = format!("{set_up} && exec \"$0\" \"$@\"");
    line.prefix = ["unshare", "-rm", "sh", "-c", &script].map(str::to_owned).to_vec();
}

#[test]
fn row_46_a_full_disk() {
    let mut line = Line::new();
    fs::create_dir_all(line.data()).unwrap();
    // Room for the first copy and its snapshot, and for nothing much besides.
    let data = line.data().display().to_string();
    in_name_space(&mut line, &format!("mount -t tmpfs -o size=400k tmpfs {data}"));
    line.start();
    line.await_heard(&evensong());
    let big: Vec<(String, String)> = (0..5).map(|n| (format!("big{n}.wav"), format!("Big {n}"))).collect();
    let mut all: Vec<(&str, &str)> =
        big.iter().map(|(file, title)| (file.as_str(), title.as_str())).collect();
    all.push(("evensong.wav", "Evensong"));
    line.publish(&all);
    for (file, _) in &big {
        line.faulty.put(&format!("/audio/{file}"), &wav(60));
    }
    // The process is inside its name space: it is told by a signal, and asked over HTTP.
    hang_up(&line);
    let told = || story(&line.get("/status.json").unwrap_or_default());
    eventually("an incident tells of the disk", || !told().is_empty());
    assert_eq!(line.ring(), evensong());
    for _ in 0..3 {
        hang_up(&line);
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert_eq!(told().matches("works again").count(), 0, "small files fit, and the disk is as full");
    }
    let told = told();
    assert!(!told.is_empty(), "it lasts as long as the disk is full");
    report(46, "disk full (a real tmpfs)", "the recording", &told);
}

#[test]
fn row_47_killed_in_mid_write() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    for round in 0..20u32 {
        let title = format!("Round {round}");
        let file = format!("round{round}.wav");
        line.publish(&[(&file, &title), ("evensong.wav", "Evensong")]);
        hang_up(&line);
        std::thread::sleep(std::time::Duration::from_millis(u64::from(round) * 7));
        line.kill();
        line.start();
        let heard = line.ring();
        assert!(matches!(&heard, Heard::Recording(_)), "round {round}: {heard:?}");
        line.await_heard(&Heard::Recording(title));
    }
    eventually("a restart sweeps away what was left", || drafts(&line).is_empty());
    report(47, "kill -9 in mid-write, 20 times", "a recording at once after each start", "nothing");
}

#[test]
fn row_48_a_snapshot_that_does_not_stand_its_check() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    line.publish(&[("compline.wav", "Compline"), ("evensong.wav", "Evensong")]);
    line.look();
    line.await_heard(&Heard::Recording("Compline".into()));
    line.kill();
    line.faulty.behave(crate::faulty::Behaviour::Refused);
    let snapshots = line.data().join("lines/st-annes/snapshots");
    let mut names: Vec<_> = fs::read_dir(snapshots).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let newest = names.pop().unwrap();
    let whole = fs::read(&newest).unwrap();
    fs::write(&newest, &whole[..whole.len() / 2]).unwrap();
    line.start();
    assert_eq!(line.ring(), evensong(), "the one before is offered");
    let told = line.await_told("is damaged");
    report(48, "power loss: the newest snapshot is torn", "the snapshot before", &told);
}

#[test]
fn row_49_a_disk_that_only_reads() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    line.kill();
    let data = line.data().display().to_string();
    in_name_space(&mut line, &format!("mount --bind {data} {data} && mount -o remount,ro,bind {data}"));
    line.start();
    assert_eq!(line.ring(), evensong());
    let told = || line.get("/status.json").unwrap_or_default();
    eventually("an incident tells of the disk", || !story(&told()).is_empty());
    assert_eq!(line.ring(), evensong());
    report(49, "read-only disk", "the recording", &story(&told()));
}

#[test]
fn row_50_two_processes_on_one_data_folder() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    let mut second = line.spawn(&["serve", "--listen", "127.0.0.1:0"]);
    eventually("the second says that it only plays", || line.log().contains("this one plays its copy"));
    let asked = line.faulty.requests().len();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(line.faulty.requests().len(), asked, "it asks no origin");
    assert!(second.try_wait().unwrap().is_none(), "it goes on answering");
    let log = line.log();
    let _ = second.kill();
    let _ = second.wait();
    assert_eq!(line.ring(), evensong());
    let told = log.lines().find(|row| row.contains("this one plays its copy")).unwrap_or_default();
    report(50, "two processes on one data folder", "the recording, from both", told);
}

#[test]
fn row_51_a_damaged_store_of_callers() {
    let mut line = Line::new();
    line.start();
    line.await_heard(&evensong());
    line.kill();
    fs::remove_dir_all(line.data().join("store")).unwrap();
    fs::write(line.data().join("store"), "not a folder").unwrap();
    line.start();
    assert_eq!(line.ring(), evensong());
    eventually("the log tells of the store", || line.log().contains("cannot be"));
    report(
        51,
        "the store of records is damaged",
        "the recording",
        "the log tells that records cannot be written",
    );
}

fn drafts(line: &Line) -> String {
    let left = Command::new("find").arg(line.data()).args(["-name", ".draft-*"]).output().unwrap();
    String::from_utf8(left.stdout).unwrap()
}

fn hang_up(line: &Line) {
    let told = Command::new("kill").args(["-HUP", &server(line)]).status().unwrap();
    assert!(told.success());
}

/// The process that listens, also from outside of its name space.
fn server(line: &Line) -> String {
    line.server_pid().to_string()
}

/// What the open incident of the disk says.
fn story(status: &str) -> String {
    let status: serde_json::Value = serde_json::from_str(status).unwrap();
    let open = status["open"].as_array().unwrap().iter();
    let of_disk = open.filter(|incident| incident["cause"]["kind"] == "disk");
    let texts = of_disk.flat_map(|incident| incident["entries"].as_array().unwrap());
    texts.filter_map(|entry| entry["text"].as_str()).collect::<Vec<_>>().join(" ")
}
