//! baresip rings the line.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::line::{Line, Way};
use crate::program::{Program, here, until};
use crate::sound::{SECOND, expected, heard, same, write_silence};

/// A telephone that rings as soon as it is started; keys are typed.
pub(crate) struct Baresip {
    folder: PathBuf,
    program: Program,
}

impl Baresip {
    /// It rings somebody. `account` is the rest of the row in its file of accounts.
    pub(crate) fn rings(line: &Line, name: &str, uri: &str, account: &str) -> Self {
        let folder = line.folder().join(name);
        std::fs::create_dir(&folder).unwrap();
        write_silence(&folder.join("silence.wav"));
        let config = std::fs::read_to_string(here("baresip.config")).unwrap();
        let config = config.replace("@FOLDER@", &folder.display().to_string());
        let roots = format!("sip_cafile {}\n", line.folder().join("own.pem").display());
        std::fs::write(folder.join("config"), config + &roots).unwrap();
        let account = format!("<sip:caller@127.0.0.1{account};regint=0;audio_codecs=PCMA/8000/1\n");
        std::fs::write(folder.join("accounts"), account).unwrap();
        std::fs::write(folder.join("contacts"), "").unwrap();
        let mut baresip = Command::new("baresip");
        baresip.arg("-f").arg(&folder).args(["-e", &format!("/dial {uri}"), "-t", "60"]);
        let program = Program::start(&mut baresip, folder.join("told"));
        Self { folder, program }
    }

    /// What it has heard so far.
    pub(crate) fn heard(&self) -> Vec<i16> {
        let files = std::fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path());
        let wav = files.into_iter().find(|path| path.to_string_lossy().ends_with("-dec.wav"));
        wav.map(|wav| heard(&wav)).unwrap_or_default()
    }

    pub(crate) fn until_heard(&self, samples: usize) {
        until("baresip hears enough", || self.heard().len() >= samples);
    }

    /// Keys, with so long a pause before each.
    pub(crate) fn presses(&mut self, keys: &str, pause: Duration) {
        for key in keys.chars() {
            std::thread::sleep(pause);
            self.program.types(&key.to_string());
        }
    }

    pub(crate) fn vanishes(self) {
        self.program.vanishes();
    }

    pub(crate) fn program(&mut self) -> &mut Program {
        &mut self.program
    }
}

#[test]
fn baresip_hears_the_menu_sample_for_sample_seeks_and_hangs_up_over_each_transport() {
    let line = Line::new();
    let expected = expected(&line);
    let encrypted = ";mediaenc=srtp-mand";
    std::thread::scope(|scope| {
        for way in Way::ALL {
            let (line, expected) = (&line, &expected);
            scope.spawn(move || {
                let account =
                    format!(";transport={}>{}", way.name(), if way == Way::Tls { encrypted } else { "" });
                let mut baresip = Baresip::rings(line, way.name(), &line.uri(way), &account);
                baresip.program().until_told("Call established");
                baresip.until_heard(6 * SECOND);
                let same = same(&baresip.heard(), expected);
                assert!(same >= 4 * SECOND, "{way:?}: the same for {same} samples");
                // The newest service, half a minute on, and the end of the call and of the program.
                baresip.presses("1", Duration::ZERO);
                baresip.presses("6bq", Duration::from_secs(2));
                baresip.program().ended();
            });
        }
    });
    let records = line.records(3);
    assert_eq!(records.len(), 3);
    for record in records {
        assert!(record["recording"].is_string(), "{record}");
        assert_eq!(record["position_ms"].as_u64().unwrap() / 5_000, 6, "{record}");
        assert_eq!(record["cause"], "caller", "{record}");
        assert!(record["sound"]["packets"].as_u64().unwrap() > 300, "{record}");
        assert_eq!(record["sound"]["lost"], 0, "{record}");
    }
}
