//! How fast a running `dial demo` answers webhooks and sends sound; started by `script/bench`.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures real time")]

mod call;
mod http;
mod limit;
mod load;

use std::io::{Error, Result, Write};

use call::Signer;
use limit::Limit;
use load::{Measured, Target};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--limit"] => limit::serve(),
        [address, token_file, process] => {
            let signer = Signer::new(&std::fs::read_to_string(token_file)?);
            let address = address.parse().map_err(Error::other)?;
            measure(&Target { address, signer }, process)
        }
        _ => {
            say("usage: webhook ADDRESS:PORT AUTH-TOKEN-FILE PROCESS; script/bench does it");
            Ok(())
        }
    }
}

fn measure(dial: &Target, process: &str) -> Result<()> {
    // Threads that wait for a moment wake when it comes, not 50 microseconds later.
    let _ = std::fs::write("/proc/self/timerslack_ns", "1");
    let limit = Limit::start()?;
    let bare = Target { address: limit.address, signer: dial.signer.clone() };
    memory("Memory at rest", process);
    let mut calls = 0;

    say("\nClosed loop: every connection sends its next request as soon as the last is answered.");
    heading();
    for connections in [1, 64] {
        let ours = load::calls(dial, connections, None)?;
        let bare = load::calls(&bare, connections, None)?;
        row("dial", connections, &ours);
        row("limit", connections, &bare);
        ratio(&ours, &bare);
        calls += ours.calls;
    }

    say("\nOpen loop: a fixed rate over 64 connections; latency counts from the moment that was due.");
    for rate in [1000, 5000] {
        say(&format!("{rate} requests a second:"));
        heading();
        let ours = load::calls(dial, 64, Some(rate))?;
        let bare = load::calls(&bare, 64, Some(rate))?;
        row("dial", 64, &ours);
        row("limit", 64, &bare);
        ratio(&ours, &bare);
        calls += ours.calls;
    }
    memory(&format!("\nMemory after {calls} calls"), process);

    let (length, speed) = load::media(dial, 8)?;
    say(&format!(
        "Sound, 8 connections, pieces of {length} bytes: {:.0} MB/s, as much as {:.0} calls listen to at 8 kB/s",
        speed / 1e6,
        speed / 8e3
    ));
    memory("Memory after that", process);
    Ok(())
}

fn heading() {
    say("        connections   p50 us   p99 us p99.9 us   max us requests/s");
}

fn row(name: &str, connections: u32, measured: &Measured) {
    let us = |part| measured.quantile(part);
    say(&format!(
        "{name:<8}{connections:>11}{:>9.0}{:>9.0}{:>9.0}{:>9.0}{:>11.0}",
        us(0.5),
        us(0.99),
        us(0.999),
        us(1.0),
        measured.per_second()
    ));
}

fn ratio(ours: &Measured, limit: &Measured) {
    let part = |part| ours.quantile(part) / limit.quantile(part);
    say(&format!(
        "ratio              {:>9.2}{:>9.2}{:>9.2}{:>9.2}{:>11.2}",
        part(0.5),
        part(0.99),
        part(0.999),
        part(1.0),
        ours.per_second() / limit.per_second()
    ));
}

/// What the server holds; its mapped recordings count as files.
fn memory(when: &str, process: &str) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let mb = |name: &str| {
        let row = status.lines().find_map(|row| row.strip_prefix(name));
        let kb = row.and_then(|row| row.split_whitespace().nth(1)).and_then(|kb| kb.parse::<f64>().ok());
        kb.map_or("unknown".into(), |kb| format!("{:.1} MB", kb / 1024.0))
    };
    let (all, own, files) = (mb("VmRSS"), mb("RssAnon"), mb("RssFile"));
    say(&format!("{when}: {all}, of which {own} its own and {files} mapped files"));
}

fn say(row: &str) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{row}").and_then(|()| output.flush());
}
