//! Programs that are started, listened to, and ended.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{channel, notice};
use crate::alarm::channel::{Channel, Failure, Roots};
use crate::alarm::notice::NoticeKind;

/// A shell script in a folder, as a channel.
fn script(folder: &Path, text: &str) -> Channel {
    let path = folder.join("page");
    std::fs::write(&path, text).unwrap();
    channel(
        &format!("kind = \"command\"\ncommand = [\"/bin/sh\", {path:?}, {folder:?}, \"$HOME; true\"]"),
        &Roots::default(),
    )
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn a_program_is_given_the_message_on_its_input_and_in_its_environment_without_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    let text = "cat > $1/text\nenv > $1/env\nprintf %s \"$2\" > $1/argument\n";
    let notice = notice("cdn", NoticeKind::Opened);
    script(folder.path(), text).send(&notice).await.unwrap();
    assert_eq!(read(&folder.path().join("text")), notice.text() + "\n");
    assert_eq!(read(&folder.path().join("argument")), "$HOME; true");
    let environment = read(&folder.path().join("env"));
    for expected in [
        "DIAL_ALARM_CHANNEL=command",
        "DIAL_ALARM_ID=cdn",
        "DIAL_ALARM_KIND=opened",
        "DIAL_ALARM_LEVEL=critical",
        "DIAL_ALARM_AT=2026-11-22T14:02:00Z",
        "DIAL_ALARM_SUBJECT=The certificate of cdn has expired",
        "DIAL_ALARM_REMEDY=ask whoever runs cdn.example to renew it",
        "DIAL_ALARM_LINK=https://phone.example.org/status",
    ] {
        assert!(environment.lines().any(|row| row == expected), "{expected}: {environment}");
    }
    let allowed = [
        "DIAL_ALARM_",
        "PATH=",
        "HOME=",
        "USER=",
        "LOGNAME=",
        "LANG=",
        "LC_ALL=",
        "TZ=",
        "PWD=",
        "SHLVL=",
        "_=",
        "OLDPWD=",
    ];
    let body = notice.body.as_str();
    let strange = environment
        .lines()
        .find(|row| !allowed.iter().any(|name| row.starts_with(name)) && !body.contains(row));
    assert_eq!(strange, None, "it sees nothing else of our environment");
}

#[tokio::test]
async fn a_program_that_does_not_listen_or_leaves_something_behind_has_done_its_work() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["exec <&-\nexit 0\n", "sleep 30 &\nexit 0\n"] {
        let begun = tokio::time::Instant::now();
        script(folder.path(), text).send(&notice("a", NoticeKind::Opened)).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(9));
    }
}

#[tokio::test]
async fn a_program_that_fails_is_told_with_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let failing =
        script(folder.path(), "echo 'no dialling tone' >&2\nhead -c 1000000 /dev/zero >&2\nexit 3\n");
    let told = failing.send(&notice("a", NoticeKind::Opened)).await.unwrap_err().told();
    assert!(told.starts_with("the program ended with exit status: 3: no dialling tone"), "{told}");
    assert!(told.len() < 1000, "{}", told.len());
    let missing = channel("kind = \"command\"\ncommand = [\"/nowhere/page\"]", &Roots::default());
    let failure = missing.send(&notice("a", NoticeKind::Opened)).await.unwrap_err();
    assert!(matches!(failure, Failure::Start(_)), "{failure}");
}

/// Waits until a process is gone.
async fn gone(pid: &str) -> bool {
    let process = PathBuf::from("/proc").join(pid.trim());
    for _ in 0..200 {
        let state = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
        if state.is_empty() || state.contains(") Z") {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_with_all_that_it_started() {
    if !Path::new("/proc/self/stat").exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let hanging = script(
        folder.path(),
        "sleep 300 &\necho $! > $1/child\necho $$ > $1/self\nmv $1/self $1/ready\nwait\n",
    );
    let notice = notice("a", NoticeKind::Opened);
    {
        let sending = std::pin::pin!(hanging.send(&notice));
        let ready = async {
            while !folder.path().join("ready").exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            sent = sending => panic!("it hangs: {sent:?}"),
            () = ready => {}
        }
    }
    for file in ["child", "ready"] {
        assert!(gone(&read(&folder.path().join(file))).await, "{file}");
    }
}
