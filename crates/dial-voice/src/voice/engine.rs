//! The model at work: phonemes in, sound at 24 kHz out. Takes about half the time of what it says, on one core.
//!
//! The model has no chance in it: the same phonemes give the same sound.

use std::path::Path;
use std::sync::Arc;

use rten::{Model, NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

use super::files::{FileError, MODEL, SPEAKERS};
use super::{graph, vocabulary};

/// Samples a second of what the model makes.
pub const RATE: u32 = 24_000;
/// Samples in a unit of the model's durations.
const FRAME: usize = 600;
/// The longest row of phonemes that the model takes.
const LONGEST: usize = 500;
/// Numbers in a speaker's style, of which there is one for each length of a row.
const STYLE: usize = 256;

/// The model and one speaker.
pub struct Engine {
    model: Model,
    tokens: NodeId,
    style: NodeId,
    speed: NodeId,
    audio: NodeId,
    durations: NodeId,
    styles: Vec<f32>,
}

/// What was said.
#[derive(Debug, Clone, PartialEq)]
pub struct Utterance {
    /// At 24 kHz.
    pub samples: Vec<f32>,
    /// Where each phoneme that was given begins, in samples, and where the last one ends.
    pub marks: Vec<usize>,
}

/// Why the voice cannot speak.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A file is missing, or another one.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no such speaker.
    #[error("`{0}` is not a speaker of this voice: use one of bm_george, bm_lewis, bf_emma, bm_daniel")]
    Speaker(String),
    /// The engine does not take the model.
    #[error("cannot load the voice's model")]
    Load(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The engine failed at a sentence.
    #[error("cannot speak `{0}`")]
    Speak(String, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// The sentence is too long for the model.
    #[error("cannot speak {0} phonemes at once: the voice takes {LONGEST}")]
    TooLong(usize),
}

impl Engine {
    /// The model and a speaker of it, from the folder that holds their files.
    pub fn open(folder: &Path, speaker: &str) -> Result<Self, EngineError> {
        let named = |file: &&super::VoiceFile| file.name.strip_suffix(".bin") == Some(speaker);
        let speaker = SPEAKERS.iter().find(named).ok_or_else(|| EngineError::Speaker(speaker.into()))?;
        let styles = speaker.read(&folder.join(speaker.name))?;
        let styles = styles.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let content = graph::readable(&MODEL.read(&folder.join(MODEL.name))?);
        let content = content.expect("a file with the model's checksum has the model's form");
        let model = Model::load(content).map_err(|error| EngineError::Load(error.into()))?;
        let node = |name: &str| model.node_id(name).map_err(|error| EngineError::Load(error.into()));
        Ok(Self {
            tokens: node("tokens")?,
            style: node("style")?,
            speed: node("speed")?,
            audio: node("audio")?,
            // How long each phoneme takes is known before a sound is made.
            durations: node("/encoder/Clip_output_0")?,
            model,
            styles,
        })
    }

    /// Says the phonemes; what is no phoneme is left out.
    pub fn speak(&self, phonemes: &str, speed: f32) -> Result<Utterance, EngineError> {
        let numbers: Vec<i32> = phonemes.chars().filter_map(vocabulary::number).collect();
        if numbers.len() > LONGEST {
            return Err(EngineError::TooLong(numbers.len()));
        }
        // The row begins and ends with a pause, of number 0.
        let row: Vec<i32> = std::iter::once(0).chain(numbers.iter().copied()).chain([0]).collect();
        let place = numbers.len().clamp(1, self.styles.len() / STYLE) - 1;
        let style = self.styles[place * STYLE..][..STYLE].to_vec();
        let fault =
            |error: Box<dyn std::error::Error + Send + Sync>| EngineError::Speak(phonemes.into(), error);
        let inputs: Vec<(NodeId, ValueOrView)> = vec![
            (self.tokens, NdTensor::from_data([1, row.len()], row).into()),
            (self.style, NdTensor::from_data([1, STYLE], style).into()),
            (self.speed, Tensor::from_data(&[1], vec![speed]).into()),
        ];
        // A sentence takes one core, and leaves the others to calls. Whoever has cores says several at once.
        let options = RunOptions::default().with_thread_pool(Some(Arc::new(ThreadPool::with_num_threads(1))));
        let [audio, durations] = self
            .model
            .run_n(inputs, [self.audio, self.durations], Some(options))
            .map_err(|error| fault(error.into()))?;
        let audio: Tensor<f32> =
            audio.try_into().map_err(|_| fault("the sound is of another form".into()))?;
        let durations: Tensor<f32> =
            durations.try_into().map_err(|_| fault("the durations are of another form".into()))?;
        let mut samples = audio.to_vec();
        // The model's inverse transform begins with a click, long before the first sound.
        samples.iter_mut().take(FRAME).for_each(|sample| *sample = 0.0);
        Ok(Utterance { samples, marks: marks(&durations.to_vec()) })
    }
}

/// Where phonemes begin: the first and the last duration are those of the pauses around them.
fn marks(durations: &[f32]) -> Vec<usize> {
    let mut at = 0;
    let ends = durations.iter().map(|frames| {
        at += *frames as usize * FRAME;
        at
    });
    let mut marks: Vec<usize> = ends.collect();
    marks.pop();
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_leave_out_the_pauses_at_both_ends() {
        assert_eq!(marks(&[2.0, 3.0, 1.0, 4.0]), [1200, 3000, 3600]);
    }

    #[test]
    fn a_speaker_that_is_none_is_refused() {
        assert!(matches!(Engine::open(Path::new("/nowhere"), "af_sky"), Err(EngineError::Speaker(_))));
        assert!(matches!(Engine::open(Path::new("/nowhere"), "bf_emma"), Err(EngineError::File(_))));
    }
}
