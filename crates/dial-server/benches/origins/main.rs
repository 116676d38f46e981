//! How soon a new list is heard, what ten thousand recordings cost, and how soon another origin takes over:
//! measured on the real `dial serve`, with real origins and signed calls; started by `script/bench`.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures real time")]

#[path = "../webhook/call.rs"]
#[allow(dead_code, reason = "the load generator uses the rest of it")]
mod call;
mod catalogue;
mod document;
mod failover;
#[path = "../../../dial-origin/tests/faulty/mod.rs"]
mod faulty;
mod fresh;
#[path = "../webhook/http.rs"]
mod http;
mod program;
mod ring;
mod stages;
mod table;

use std::io::Result;
use std::path::Path;
use std::process::ExitCode;

use table::say;

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [dial] = arguments.as_slice() else {
        say("usage: origins PROGRAM; script/bench does it");
        return Ok(ExitCode::SUCCESS);
    };
    // Asking over TLS needs a provider, as the program has one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let dial = Path::new(dial).canonicalize()?;
    fresh::measure(&dial)?;
    catalogue::measure(&dial)?;
    let within_limits = failover::measure(&dial)?;
    Ok(if within_limits { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
