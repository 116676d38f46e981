//! Kamailio stands between: as a registrar that asks for a password, and as a balancer that asks whether we live.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::baresip::Baresip;
use crate::line::{Line, PASSWORD, Settings, Way, free_port};
use crate::program::{Program, here, run, text};
use crate::sipp::{Rings, rings};

struct Kamailio {
    folder: TempDir,
    port: u16,
    program: Program,
}

impl Kamailio {
    /// With what stands in the list of its balancer.
    fn start(balances: &str) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let place = folder.path().display().to_string();
        let config = std::fs::read_to_string(here("kamailio.cfg")).unwrap();
        let config = config.replace("@PORT@", &port.to_string()).replace("@FOLDER@", &place);
        std::fs::write(folder.path().join("kamailio.cfg"), config.replace("@HA1@", &ha1(folder.path())))
            .unwrap();
        std::fs::write(folder.path().join("dispatcher.list"), balances).unwrap();
        let mut kamailio = Command::new("kamailio");
        kamailio.args(["-DD", "-E", "-f"]).arg(folder.path().join("kamailio.cfg"));
        kamailio.arg("-Y").arg(folder.path()).arg("-w").arg(folder.path());
        let program = Program::start(&mut kamailio, folder.path().join("told"));
        Self { folder, port, program }
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        // It takes its children with it only if it is asked.
        self.program.is_told_to("TERM");
        self.program.ended();
        let _ = self.folder;
    }
}

/// MD5 of user, realm and password (RFC 7616 section 3.4.2), which is all that a registrar needs to keep.
fn ha1(folder: &Path) -> String {
    let file = folder.join("ha1");
    std::fs::write(&file, format!("st-marys:127.0.0.1:{PASSWORD}")).unwrap();
    let printed = text(&run(Command::new("md5sum").arg(file)));
    printed.split(' ').next().unwrap().to_owned()
}

fn account(way: Way, port: u16) -> String {
    let name = way.name();
    format!(
        "[[sip.account]]\nname = \"{name}\"\nregistrar = \"127.0.0.1\"\nport = {port}\ntransport = \"{name}\"\n\
         user = \"by-{name}\"\nauth_user = \"st-marys\"\npassword_file = \"password\"\nline = \"st-marys\"\n"
    )
}

#[test]
fn calls_for_an_account_come_by_the_registrar_and_all_that_follows_takes_the_same_way() {
    for way in [Way::Udp, Way::Tcp] {
        let kamailio = Kamailio::start("");
        let callers = account(way, kamailio.port);
        let line = Line::with(&Settings { callers, ..Settings::default() });
        kamailio.program.until_told(&format!("registered by {}: st-marys", way.name()));
        let (whom, at) = (format!("by-{}", way.name()), kamailio.address());
        let output = rings(&line, &Rings { whom: &whom, at: &at, ..Rings::the(&line, "listen.xml") });
        assert!(output.status.success(), "{way:?}: {}", text(&output));
        let record = &line.records(1)[0];
        assert_eq!(record["position_ms"].as_u64().unwrap() / 2_000, 15, "{way:?}: {record}");
        assert_eq!(record["cause"], "caller", "{way:?}");
        let told = kamailio.program.told();
        for (method, times) in [("ACK", 2), ("INFO", 1), ("INVITE", 1), ("BYE", 1)] {
            assert_eq!(told.matches(&format!("passed on: {method}\n")).count(), times, "{way:?}: {method}");
        }
    }
}

#[test]
fn a_balancer_sees_the_line_up_and_while_it_drains_down_and_calls_in_progress_go_on() {
    let mut line = Line::new();
    // It counts as down, and is asked, until it says that it is up.
    let kamailio = Kamailio::start(&format!("1 sip:{} 9\n", line.address(Way::Udp)));
    kamailio.program.until_told("the line is up");
    let uri = format!("sip:balanced@{}", kamailio.address());
    let mut caller = Baresip::rings(&line, "caller", &uri, ">");
    caller.program().until_told("Call established");

    line.is_told_to("TERM");
    kamailio.program.until_told("the line is down");
    let mut late = Baresip::rings(&line, "late", &uri, ">");
    late.program().until_told("503 No line is up");
    caller.until_heard(caller.heard().len() + 8_000);

    // A second signal ends what goes on: that goes by the balancer too.
    line.is_told_to("TERM");
    caller.program().until_told("terminated");
    kamailio.program.until_told("passed on: BYE");
    assert!(line.ended().success());
    let record = &line.records(1)[0];
    assert_eq!(record["cause"], "failed", "{record}");
    assert!(record["sound"]["packets"].as_u64().unwrap() > 50, "{record}");
}
