//! Prints the chapters of a recording as the line finds them: `chapters RECORDING`.
//!
//! `--cost` prints for how many seconds a processor was busy with finding them, and how long the recording is;
//! `--measure` prints what each half second is judged by. Both are for `script/chapters`.

#![allow(clippy::print_stdout, reason = "an example is a command line")]

use std::error::Error;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write, stdout};

use dial_audio::band::Band;
use dial_audio::chapters::{self, ChapterFinder};
use dial_audio::decode::Decoder;
use dial_audio::prepare::prepare;
use dial_audio::resample::Resampler;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let mut out = BufWriter::new(stdout().lock());
    match &arguments[..] {
        [recording] => {
            let file = Box::new(File::open(recording)?);
            let prepared = prepare(file, None, &mut io::sink(), &mut |_| {})?;
            // Places are told as they are in the recording.
            let start_ms = prepared.left_out.start / 8;
            for chapter in prepared.chapters {
                let (from, to) = (chapter.start_ms + start_ms, chapter.end_ms + start_ms);
                writeln!(out, "{from} {to} {}", chapter.kind.name())?;
            }
        }
        [option, recording] if option == "--cost" => {
            let samples = telephone(recording)?;
            let before = busy_s()?;
            let mut finder = ChapterFinder::new();
            samples.chunks(4_096).for_each(|block| finder.push(block));
            let length_ms = samples.len() as u64 / 8;
            let found = finder.finish(length_ms).len();
            writeln!(out, "{:.3} {:.1} {found}", busy_s()? - before, length_ms as f64 / 1_000.0)?;
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
        _ => return Err("usage: chapters [--cost | --measure] RECORDING".into()),
    }
    Ok(())
}

/// Seconds that this program was on a processor, as Linux tells; waiting for one does not count.
fn busy_s() -> Result<f64, Box<dyn Error>> {
    let told = fs::read_to_string("/proc/self/schedstat")?;
    let busy_ns: u64 = told.split(' ').next().unwrap_or_default().parse()?;
    Ok(busy_ns as f64 / 1e9)
}

/// A recording as it is before it is levelled.
fn telephone(recording: &OsString) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut decoder = Decoder::open(Box::new(File::open(recording)?), None, Band::Narrow)?;
    let (mut block, mut samples) = (Vec::new(), Vec::new());
    let Some(rate) = decoder.next_block(&mut block)? else { return Ok(samples) };
    let mut resampler = Resampler::new(rate, Band::Narrow)?;
    resampler.push(&block, &mut samples);
    while decoder.next_block(&mut block)? == Some(rate) {
        resampler.push(&block, &mut samples);
    }
    resampler.finish(&mut samples);
    Ok(samples)
}
