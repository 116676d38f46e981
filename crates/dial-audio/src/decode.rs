//! Any recording that a church uploads, as blocks of mono samples: MP3, M4A, WAV, FLAC, Ogg and their relatives.
//!
//! Blocks are at the file's own rate, or at a part of it where that holds all that is wanted. What a stranger sends is
//! an error in words a volunteer understands. Memory does not grow with the length of the sound.

use std::io;
use std::sync::LazyLock;

use symphonia::core::errors::Error;
use symphonia::core::formats::probe::{Hint, Probe, ProbeOptions};
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use thiserror::Error as ThisError;

use crate::band::Band;
use crate::codec::{self, Codec};
use crate::container::Container;
use crate::meter::{Effort, Metered};
use crate::mp4::Mp4;
use crate::trim::Trim;
use crate::{opus, sniff};

pub use symphonia::core::io::MediaSource;

/// So many faults without a sound between them are the end of what can be played.
const MAX_FAULTS_IN_A_ROW: u32 = 500;
/// So are so many packets without a sound: more than the pictures of a day.
const MAX_PACKETS_WITHOUT_SOUND: u32 = 5_000_000;
/// How many bytes of something else may stand before the sound.
const MAX_JUNK: u32 = 16 << 20;
/// Frames of a stated length from which on a header means "unknown": 2 GiB of 16-bit sound.
const UNKNOWN_LENGTH: u64 = 0x3FFF_0000;

/// Why a file cannot be played.
#[derive(Debug, ThisError)]
pub enum DecodeError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// HTML: the address leads to a page about the recording, or to an error message.
    #[error("this is a web page, not a recording; it begins with `{start}`")]
    WebPage {
        /// The first characters.
        start: String,
    },
    /// The text that Git keeps in place of a large file.
    #[error(
        "this is a Git LFS pointer, not the recording itself: the recording was not uploaded, or not fetched from Git LFS"
    )]
    LfsPointer,
    /// Nothing that looks like sound.
    #[error("this is not a recording; it begins with `{start}`")]
    NotSound {
        /// The first characters, with dots for what cannot be printed.
        start: String,
    },
    /// The part that says how to play the rest is missing.
    #[error("the upload was cut short: the part of the file that says how to play it is missing")]
    CutShort,
    /// A kind of sound that is not played.
    #[error("recordings of the kind `{codec}` cannot be played; please save it as MP3")]
    Unsupported {
        /// The name of the kind.
        codec: String,
    },
    /// A header that is right, and (almost) nothing after it.
    #[error("there is no sound in this recording")]
    NoSound,
    /// Its decoder goes on and on, and no sound comes of it.
    #[error("this file is damaged in a way that leads its decoder nowhere")]
    Endless,
    /// The file could not be read.
    #[error("the file could not be read")]
    Read(#[source] io::Error),
}

/// A recording that is being decoded.
pub struct Decoder {
    format: Box<dyn FormatReader>,
    codec: Codec,
    band: Band,
    track_id: u32,
    stated: Option<u64>,
    stated_rate: u32,
    is_estimate: bool,
    effort: Effort,
    trim: Trim,
    mono: Vec<f32>,
    damaged: u64,
    is_torn: bool,
    without_sound: u32,
}

impl Decoder {
    /// Looks into a seekable `source`, of whose sound no more is wanted than the `band`; `extension` (without a dot)
    /// helps where the bytes leave a doubt.
    pub fn open(
        source: Box<dyn MediaSource>,
        extension: Option<&str>,
        band: Band,
    ) -> Result<Self, DecodeError> {
        let effort = Effort::new(source.byte_len());
        let source = Box::new(Metered { source, effort: effort.clone() });
        Self::open_metered(source, effort.clone(), extension, band).map_err(|error| verdict(&effort, error))
    }

    fn open_metered(
        mut source: Box<dyn MediaSource>,
        effort: Effort,
        extension: Option<&str>,
        band: Band,
    ) -> Result<Self, DecodeError> {
        let head = read_head(&mut *source)?;
        if let Some(refusal) = sniff::refuse(&head) {
            return Err(refusal);
        }
        let container = Container::open(source, &head).map_err(DecodeError::Read)?;
        let (gaps, is_torn, mp4) = (container.gaps, container.is_torn, container.mp4);
        if mp4.is_some_and(|mp4| !mp4.has_moov) {
            return Err(DecodeError::CutShort);
        }
        let format = probe(container.source, extension, &head)?;
        if mp4.is_some_and(|mp4| !mp4.has_sound) {
            return Err(DecodeError::NoSound);
        }
        let mp4 = mp4.unwrap_or_default();
        Ok(Self { damaged: gaps, is_torn, ..Self::of_format(format, mp4, effort, band)? })
    }

    fn of_format(
        format: Box<dyn FormatReader>,
        mp4: Mp4,
        effort: Effort,
        band: Band,
    ) -> Result<Self, DecodeError> {
        let track = sound_track(&*format)?;
        let codec = make_codec(track, band)?;
        let params = codec.params();
        let rate = params.sample_rate.unwrap_or(0);
        let is_mpeg = codec::is_mpeg(params.codec);
        let opus_delay = opus::delay(params);
        let frames = frames_of(track, rate);
        let (stated, trim) = match mp4.sound_from {
            Some(from) => {
                let seconds = mp4.sound_seconds.map(|seconds| (seconds * f64::from(rate)).round() as u64);
                (seconds.or(frames), Trim::new((from * f64::from(rate)).round() as u64, seconds.or(frames)))
            }
            None if is_mpeg => (frames, Trim::new(u64::from(track.delay.unwrap_or(0)), frames)),
            None if opus_delay > 0 => {
                // Ogg counts what is to be left out (RFC 7845, section 4).
                let frames = frames.and_then(|frames| frames.checked_sub(opus_delay));
                (frames, Trim::new(opus_delay, frames))
            }
            None => (frames, Trim::default()),
        };
        Ok(Self {
            track_id: track.id,
            // Without an encoder's tag the length of an MP3 is worked out from its first frame.
            is_estimate: is_mpeg && track.delay.is_none(),
            stated,
            stated_rate: rate,
            effort,
            codec,
            band,
            trim,
            mono: Vec::new(),
            damaged: 0,
            is_torn: false,
            without_sound: 0,
            format,
        })
    }

    /// Replaces `block` by the next samples, from -1 to 1, and gives their rate in Hz; `None` at the end.
    ///
    /// They hold the band that is wanted, and perhaps more.
    ///
    /// The rate may change in files that were joined. A block may be empty.
    pub fn next_block(&mut self, block: &mut Vec<f32>) -> Result<Option<u32>, DecodeError> {
        block.clear();
        let mut faults = 0;
        while faults < MAX_FAULTS_IN_A_ROW {
            self.without_sound += 1;
            if self.without_sound > MAX_PACKETS_WITHOUT_SOUND {
                return Err(DecodeError::Endless);
            }
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track_id => packet,
                Ok(Some(_)) => continue,
                Ok(None) => return Ok(None),
                Err(Error::IoError(cause)) if cause.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(None);
                }
                Err(Error::IoError(cause)) => return Err(verdict(&self.effort, DecodeError::Read(cause))),
                Err(Error::ResetRequired) => {
                    self.restart()?;
                    continue;
                }
                Err(_) => {
                    faults += 1;
                    self.note_damage();
                    continue;
                }
            };
            if let Some(sampled) = self.codec.decode(&packet, &mut self.mono) {
                if !self.mono.is_empty() {
                    self.without_sound = 0;
                    self.effort.pays();
                }
                self.trim.push(&self.mono, sampled.step, block);
                return Ok(Some(sampled.rate));
            }
            faults += 1;
            self.note_damage();
        }
        Ok(None)
    }

    /// Milliseconds that the file says it lasts, perhaps worked out from its size.
    pub fn total_ms(&self) -> Option<u64> {
        let rate = u64::from(self.stated_rate);
        self.stated.and_then(|frames| (frames * 1_000).checked_div(rate))
    }

    /// Milliseconds that the file says it lasts, where it does say so.
    pub fn stated_ms(&self) -> Option<u64> {
        if self.is_estimate { None } else { self.total_ms() }
    }

    /// Pieces so far that could not be decoded.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Whether the file breaks off in the middle of a piece.
    pub fn is_torn(&self) -> bool {
        self.is_torn
    }

    /// What comes after all the sound is there costs nothing.
    fn note_damage(&mut self) {
        self.damaged += u64::from(!self.trim.is_done());
    }

    /// Another stream begins in the same file (chained Ogg).
    fn restart(&mut self) -> Result<(), DecodeError> {
        let track = sound_track(&*self.format)?;
        self.codec = make_codec(track, self.band)?;
        self.track_id = track.id;
        self.stated = None;
        Ok(())
    }
}

/// Whether an error is that of the file, or that of a decoder that reads on and on.
fn verdict(effort: &Effort, error: DecodeError) -> DecodeError {
    if effort.is_spent() { DecodeError::Endless } else { error }
}

fn read_head(source: &mut dyn MediaSource) -> Result<Vec<u8>, DecodeError> {
    let mut head = Vec::with_capacity(sniff::HEAD);
    io::Read::read_to_end(&mut io::Read::take(&mut *source, sniff::HEAD as u64), &mut head)
        .map_err(DecodeError::Read)?;
    Ok(head)
}

fn probe(
    source: Box<dyn MediaSource>,
    extension: Option<&str>,
    head: &[u8],
) -> Result<Box<dyn FormatReader>, DecodeError> {
    let mut hint = Hint::new();
    if let Some(extension) = extension {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
    let options = (FormatOptions::default(), MetadataOptions::default());
    PROBE.probe(&hint, stream, options.0, options.1).map_err(|cause| match cause {
        Error::IoError(cause) if cause.kind() != io::ErrorKind::UnexpectedEof => DecodeError::Read(cause),
        _ if looks_like_sound(head) => DecodeError::CutShort,
        _ => DecodeError::NotSound { start: sniff::start(head) },
    })
}

/// Looks further for the beginning of the sound than most do.
static PROBE: LazyLock<Probe> = LazyLock::new(|| {
    let options = ProbeOptions { max_probe_depth: MAX_JUNK, ..ProbeOptions::default() };
    let mut probe = Probe::new_with_options(&options);
    symphonia::default::register_enabled_formats(&mut probe);
    probe
});

/// Begins as sound does, so that only its end can be missing.
fn looks_like_sound(head: &[u8]) -> bool {
    let magics = [&b"RIFF"[..], b"fLaC", b"OggS", b"FORM", b"\x1A\x45\xDF\xA3"];
    magics.iter().any(|magic| head.starts_with(magic)) || head.get(4..8) == Some(b"ftyp")
}

fn sound_track(format: &dyn FormatReader) -> Result<&Track, DecodeError> {
    format
        .default_track(TrackType::Audio)
        .or_else(|| format.first_track(TrackType::Audio))
        .ok_or_else(|| DecodeError::Unsupported { codec: format.format_info().long_name.to_owned() })
}

fn make_codec(track: &Track, band: Band) -> Result<Codec, DecodeError> {
    let params = track.codec_params.as_ref().and_then(|params| params.audio()).ok_or(DecodeError::NoSound)?;
    Codec::make(params, band, u64::from(track.delay.unwrap_or(0)))
}

fn frames_of(track: &Track, rate: u32) -> Option<u64> {
    let seconds = || Some(track.time_base?.calc_duration(track.duration?)?.as_secs_f64());
    let frames = track.num_frames.or_else(|| Some((seconds()? * f64::from(rate)) as u64))?;
    // A program that writes to a pipe cannot know the length, and states the greatest.
    (frames > 0 && frames < UNKNOWN_LENGTH).then_some(frames)
}
