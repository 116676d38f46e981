//! Prints the chapters of a recording: `chapters RECORDING`.
//! With `--measure` it prints what each half second is judged by instead, for `script/chapters --train`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example is a command line")]

use std::error::Error;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::time::Instant;

use dial_audio::chapters::{self, ChapterFinder};
use dial_audio::decode::Decoder;
use dial_audio::resample::Resampler;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let mut out = BufWriter::new(stdout().lock());
    match &arguments[..] {
        [recording] => {
            let samples = telephone(recording)?;
            let began = Instant::now();
            let mut finder = ChapterFinder::new();
            samples.chunks(4_096).for_each(|block| finder.push(block));
            let found = finder.finish(samples.len() as u64 / 8);
            eprintln!(
                "{:.3} s for {:.1} minutes",
                began.elapsed().as_secs_f64(),
                samples.len() as f64 / 480_000.0
            );
            for chapter in found {
                writeln!(out, "{} {} {}", chapter.start_ms, chapter.end_ms, chapter.kind.name())?;
            }
        }
        [option, recording] if option == "--measure" => {
            let samples = telephone(recording)?;
            let mut rows = Vec::new();
            chapters::measure(&samples, &mut |numbers| rows.push(*numbers));
            for numbers in rows {
                let row: Vec<String> = numbers.iter().map(|number| format!("{number:.5}")).collect();
                writeln!(out, "{}", row.join(","))?;
            }
        }
        _ => return Err("usage: chapters [--measure] RECORDING".into()),
    }
    Ok(())
}

/// A recording as it is before it is levelled.
fn telephone(recording: &OsString) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut decoder = Decoder::open(Box::new(File::open(recording)?), None)?;
    let (mut block, mut samples) = (Vec::new(), Vec::new());
    let Some(rate) = decoder.next_block(&mut block)? else { return Ok(samples) };
    let mut resampler = Resampler::new(rate)?;
    resampler.push(&block, &mut samples);
    while decoder.next_block(&mut block)? == Some(rate) {
        resampler.push(&block, &mut samples);
    }
    resampler.finish(&mut samples);
    Ok(samples)
}
