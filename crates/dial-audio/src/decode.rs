//! Decodes what churches upload to one channel of samples, as a stream of constant memory.
//!
//! It must not know what the samples become.

use std::io::{Read, Seek, SeekFrom};

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;

/// So much of a file's start is looked at to name what it is.
const LOOK: usize = 512;
/// A file that gives so many faults in a row has nothing more to give.
const FAULTS_IN_A_ROW: u32 = 500;

/// Why a file cannot be decoded, in words for whoever uploaded it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It cannot be read from the disk.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// A web page was saved instead of the sound.
    #[error("it is a web page, not a recording")]
    WebPage,
    /// Git LFS left its pointer instead of the sound.
    #[error("it is a Git LFS pointer, not the recording itself: run `git lfs pull` where it comes from")]
    LfsPointer,
    /// An MP4 whose index was never written.
    #[error("the upload was cut short: the file's index is missing")]
    CutUpload,
    /// Nothing that we know.
    #[error("it is not a sound file that we know; it begins with `{0}`")]
    Unknown(String),
    /// The container is known, and what is in it is not.
    #[error("its kind of sound cannot be decoded ({0}): save it as MP3, M4A (AAC-LC), WAV, FLAC or OGG")]
    Unsupported(String),
    /// There is no sound in it.
    #[error("there is no sound in it")]
    NoSound,
}

/// A file being decoded.
pub struct Decoder {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    /// How long the file says that it is, in milliseconds.
    stated_ms: Option<u64>,
    interleaved: Vec<f32>,
    faults: u32,
    faults_in_a_row: u32,
}

/// A block of samples, one channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block<'a> {
    /// Samples a second; it may change within a file.
    pub rate: u32,
    /// From -1 to 1.
    pub samples: &'a [f32],
}

impl Decoder {
    /// Finds out what a file is; its ending is a hint only.
    pub fn open(mut source: Box<dyn MediaSource>, extension: Option<&str>) -> Result<Self, DecodeError> {
        let start = look(&mut source)?;
        let named = name(&start);
        if let Some(error) = named {
            return Err(error);
        }
        let mut hint = Hint::new();
        if let Some(extension) = extension {
            hint.with_extension(extension);
        }
        let stream = MediaSourceStream::new(source, symphonia::core::io::MediaSourceStreamOptions::default());
        let format = symphonia::default::get_probe()
            .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| unopened(&error, &start))?;
        let (track, stated_ms, params) = {
            let track = format.default_track(TrackType::Audio).ok_or(DecodeError::NoSound)?;
            let params = track.codec_params.as_ref().and_then(|params| params.audio());
            let params =
                params.ok_or_else(|| DecodeError::Unsupported("its codec is unknown".into()))?.clone();
            let frames = track.num_frames.zip(params.sample_rate.filter(|rate| *rate > 0));
            let stated_ms = frames.map(|(frames, rate)| frames.saturating_mul(1000) / u64::from(rate));
            (track.id, stated_ms, params)
        };
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(&params, &AudioDecoderOptions::default())
            .map_err(|error| DecodeError::Unsupported(error.to_string()))?;
        Ok(Self { format, decoder, track, stated_ms, interleaved: Vec::new(), faults: 0, faults_in_a_row: 0 })
    }

    /// How long the file says that it is, in milliseconds.
    pub fn stated_ms(&self) -> Option<u64> {
        self.stated_ms
    }

    /// How many packets could not be decoded so far.
    pub fn faults(&self) -> u32 {
        self.faults
    }

    /// The next samples; nothing at the end, or where a damaged file has no more to give.
    pub fn next_block(&mut self) -> Option<Block<'_>> {
        let rate = loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return None,
                Err(Error::IoError(_)) => return None,
                Err(_) if self.fault() => continue,
                Err(_) => return None,
            };
            if packet.track_id != self.track {
                continue;
            }
            match self.decoder.decode(&packet) {
                Ok(buffer) if buffer.frames() > 0 => {
                    let channels = buffer.num_planes().max(1);
                    let rate = buffer.spec().rate();
                    self.interleaved.clear();
                    buffer.copy_to_vec_interleaved(&mut self.interleaved);
                    mix(&mut self.interleaved, channels);
                    self.faults_in_a_row = 0;
                    break rate;
                }
                Ok(_) => continue,
                Err(_) => {}
            }
            if !self.fault() {
                return None;
            }
        };
        Some(Block { rate, samples: &self.interleaved })
    }

    /// Counts a fault; says whether to go on.
    fn fault(&mut self) -> bool {
        self.faults += 1;
        self.faults_in_a_row += 1;
        self.faults_in_a_row < FAULTS_IN_A_ROW
    }
}

/// The mean of the channels, in place. What is not a number is silence.
fn mix(samples: &mut Vec<f32>, channels: usize) {
    let frames = samples.len() / channels;
    for frame in 0..frames {
        let sum: f32 = samples[frame * channels..(frame + 1) * channels].iter().sum();
        let mean = sum / channels as f32;
        samples[frame] = if mean.is_finite() { mean.clamp(-4.0, 4.0) } else { 0.0 };
    }
    samples.truncate(frames);
}

fn look(source: &mut Box<dyn MediaSource>) -> Result<Vec<u8>, DecodeError> {
    let unreadable = |error: std::io::Error| DecodeError::Unreadable(error.to_string());
    let mut start = Vec::with_capacity(LOOK);
    source.take(LOOK as u64).read_to_end(&mut start).map_err(unreadable)?;
    source.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    if start.is_empty() { Err(DecodeError::Empty) } else { Ok(start) }
}

/// What is certainly no sound, by its first bytes.
fn name(start: &[u8]) -> Option<DecodeError> {
    let text = String::from_utf8_lossy(start).trim_start().to_ascii_lowercase();
    if text.starts_with("version https://git-lfs") {
        Some(DecodeError::LfsPointer)
    } else if text.starts_with("<!doctype") || text.starts_with("<html") || text.starts_with("<?xml") {
        Some(DecodeError::WebPage)
    } else {
        None
    }
}

fn unopened(error: &Error, start: &[u8]) -> DecodeError {
    let mp4 = start.get(4..8) == Some(b"ftyp");
    match error {
        _ if mp4 => DecodeError::CutUpload,
        Error::Unsupported(what) if !what.contains("format") => DecodeError::Unsupported((*what).into()),
        _ => DecodeError::Unknown(printable(start)),
    }
}

fn printable(start: &[u8]) -> String {
    let text = String::from_utf8_lossy(&start[..start.len().min(24)]).into_owned();
    text.chars().map(|sign| if sign.is_control() || sign == '\u{fffd}' { '.' } else { sign }).collect()
}
