//! Linphone rings the line.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::line::{Line, Way, free_port};
use crate::program::{Program, here};
use crate::sound::{expected, heard, share};

/// Its telephone without a window, which is told what to do as one types.
struct Linphone {
    folder: PathBuf,
    program: Program,
}

impl Linphone {
    /// It rings the line; over TLS it hears and speaks nothing that is not encrypted.
    fn rings(line: &Line, way: Way) -> Self {
        let folder = line.folder().join(way.name());
        // Without a place for its data base it starts, and opens no port.
        std::fs::create_dir_all(folder.join(".local/share/linphone")).unwrap();
        let [encryption, mandatory] = if way == Way::Tls { ["srtp", "1"] } else { ["none", "0"] };
        let config = std::fs::read_to_string(here("linphone.config")).unwrap();
        let config = config.replace("@PORT@", &free_port().to_string());
        let config = config.replace("@TLS@", &free_port().to_string());
        let config = config.replace("@FOLDER@", &folder.display().to_string());
        let config = config.replace("@ENCRYPTION@", encryption).replace("@MANDATORY@", mandatory);
        std::fs::write(folder.join("config"), config).unwrap();
        let mut linphone = Command::new("linphonec");
        linphone.env("HOME", &folder).arg("-c").arg(folder.join("config"));
        linphone.arg("-d").arg("6").arg("-l").arg(folder.join("log"));
        let mut linphone = Self { program: Program::start(&mut linphone, folder.join("told")), folder };
        linphone.is_told("soundcard use files");
        linphone.program.until_told("instead of soundcard");
        let record = format!("record {}", linphone.folder.join("heard.wav").display());
        linphone.is_told(&record);
        // It knows only names in certificates, not addresses.
        linphone.is_told(&format!("call {}", line.uri(way).replace("@127.0.0.1", "@localhost")));
        linphone.program.until_told("Media streams established");
        linphone
    }

    fn is_told(&mut self, what: &str) {
        self.program.types(&format!("{what}\n"));
    }
}

#[test]
fn linphone_hears_the_menu_seeks_and_hangs_up_over_each_transport() {
    let line = Line::new();
    let expected = expected(&line);
    std::thread::scope(|scope| {
        for way in Way::ALL {
            let (line, expected) = (&line, &expected);
            scope.spawn(move || {
                let mut linphone = Linphone::rings(line, way);
                // The menu; the newest service, half a minute on, and the end of the call.
                for (pause, what) in [(7, "1"), (3, "6"), (2, "terminate")] {
                    std::thread::sleep(Duration::from_secs(pause));
                    linphone.is_told(what);
                }
                linphone.program.until_told("ended (No error)");
                linphone.is_told("quit");
                linphone.program.ended();
                // It writes down what it heard as the call ends, and leaves out or repeats single samples where
                // its clock and ours differ; so not all pieces are whole.
                let share = share(&heard(&linphone.folder.join("heard.wav")), expected);
                assert!(share > 0.8, "{way:?}: {share} of the menu was heard as it was sent");
            });
        }
    });
    let records = line.records(3);
    assert_eq!(records.len(), 3);
    for record in records {
        assert!(record["recording"].is_string(), "{record}");
        assert_eq!(record["position_ms"].as_u64().unwrap() / 5_000, 6, "{record}");
        assert_eq!(record["cause"], "caller", "{record}");
        assert_eq!(record["sound"]["lost"], 0, "{record}");
    }
}
