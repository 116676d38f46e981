//! Says sentences with the built-in pack, as a caller hears them: `say FOLDER SPEED < SENTENCES`.
//!
//! Row 1 becomes `FOLDER/001.wav`, and so on. What the pack lacks is told, and fails.

#![expect(clippy::print_stdout, reason = "a tool for work on the project tells what it does")]

use std::path::PathBuf;
use std::{env, error, fs, io};

use dial_audio::{stretch, wav};
use dial_voice::pack::Pack;

fn main() -> Result<(), Box<dyn error::Error>> {
    let mut arguments = env::args().skip(1);
    let usage = "usage: say FOLDER SPEED [PACK] < SENTENCES";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let speed: f64 = arguments.next().ok_or(usage)?.parse()?;
    let pack = match arguments.next() {
        Some(file) => Pack::read(fs::read(file)?.into())?,
        None => Pack::built_in(),
    };
    fs::create_dir_all(&folder)?;
    for (place, sentence) in io::stdin().lines().enumerate() {
        let sentence = sentence?;
        let pieces = pack.pieces(&sentence);
        let words: Vec<_> = pieces.iter().map(|piece| piece.words.as_str()).collect();
        println!("{}", words.join(" | "));
        if pieces.iter().any(|piece| piece.sound.is_none()) {
            return Err("the pack lacks a part of it".into());
        }
        let mut sound = Pack::speak(&pieces);
        if (speed - 1.0).abs() > 1e-9 {
            sound = stretch::stretch(&sound, speed).flatten().collect();
        }
        let mut file = wav::mulaw_header(u32::try_from(sound.len())?).to_vec();
        file.extend(sound);
        fs::write(folder.join(format!("{:03}.wav", place + 1)), file)?;
    }
    Ok(())
}
