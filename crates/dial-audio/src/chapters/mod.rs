//! Where speech ends and music begins, so that a caller can go from part to part.
//!
//! A stream of samples at 8,000 Hz goes in, as they were recorded: levelling would hide what tells an organ
//! from a voice. Of each half second 20 bytes are kept (an hour is 140 kB), because a part is known only when
//! the next one has gone on for a while. It must not know what the parts are for.

mod edge;
mod path;
mod spectrum;
mod weights;
mod window;

use path::Judgement;
use spectrum::{Frame, Spectra};
pub use window::FEATURES;
use window::{AHEAD, BLOCK, BLOCK_MS, WINDOW, Windows};

/// What kind of sound a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody speaks.
    Speech,
    /// A congregation sings, with an organ.
    Hymn,
    /// Any other music: a choir, an organ, a piano, a song.
    Music,
}

impl Kind {
    /// All kinds, in the order of the weights.
    pub const ALL: [Self; 3] = [Self::Speech, Self::Hymn, Self::Music];

    /// What a part of this kind is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Speech => "Speech",
            Self::Hymn => "Hymn",
            Self::Music => "Music",
        }
    }
}

/// A part of a recording, in milliseconds from its start; `end_ms` is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chapter {
    /// What is heard.
    pub kind: Kind,
    /// Where it begins.
    pub start_ms: u64,
    /// Where the next one begins, or the recording ends.
    pub end_ms: u64,
}

/// Levels are kept as decibels above this one.
const FLOOR_DB: f32 = -100.0;
/// So far under the loud tenth nothing is heard, and nothing can be said of it; in dB.
const NOTHING_DB: u8 = 45;
/// Neighbouring judgements look at the same sound, so each counts for a part only.
const COUNTS: f32 = 0.25;
/// One judgement alone is never certain.
const LEAST: f32 = -6.0;
/// Milliseconds of a level.
const LEVEL_MS: u64 = BLOCK_MS / edge::LEVELS as u64;

/// Finds the chapters of a stream of samples at 8,000 Hz.
pub struct ChapterFinder {
    spectra: Spectra,
    listener: Listener,
}

impl Default for ChapterFinder {
    fn default() -> Self {
        Self::new()
    }
}

impl ChapterFinder {
    /// A finder that has heard nothing.
    pub fn new() -> Self {
        Self { spectra: Spectra::new(), listener: Listener::new() }
    }

    /// Takes the next samples, from -1 to 1.
    pub fn push(&mut self, samples: &[f32]) {
        let listener = &mut self.listener;
        self.spectra.push(samples, &mut |frame| {
            listener.hear(frame);
        });
    }

    /// The chapters of a recording of this length, in order and without gaps; one alone says nothing, and is left out.
    pub fn finish(self, length_ms: u64) -> Vec<Chapter> {
        let Listener { mut judgements, levels, .. } = self.listener;
        // The last blocks are judged by the last whole window.
        if let Some(last) = judgements.last().copied() {
            judgements.resize(levels.len() / edge::LEVELS, last);
        }
        silence_says_nothing(&mut judgements, &levels);
        let runs = path::likeliest(&judgements);
        let mut chapters: Vec<Chapter> = Vec::new();
        for run in runs {
            let start_ms = match run.first {
                0 => 0,
                first => edge::beginning(&levels, first * edge::LEVELS) as u64 * LEVEL_MS,
            };
            if let Some(before) = chapters.last_mut() {
                before.end_ms = start_ms;
            }
            chapters.push(Chapter { kind: run.kind, start_ms, end_ms: length_ms });
        }
        chapters.retain(|chapter| chapter.start_ms < chapter.end_ms);
        chapters.dedup_by(|next, chapter| {
            let same = next.kind == chapter.kind;
            if same {
                chapter.end_ms = next.end_ms;
            }
            same
        });
        if chapters.len() < 2 { Vec::new() } else { chapters }
    }
}

/// What was heard so far.
struct Listener {
    windows: Windows,
    judgements: Vec<Judgement>,
    levels: Vec<u8>,
    /// Power of the level that is being filled, and how many frames are in it.
    power: f32,
    frames: usize,
}

impl Listener {
    fn new() -> Self {
        Self { windows: Windows::new(), judgements: Vec::new(), levels: Vec::new(), power: 0.0, frames: 0 }
    }

    fn hear(&mut self, frame: &Frame) {
        self.power += 10.0_f32.powf(frame.level_db / 10.0);
        self.frames += 1;
        if self.frames == BLOCK / edge::LEVELS {
            let level = 10.0 * (self.power / self.frames as f32).log10() - FLOOR_DB;
            self.levels.push(level.clamp(0.0, 255.0) as u8);
            (self.power, self.frames) = (0.0, 0);
        }
        if self.windows.push(frame) && self.windows.len() == WINDOW {
            let judgement = judge(&self.windows.features());
            // The first blocks are judged by the first whole window.
            let missing = if self.judgements.is_empty() { WINDOW - AHEAD } else { 1 };
            self.judgements.extend(std::iter::repeat_n(judgement, missing));
        }
    }
}

/// How likely each kind is: a logistic regression.
fn judge(features: &[f32; FEATURES]) -> Judgement {
    let scores = weights::WEIGHTS.map(|(bias, weights)| {
        bias + weights.iter().zip(features).map(|(weight, feature)| weight * feature).sum::<f32>()
    });
    let highest = scores.into_iter().fold(f32::MIN, f32::max);
    let all = highest + scores.iter().map(|score| (score - highest).exp()).sum::<f32>().ln();
    scores.map(|score| (score - all).max(LEAST) * COUNTS)
}

/// In a pause either kind may go on.
fn silence_says_nothing(judgements: &mut [Judgement], levels: &[u8]) {
    let mut sorted = levels.to_vec();
    sorted.sort_unstable();
    let loud = sorted.get(levels.len() * 9 / 10).copied().unwrap_or_default();
    for (judgement, levels) in judgements.iter_mut().zip(levels.chunks(edge::LEVELS)) {
        if levels.iter().all(|level| *level < loud.saturating_sub(NOTHING_DB)) {
            *judgement = Judgement::default();
        }
    }
}

/// The numbers that each half second of a stream is judged by: what the judgement is trained with.
pub fn measure(samples: &[f32], tell: &mut dyn FnMut(&[f32; FEATURES])) {
    let (mut spectra, mut windows) = (Spectra::new(), Windows::new());
    spectra.push(samples, &mut |frame| {
        if windows.push(frame) && windows.len() == WINDOW {
            tell(&windows.features());
        }
    });
}
