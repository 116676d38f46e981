//! Speech and music are told apart, on sound that is made here: buzzing syllables, chords, and both with noise.
//! `script/chapters` does the same with whole services.

use std::f32::consts::TAU;

use dial_audio::chapters::{Chapter, ChapterFinder, Kind};

const RATE: f32 = 8_000.0;

/// What is heard, and for how many seconds.
#[derive(Clone, Copy)]
enum Part {
    Voice(u32),
    Organ(u32),
    Pause(u32),
}

fn sound(parts: &[Part], voice: f32, organ: f32) -> Vec<f32> {
    let mut chance = Chance(7);
    let mut samples = Vec::new();
    for part in parts {
        match *part {
            Part::Voice(seconds) => speak(&mut samples, seconds, voice, &mut chance),
            Part::Organ(seconds) => play(&mut samples, seconds, organ, &mut chance),
            Part::Pause(seconds) => samples.resize(samples.len() + seconds as usize * RATE as usize, 0.0),
        }
    }
    for sample in &mut samples {
        *sample += chance.between(-0.000_5, 0.000_5);
    }
    samples
}

/// Syllables: a buzz that glides through two formants, a hiss before every other one, pauses after some.
fn speak(samples: &mut Vec<f32>, seconds: u32, loud: f32, chance: &mut Chance) {
    let end = samples.len() + seconds as usize * RATE as usize;
    while samples.len() < end {
        let length = chance.between(0.1, 0.24) * RATE;
        let (first, last) = (chance.between(90.0, 140.0), chance.between(85.0, 130.0));
        let formants = [chance.between(300.0, 800.0), chance.between(1_000.0, 2_300.0)];
        let hiss = if chance.between(0.0, 1.0) < 0.5 { chance.between(0.03, 0.09) * RATE } else { 0.0 };
        samples.extend((0..hiss as u32).map(|_| chance.between(-0.3, 0.3) * loud));
        let mut phase = 0.0;
        for at in 0..length as u32 {
            let done = at as f32 / length;
            phase += (first + (last - first) * done) / RATE;
            let pitch = first + (last - first) * done;
            let buzz: f32 = (1..25)
                .map(|order| {
                    let hertz = order as f32 * pitch;
                    let near = |formant: &f32| 1.0 / (1.0 + ((hertz - formant) / 100.0).powi(2));
                    formants.iter().map(near).sum::<f32>() * (TAU * order as f32 * phase).sin()
                })
                .sum();
            samples.push(buzz * loud * (std::f32::consts::PI * done).sin());
        }
        let pause = if chance.between(0.0, 1.0) < 0.15 { chance.between(0.25, 0.7) } else { 0.02 };
        samples.resize(samples.len() + (pause * RATE) as usize, 0.0);
    }
    samples.truncate(end);
}

/// Chords of four notes with overtones, each held for a second or so.
fn play(samples: &mut Vec<f32>, seconds: u32, loud: f32, chance: &mut Chance) {
    let end = samples.len() + seconds as usize * RATE as usize;
    while samples.len() < end {
        let length = chance.between(0.6, 1.2) * RATE;
        let notes: [f32; 4] = [48.0, 55.0, 60.0, 64.0]
            .map(|note| 440.0 * 2.0_f32.powf((note + chance.between(-4.0, 4.0).round() - 69.0) / 12.0));
        for at in 0..length as u32 {
            let time = at as f32 / RATE;
            let edge = (time / 0.05).min((length / RATE - time) / 0.05).min(1.0);
            let tone = |hertz: &f32| {
                (1..7).map(|order| (TAU * hertz * order as f32 * time).sin() / order as f32).sum::<f32>()
            };
            samples.push(notes.iter().map(tone).sum::<f32>() * 0.15 * loud * edge);
        }
    }
    samples.truncate(end);
}

/// Numbers that look like chance and are always the same.
struct Chance(u64);

impl Chance {
    fn between(&mut self, least: f32, most: f32) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        least + (most - least) * ((self.0 >> 40) as f32 / (1_u64 << 24) as f32)
    }
}

fn found(samples: &[f32]) -> Vec<Chapter> {
    let mut finder = ChapterFinder::new();
    for block in samples.chunks(1_000) {
        finder.push(block);
    }
    finder.finish(samples.len() as u64 / 8)
}

/// Whether a chapter is speech, and the second in which it begins.
fn outline(chapters: &[Chapter]) -> Vec<(bool, u64)> {
    chapters.iter().map(|chapter| (chapter.kind == Kind::Speech, chapter.start_ms)).collect()
}

#[test]
fn a_voice_and_an_organ_are_told_apart_at_every_level() {
    use Part::{Organ, Pause, Voice};
    let parts = [Organ(25), Pause(2), Voice(30), Pause(2), Organ(20), Voice(20), Pause(1), Organ(30)];
    let begins = [0, 27, 59, 79, 100];
    for (voice, organ) in [(0.1, 0.1), (0.02, 0.5), (0.3, 0.05)] {
        let chapters = outline(&found(&sound(&parts, voice, organ)));
        assert_eq!(chapters.len(), begins.len(), "{voice} {organ}: {chapters:?}");
        for (at, ((speech, start_ms), second)) in chapters.iter().zip(begins).enumerate() {
            assert_eq!(*speech, at % 2 == 1, "{voice} {organ}: {chapters:?}");
            assert!(start_ms.abs_diff(second * 1_000) < 3_000, "{voice} {organ}: {chapters:?}");
        }
    }
}

#[test]
fn chapters_follow_each_other_without_gaps() {
    let samples = sound(&[Part::Voice(20), Part::Organ(20), Part::Voice(20)], 0.1, 0.2);
    let chapters = found(&samples);
    assert_eq!(chapters.first().map(|chapter| chapter.start_ms), Some(0));
    assert_eq!(chapters.last().map(|chapter| chapter.end_ms), Some(60_000));
    assert!(chapters.windows(2).all(|pair| pair[0].end_ms == pair[1].start_ms), "{chapters:?}");
}

#[test]
fn a_recording_of_one_kind_has_no_chapters() {
    assert_eq!(found(&sound(&[Part::Voice(60)], 0.1, 0.1)), []);
    assert_eq!(found(&sound(&[Part::Organ(60)], 0.1, 0.1)), []);
}

#[test]
fn nothing_and_silence_and_nonsense_have_no_chapters() {
    assert_eq!(found(&[]), []);
    assert_eq!(found(&vec![0.0; 400_000]), []);
    assert_eq!(found(&vec![f32::NAN; 400_000]), []);
    assert_eq!(found(&[0.5; 700]), []);
}
