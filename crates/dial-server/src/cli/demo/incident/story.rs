//! What is told on the terminal, and what has to hold in the end.

use std::io::Write;
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::demo::incident::Heard;

/// What is told on the terminal.
pub(super) struct Story {
    pub(super) clock: Clock,
    pub(super) zone: TimeZone,
    pub(super) claims: Vec<(&'static str, bool)>,
}

impl Story {
    pub(super) fn note(&self, text: &str) {
        let at: Timestamp = self.clock.now();
        print(&format!("{}  {text}", at.to_zoned(self.zone.clone()).strftime("%H:%M:%S")));
    }

    pub(super) fn quote(&self, who: &str, text: &str) {
        self.note(&format!("{who}:"));
        text.lines()
            .filter(|row| !row.trim().is_empty())
            .for_each(|row| print(&format!("            {row}")));
    }

    pub(super) fn heard(&self, who: &str, heard: &Heard) {
        let mut said = heard.words.join(" ");
        if heard.recording.is_some() {
            said.push_str(&format!(" [and {} seconds of the recording]", heard.sound.len() / 8000));
        }
        self.quote(&format!("{who}, and hears"), &said);
    }

    pub(super) fn claim(&mut self, what: &'static str, holds: bool) {
        self.claims.push((what, holds));
    }

    pub(super) fn end(&self) -> ExitCode {
        heading("What was shown");
        for (what, holds) in &self.claims {
            print(&format!("  {}  {what}", if *holds { "yes" } else { "NO " }));
        }
        if self.claims.iter().all(|(_, holds)| *holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

pub(super) fn heading(text: &str) {
    print(&format!("\n{text}\n"));
}

fn print(row: &str) {
    let _ = writeln!(std::io::stdout(), "{row}");
}
