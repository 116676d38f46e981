//! One row of the table, and how it is checked.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use dial_origin::sound::{Sound, SoundError};

use crate::make::{Bench, HZ, foreign_ms, frequency};

/// What becomes of a file.
pub(crate) enum Outcome {
    /// It plays whole, as long as ffmpeg plays it, at its pitch, and nothing is told.
    Plays,
    /// It plays for between so many milliseconds, and this is told.
    Partly(u32, u32, &'static str),
    /// It is refused with these words among others.
    Refused(&'static str),
    /// It plays where there is ffmpeg; without it, it is refused by this name, with the remedy.
    ByFfmpeg(&'static str),
}

/// One kind of file.
pub(crate) struct Row {
    /// Its name, with the ending that it is uploaded with.
    pub(crate) name: &'static str,
    /// The command that makes it; see `make.rs`.
    pub(crate) command: &'static str,
    /// What happens to it on its way.
    pub(crate) damage: fn(&Bench, Vec<u8>) -> Vec<u8>,
    pub(crate) outcome: Outcome,
}

/// As near as the length has to be to that of ffmpeg.
const NEAR_MS: u32 = 20;

impl Row {
    /// What was seen; an error if that is not what should be.
    pub(crate) fn check(&self, bench: &Bench) -> Result<String, String> {
        let path = bench.made(self.name, self.command);
        let bytes = (self.damage)(bench, fs::read(&path).expect("just made"));
        fs::write(&path, bytes).expect("a writable folder");
        let without = bench.without_ffmpeg.prepare_file(&path, None, &mut |_| {});
        let with = bench.with_ffmpeg.prepare_file(&path, None, &mut |_| {});
        match (&self.outcome, with, without) {
            (Outcome::ByFfmpeg(kind), Ok(sound), Err(refusal)) => {
                let words = refusal.to_string();
                if !words.contains(kind) || !words.contains("need ffmpeg: install it") {
                    return Err(format!("refused without ffmpeg, but: {words}"));
                }
                whole(&path, &sound).map(|seen| format!("by ffmpeg: {seen}; else refused: {words}"))
            }
            (Outcome::ByFfmpeg(_), Err(refusal), _) => Err(format!("refused with ffmpeg: {refusal}")),
            (_, _, without) => self.check_own(&path, without),
        }
    }

    fn check_own(&self, path: &Path, result: Result<Arc<Sound>, SoundError>) -> Result<String, String> {
        match (&self.outcome, result) {
            (Outcome::Plays, Ok(sound)) => whole(path, &sound),
            (Outcome::Partly(least, most, words), Ok(sound)) => {
                let told = sound.warnings().join("; ");
                let foreign = foreign_ms(path).map_or("refuses".into(), |ms| format!("{ms} ms"));
                let seen = format!("plays {} ms (ffmpeg: {foreign}), and tells: {told}", sound.len_ms());
                let fits = (*least..=*most).contains(&sound.len_ms()) && told.contains(words);
                let is_silent_as_it_should = !words.is_empty() || told.is_empty();
                if fits && is_silent_as_it_should { Ok(seen) } else { Err(seen) }
            }
            (Outcome::Refused(words), Err(refusal)) if refusal.to_string().contains(words) => {
                Ok(format!("refused: {refusal}"))
            }
            (_, Ok(sound)) => Err(format!("plays {} ms, tells {:?}", sound.len_ms(), sound.warnings())),
            (_, Err(refusal)) => Err(format!("refused: {refusal}")),
        }
    }
}

fn whole(path: &Path, sound: &Sound) -> Result<String, String> {
    let foreign = foreign_ms(path).ok_or("ffmpeg does not play it")?;
    let hz = frequency(sound.bytes());
    let seen = format!("plays {} ms (ffmpeg: {foreign} ms) at {hz:.1} Hz", sound.len_ms());
    let is_whole = sound.len_ms().abs_diff(foreign) <= NEAR_MS && (hz - HZ).abs() < 2.0;
    match (is_whole, sound.warnings()) {
        (true, []) => Ok(seen),
        (_, warnings) => Err(format!("{seen}, tells {warnings:?}")),
    }
}
