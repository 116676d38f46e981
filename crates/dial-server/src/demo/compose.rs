//! What the demonstration plays: ringing, chimes, and hymn tunes of our own, after a spoken title.

use dial_audio::g711;
use dial_audio::tone::{Canvas, pitch};

use crate::prompts::PromptBook;

/// A piece of the demonstration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// Rounds and plain hunt on so many bells.
    Rounds(u8),
    /// The hour is struck.
    Chimes(i8),
    /// A hymn, so many semitones higher.
    Hymn(i32),
    /// Bells, then a hymn.
    Morning,
    /// A hymn between chimes.
    Evensong,
    /// Several hymns in other keys.
    Recital,
}

/// The scale of a ring of bells, from the treble down, in semitones under the treble.
const MAJOR_DOWN: [i32; 8] = [0, 1, 3, 5, 7, 8, 10, 12];
/// The steps of a major scale.
const MAJOR: [i32; 8] = [0, 2, 4, 5, 7, 9, 11, 12];
/// A tune in four lines, as degrees of the scale; each line ends on its last note, held.
const TUNE: [[usize; 8]; 4] =
    [[0, 2, 4, 2, 3, 5, 4, 4], [4, 5, 6, 7, 5, 4, 3, 2], [2, 4, 3, 2, 1, 3, 2, 1], [0, 2, 4, 7, 5, 3, 1, 0]];
/// A beat of a hymn, in seconds.
const BEAT_S: f32 = 0.75;

/// The samples of a piece at 8 kHz, after its title is spoken.
pub(super) fn compose(piece: Piece, words: &str, voice: &PromptBook) -> Vec<f32> {
    let mut canvas = Canvas::default();
    let clip = voice.clip_or_murmur(words);
    let spoken: Vec<f32> = clip.sound.iter().map(|byte| f32::from(g711::decode(*byte)) / 32_768.0).collect();
    canvas.sound(0.3, &spoken, 3.0);
    let start = 0.3 + spoken.len() as f32 / 8000.0 + 1.0;
    match piece {
        Piece::Rounds(bells) => drop(ring(&mut canvas, start, usize::from(bells), 40)),
        Piece::Chimes(hour) => drop(chimes(&mut canvas, start, hour)),
        Piece::Hymn(key) => drop(hymn(&mut canvas, start, key, 5)),
        Piece::Morning => {
            let after = ring(&mut canvas, start, 6, 20);
            hymn(&mut canvas, after + 2.0, 0, 4);
        }
        Piece::Evensong => {
            let after = chimes(&mut canvas, start, 6);
            let after = hymn(&mut canvas, after + 1.5, -3, 4);
            chimes(&mut canvas, after + 1.5, 7);
        }
        Piece::Recital => {
            let mut at = start;
            for key in [0, 5, -4] {
                at = hymn(&mut canvas, at, key, 3) + 2.5;
            }
        }
    }
    canvas.finish()
}

/// Rounds, then plain hunt: every row each pair changes places. Tells when it ends.
fn ring(canvas: &mut Canvas, start: f32, bells: usize, rows: usize) -> f32 {
    let mut row: Vec<usize> = (0..bells).collect();
    let mut at = start;
    for number in 0..rows {
        for bell in &row {
            canvas.bell(at, pitch(3 - MAJOR_DOWN[*bell]), 0.7);
            at += 0.24;
        }
        // An open lead after each second row, as ringers do.
        at += if number % 2 == 1 { 0.24 } else { 0.0 };
        if number >= 4 {
            row[number % 2..].chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
        }
    }
    at + 4.0
}

/// Four falling quarters, and the hour on a deep bell.
fn chimes(canvas: &mut Canvas, start: f32, hour: i8) -> f32 {
    let mut at = start;
    for quarter in [[4, 2, 0, -3], [0, 2, 4, 0], [4, 0, 2, -3], [-3, 2, 4, 0]] {
        for semitones in quarter {
            canvas.bell(at, pitch(semitones), 0.6);
            at += 0.8;
        }
        at += 0.9;
    }
    let strokes = if hour > 12 { hour - 12 } else { hour };
    for _ in 0..strokes {
        canvas.bell(at, pitch(-17), 1.0);
        at += 2.2;
    }
    at + 4.0
}

/// The tune in two parts over a bass, verse after verse.
fn hymn(canvas: &mut Canvas, start: f32, key: i32, verses: usize) -> f32 {
    let mut at = start;
    let note = |degree: usize, octave: i32| pitch(MAJOR[degree] + 12 * octave - 9 + key);
    for _ in 0..verses {
        for line in TUNE {
            for (place, degree) in line.into_iter().enumerate() {
                let beats = if place == line.len() - 1 { 2.0 } else { 1.0 };
                let seconds = beats * BEAT_S;
                canvas.organ(at, seconds * 0.97, note(degree, 0), 0.8);
                canvas.organ(at, seconds * 0.97, note((degree + 5) % 7, -1), 0.5);
                canvas.organ(at, seconds * 0.97, note([0, 3, 4, 0][place % 4], -1), 0.5);
                at += seconds;
            }
            at += 0.35;
        }
        at += 1.2;
    }
    at
}
