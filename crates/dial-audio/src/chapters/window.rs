//! What is typical of some seconds of sound, as numbers for a decision: means and spreads of what
//! [`spectrum`](super::spectrum) measured, and how the level moves at the pace of syllables.

use std::collections::VecDeque;

use super::spectrum::{Frame, SHAPES, STEP_MS};

/// Frames of a block: half a second. Each block is judged by what is around it.
pub(super) const BLOCK: usize = 16;
/// Milliseconds of a block.
pub(super) const BLOCK_MS: u64 = BLOCK as u64 * STEP_MS;
/// Blocks that are looked at for one judgement: 4 s.
pub(super) const WINDOW: usize = 8;
/// The blocks of a window that are after the one that is judged.
pub(super) const AHEAD: usize = 4;
/// How many numbers there are of a window.
pub const FEATURES: usize = 2 * SHAPES + MODULATIONS + 5;

/// Whole sound and four bands.
const MODULATIONS: usize = 5;
/// So far under the loudest of late nothing is heard beside it, in dB.
const HEARD_DB: f32 = 40.0;
/// Smoothing that lets pass what changes slower than 8 Hz, and than 2 Hz; at 31 frames a second.
const SYLLABLES: f32 = 0.8;
const PHRASES: f32 = 0.331;

/// Sums over a block.
#[derive(Debug, Clone)]
struct Block {
    weight: f32,
    sums: [f32; SHAPES],
    squares: [f32; SHAPES],
    modulations: [f32; MODULATIONS],
    levels: Vec<f32>,
}

impl Block {
    fn new() -> Self {
        Self {
            weight: 0.0,
            sums: [0.0; SHAPES],
            squares: [0.0; SHAPES],
            modulations: [0.0; MODULATIONS],
            levels: Vec::with_capacity(BLOCK),
        }
    }
}

/// Makes windows of frames.
pub(super) struct Windows {
    block: Block,
    blocks: VecDeque<Block>,
    fast: [f32; MODULATIONS],
    slow: [f32; MODULATIONS],
    loudest: f32,
}

impl Windows {
    pub(super) fn new() -> Self {
        Self {
            block: Block::new(),
            blocks: VecDeque::with_capacity(WINDOW + 1),
            fast: [-100.0; MODULATIONS],
            slow: [-100.0; MODULATIONS],
            loudest: -100.0,
        }
    }

    /// Takes a frame; true when it completes a block.
    pub(super) fn push(&mut self, frame: &Frame) -> bool {
        // 2 dB a second: an organ is forgotten within ten.
        self.loudest = frame.level_db.max(self.loudest - 0.064);
        let heard = self.loudest - HEARD_DB;
        let [low, middle, upper, high] = frame.bands_db;
        for (at, level) in [frame.level_db, low, middle, upper, high].into_iter().enumerate() {
            let level = level.max(heard);
            self.fast[at] += SYLLABLES * (level - self.fast[at]);
            self.slow[at] += PHRASES * (level - self.slow[at]);
            self.block.modulations[at] += (self.fast[at] - self.slow[at]).powi(2);
        }
        // What is loud counts for more.
        let weight = 10.0_f32.powf(frame.level_db / 40.0);
        self.block.weight += weight;
        for (at, shape) in frame.shapes.iter().enumerate() {
            self.block.sums[at] += weight * shape;
            self.block.squares[at] += weight * shape * shape;
        }
        self.block.levels.push(frame.level_db);
        let full = self.block.levels.len() == BLOCK;
        if full {
            self.blocks.push_back(std::mem::replace(&mut self.block, Block::new()));
            if self.blocks.len() > WINDOW {
                self.blocks.pop_front();
            }
        }
        full
    }

    /// How many blocks are looked at now.
    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// The numbers of the last blocks.
    pub(super) fn features(&self) -> [f32; FEATURES] {
        let mut features = [0.0; FEATURES];
        let total = |of: &dyn Fn(&Block) -> f32| self.blocks.iter().map(of).sum::<f32>();
        let weight = total(&|block| block.weight).max(f32::MIN_POSITIVE);
        for at in 0..SHAPES {
            let mean = total(&|block| block.sums[at]) / weight;
            let spread = total(&|block| block.squares[at]) / weight - mean * mean;
            features[2 * at] = mean;
            features[2 * at + 1] = spread.max(0.0).sqrt();
        }
        let frames = (self.blocks.len() * BLOCK).max(1) as f32;
        for at in 0..MODULATIONS {
            features[2 * SHAPES + at] = (total(&|block| block.modulations[at]) / frames).sqrt() / 10.0;
        }
        features[2 * SHAPES + MODULATIONS..].copy_from_slice(&self.movement(frames));
        features
    }

    /// How the level moves: its spread, the mean step, and how often it is 5, 10 and 20 dB under the mean.
    fn movement(&self, frames: f32) -> [f32; 5] {
        let levels = || self.blocks.iter().flat_map(|block| block.levels.iter().copied());
        let power = levels().map(|level| 10.0_f32.powf(level / 10.0)).sum::<f32>() / frames;
        let mean_db = 10.0 * power.max(1e-12).log10();
        let kept = || levels().map(|level| level.max(mean_db - HEARD_DB) - mean_db);
        let mean = kept().sum::<f32>() / frames;
        let spread = (kept().map(|level| (level - mean).powi(2)).sum::<f32>() / frames).sqrt();
        let steps = kept().zip(kept().skip(1)).map(|(a, b)| (a - b).abs()).sum::<f32>() / frames;
        let under = |db: f32| kept().filter(|level| *level < -db).count() as f32 / frames;
        [spread / 10.0, steps, under(5.0), under(10.0), under(20.0)]
    }
}
