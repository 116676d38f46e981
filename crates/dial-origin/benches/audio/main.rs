//! What it costs to make an hour of telephone sound, beside ffmpeg in the same run; started by `script/bench`.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures real time")]

mod cost;

use std::io::{Error, Result, Write};
use std::path::Path;
use std::process::{Command, ExitCode};

use cost::{Cost, measure};
use dial_origin::sound::SoundStore;
use tempfile::tempdir;

/// All take turns, so often: the machine may have other things to do for a while.
const ROUNDS: usize = 5;
/// No recording needs more memory to be prepared.
const MOST_MIB: f64 = 64.0;
/// What we aim at, in parts of the processor time of ffmpeg.
const AIM: f64 = 0.5;

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["prepare", recording, folder] => prepare(Path::new(recording), Path::new(folder)),
        [recording] => compare(Path::new(recording)),
        _ => {
            say("usage: audio RECORDING; script/bench does it");
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// As the line does it: hashed, decoded, levelled, stored, indexed, mapped.
fn prepare(recording: &Path, folder: &Path) -> Result<ExitCode> {
    let sound = SoundStore::new(folder)
        .prepare_file(recording, None, &mut |_| {})
        .map_err(|error| Error::other(error.to_string()))?;
    Ok(if sound.warnings().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn compare(recording: &Path) -> Result<ExitCode> {
    let folder = tempdir()?;
    let out = |name: &str| folder.path().join(name);
    let mut contenders = [
        ("dial: stored, levelled, indexed", Vec::new()),
        ("ffmpeg: converted", Vec::new()),
        ("ffmpeg: converted, dynaudnorm", Vec::new()),
    ];
    for round in 0..ROUNDS {
        let commands = [
            ours(recording, &out(&format!("sounds-{round}")))?,
            ffmpeg(recording, &[], &out("plain.ulaw")),
            ffmpeg(recording, &["-af", "dynaudnorm"], &out("levelled.ulaw")),
        ];
        for ((_, costs), command) in contenders.iter_mut().zip(commands) {
            costs.push(measure(command)?);
        }
    }
    say(&format!("{:<34}{:>8}{:>8}{:>10}", "median of five", "wall s", "CPU s", "peak MiB"));
    for (name, costs) in &contenders {
        let Cost { wall_s, cpu_s, peak_mib } = Cost::median(costs);
        say(&format!("{name:<34}{wall_s:>8.2}{cpu_s:>8.2}{peak_mib:>10.1}"));
    }
    let [(_, ours), (_, plain), (_, levelled)] = contenders;
    say("");
    say(&format!("{:<34}{:>8}{:>8}", "our part of", "wall", "CPU"));
    let of_plain = Cost::ratio(&ours, &plain);
    let of_levelled = Cost::ratio(&ours, &levelled);
    for (name, part) in [("ffmpeg: converted", &of_plain), ("ffmpeg: converted, dynaudnorm", &of_levelled)] {
        say(&format!("{name:<34}{:>8.2}{:>8.2}", part.wall_s, part.cpu_s));
    }
    let peak = ours.iter().map(|cost| cost.peak_mib).fold(0.0, f64::max);
    let verdict = |holds: bool| if holds { "held" } else { "EXCEEDED" };
    let is_faster = of_plain.wall_s < 1.0 && of_plain.cpu_s < 1.0;
    let is_small = peak < MOST_MIB;
    say("");
    say(&format!("limit: faster than ffmpeg's plain conversion: {}", verdict(is_faster)));
    say(&format!("limit: less than {MOST_MIB} MiB: {}", verdict(is_small)));
    let reached = if of_plain.cpu_s <= AIM { "reached" } else { "not reached" };
    say(&format!("aim: {AIM} of its processor time: {reached}"));
    Ok(if is_faster && is_small { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn ours(recording: &Path, folder: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("prepare").arg(recording).arg(folder);
    Ok(command)
}

fn ffmpeg(recording: &Path, filter: &[&str], out: &Path) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-loglevel", "error", "-y", "-i"]).arg(recording).args(filter);
    command.args(["-ac", "1", "-ar", "8000", "-f", "mulaw"]).arg(out);
    command
}

fn say(row: &str) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{row}").and_then(|()| output.flush());
}
