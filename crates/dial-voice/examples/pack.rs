//! Makes the built-in pack: says every take of the script with the model, and cuts the clips out.
//!
//! `pack FOLDER PACK CACHE [SPEAKER]`: where the voice's files lie, where the pack is written, and where
//! sentences that were said before are kept, so that a change of the script says only what is new.

#![expect(clippy::print_stdout, reason = "a tool for work on the project tells what it does")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, error, fs, thread};

use dial_audio::g711;
use dial_voice::lexicon::Lexicon;
use dial_voice::pack::{self, script};
use dial_voice::sound::telephone;
use dial_voice::voice::{Engine, PACE, Phonemes, RATE, Utterance, sha256};

type Fault = Box<dyn error::Error + Send + Sync>;

fn main() -> Result<(), Fault> {
    let mut arguments = env::args().skip(1);
    let mut path = || arguments.next().map(PathBuf::from).ok_or("usage: pack FOLDER PACK CACHE [SPEAKER]");
    let (folder, out, cache) = (path()?, path()?, path()?);
    let speaker = arguments.next().unwrap_or_else(|| "bm_george".into());
    fs::create_dir_all(&cache)?;
    let engine = Engine::open(&folder, &speaker)?;
    let phonemes = Phonemes::new(Lexicon::default());
    let takes = script::takes();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut clips = BTreeMap::new();
        while let Some(take) = takes.get(next.fetch_add(1, Ordering::Relaxed)) {
            println!("{take}");
            let sounds = phonemes.of(&take.words.join(" "));
            let said = said(&engine, &speaker, &sounds, &cache)?;
            let sound = telephone(RATE, &said.samples);
            let marks: Vec<usize> = said.marks.iter().map(|mark| mark / 3).collect();
            for (part, (_, label)) in pack::cut(take, &sounds, &marks, &sound)?.into_iter().zip(&take.clips) {
                let clip: Vec<u8> = sound[part].iter().map(|sample| g711::encode_f32(*sample)).collect();
                clips.insert(label.clone(), clip);
            }
        }
        Ok::<_, Fault>(clips)
    };
    let cores = thread::available_parallelism()?.get();
    let clips = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let mut clips = BTreeMap::new();
        for worker in workers {
            clips.append(&mut worker.join().expect("no worker panics")?);
        }
        Ok::<_, Fault>(clips)
    })?;
    let bytes = pack::write(&speaker, &script::checksum(&takes), &clips);
    fs::write(&out, &bytes)?;
    println!(
        "{} takes, {} clips, {} bytes, SHA-256 {}",
        takes.len(),
        clips.len(),
        bytes.len(),
        sha256(&bytes)
    );
    Ok(())
}

/// Says a sentence, or remembers it.
fn said(engine: &Engine, speaker: &str, sounds: &str, cache: &Path) -> Result<Utterance, Fault> {
    let file = cache.join(sha256(format!("{speaker} {PACE} {sounds}").as_bytes()));
    if let Ok(bytes) = fs::read(&file) {
        return Ok(remembered(&bytes));
    }
    let said = engine.speak(sounds, PACE)?;
    let mut bytes = (said.marks.len() as u32).to_le_bytes().to_vec();
    said.marks.iter().for_each(|mark| bytes.extend((*mark as u32).to_le_bytes()));
    said.samples.iter().for_each(|sample| bytes.extend(sample.to_le_bytes()));
    let part = file.with_extension("part");
    fs::write(&part, bytes)?;
    fs::rename(part, file)?;
    Ok(said)
}

fn remembered(bytes: &[u8]) -> Utterance {
    let words = bytes.as_chunks::<4>().0;
    let count = u32::from_le_bytes(words[0]) as usize;
    Utterance {
        marks: words[1..=count].iter().map(|word| u32::from_le_bytes(*word) as usize).collect(),
        samples: words[count + 1..].iter().map(|word| f32::from_le_bytes(*word)).collect(),
    }
}
