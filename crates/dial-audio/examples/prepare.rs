//! Prepares a recording for the telephone, as the line does: `prepare IN OUT.wav`, or `OUT.ulaw` without a header.

#![allow(clippy::print_stdout, reason = "an example is a command line")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use dial_audio::prepare::prepare;
use dial_audio::wav;

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(recording), Some(out), None) = (paths.next(), paths.next(), paths.next()) else {
        return Err("usage: prepare RECORDING OUT.wav|OUT.ulaw".into());
    };
    let extension = |path: &Path| path.extension().and_then(|text| text.to_str()).map(str::to_owned);
    let mulaw = out.with_extension("ulaw");
    let mut sink = BufWriter::new(File::create(&mulaw)?);
    let source = Box::new(File::open(&recording)?);
    let prepared = prepare(source, extension(&recording).as_deref(), &mut sink, &mut |_| {})?;
    sink.flush()?;
    if extension(&out).as_deref() == Some("wav") {
        let header = wav::mulaw_header(u32::try_from(prepared.samples)?);
        fs::write(&out, [&header[..], &fs::read(&mulaw)?].concat())?;
        fs::remove_file(&mulaw)?;
    }
    let left_out = prepared.left_out;
    println!("{} samples; {} before and {} after left out", prepared.samples, left_out.start, left_out.end);
    for warning in &prepared.warnings {
        println!("{warning}");
    }
    Ok(())
}
