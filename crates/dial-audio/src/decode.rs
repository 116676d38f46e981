//! Any recording that a church uploads, as blocks of mono samples: MP3, M4A, WAV, FLAC, Ogg and their relatives.
//!
//! It must not know the telephone: blocks are at the file's own rate. What a stranger sends is an error in words
//! a volunteer understands. Memory does not grow with the length of the sound.

use std::io::{self, SeekFrom};

use symphonia::core::codecs::audio::well_known::{CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3};
use symphonia::core::codecs::audio::{AudioCodecId, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use thiserror::Error as ThisError;

use crate::mix::Mixer;
use crate::mp4::{self, Mp4};
use crate::sniff;
use crate::trim::Trim;

pub use symphonia::core::io::MediaSource;

/// So many faults without a sound between them are the end of what can be played.
const MAX_FAULTS_IN_A_ROW: u32 = 500;
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
    /// The file could not be read.
    #[error("the file could not be read")]
    Read(#[source] io::Error),
}

/// A recording that is being decoded.
pub struct Decoder {
    format: Box<dyn FormatReader>,
    codec: Box<dyn AudioDecoder>,
    codec_id: AudioCodecId,
    track_id: u32,
    stated: Option<u64>,
    stated_rate: u32,
    is_estimate: bool,
    trim: Trim,
    mixer: Mixer,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
    packet_errors: u64,
}

impl Decoder {
    /// Looks into a seekable `source`; `extension` (without a dot) helps where the bytes leave a doubt.
    pub fn open(mut source: Box<dyn MediaSource>, extension: Option<&str>) -> Result<Self, DecodeError> {
        let head = read_head(&mut *source)?;
        if let Some(refusal) = sniff::refuse(&head) {
            return Err(refusal);
        }
        let len = source.byte_len();
        let mp4 = match head.get(4..8) {
            Some(b"ftyp") => mp4::read(&mut *source, len.unwrap_or(u64::MAX)),
            _ => Mp4 { has_moov: true, ..Mp4::default() },
        };
        if !mp4.has_moov {
            return Err(DecodeError::CutShort);
        }
        source.seek(SeekFrom::Start(0)).map_err(DecodeError::Read)?;
        if let Some(skip) = sniff::lying_id3(&head, len) {
            source = Box::new(After { source, skip });
            source.seek(SeekFrom::Start(0)).map_err(DecodeError::Read)?;
        }
        let format = probe(source, extension, &head)?;
        Self::of_format(format, mp4)
    }

    fn of_format(format: Box<dyn FormatReader>, mp4: Mp4) -> Result<Self, DecodeError> {
        let track = sound_track(&*format)?;
        let codec = make_codec(track)?;
        let codec_id = codec.codec_params().codec;
        let rate = codec.codec_params().sample_rate.unwrap_or(0);
        let stated = mp4
            .sound_seconds
            .map(|seconds| (seconds * f64::from(rate)).round() as u64)
            .or_else(|| frames_of(track, rate));
        let is_mpeg = is_mpeg(codec_id);
        let trim = match mp4.sound_from {
            Some(from) => Trim::new(from, stated),
            None if is_mpeg => Trim::new(u64::from(track.delay.unwrap_or(0)), stated),
            None => Trim::default(),
        };
        Ok(Self {
            track_id: track.id,
            // Without an encoder's tag the length of an MP3 is worked out from its first frame.
            is_estimate: is_mpeg && track.delay.is_none(),
            stated,
            stated_rate: rate,
            codec_id,
            codec,
            trim,
            mixer: Mixer::default(),
            interleaved: Vec::new(),
            mono: Vec::new(),
            packet_errors: 0,
            format,
        })
    }

    /// Replaces `block` by the next samples, from -1 to 1, and gives their rate in Hz; `None` at the end.
    ///
    /// The rate may change in files that were joined. A block may be empty.
    pub fn next_block(&mut self, block: &mut Vec<f32>) -> Result<Option<u32>, DecodeError> {
        block.clear();
        let mut faults = 0;
        while faults < MAX_FAULTS_IN_A_ROW {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track_id => packet,
                Ok(Some(_)) => continue,
                Ok(None) => return Ok(None),
                Err(Error::IoError(cause)) if cause.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(None);
                }
                Err(Error::IoError(cause)) => return Err(DecodeError::Read(cause)),
                Err(Error::ResetRequired) => {
                    self.restart()?;
                    continue;
                }
                Err(_) => {
                    faults += 1;
                    self.packet_errors += 1;
                    continue;
                }
            };
            if let Some(rate) = self.decode(&packet) {
                self.trim.push(&self.mono, block);
                return Ok(Some(rate));
            }
            faults += 1;
            self.packet_errors += 1;
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

    /// Packets so far that could not be decoded.
    pub fn packet_errors(&self) -> u64 {
        self.packet_errors
    }

    fn decode(&mut self, packet: &Packet) -> Option<u32> {
        if self.codec.decode(packet).is_err() {
            // A joined MP3 goes on with other channels or another rate, which one decoder does not take.
            if !is_mpeg(self.codec_id) {
                return None;
            }
            let params = self.codec.codec_params().clone();
            let mut fresh = symphonia::default::get_codecs()
                .make_audio_decoder(&params, &codec_options(self.codec_id))
                .ok()?;
            fresh.decode(packet).ok()?;
            self.codec = fresh;
        }
        let decoded = self.codec.last_decoded();
        let rate = decoded.spec().rate();
        decoded.copy_to_vec_interleaved(&mut self.interleaved);
        self.mixer.mix(&self.interleaved, decoded.num_planes(), &mut self.mono);
        Some(rate)
    }

    /// Another stream begins in the same file (chained Ogg).
    fn restart(&mut self) -> Result<(), DecodeError> {
        let track = sound_track(&*self.format)?;
        self.codec = make_codec(track)?;
        self.track_id = track.id;
        self.stated = None;
        Ok(())
    }
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
    symphonia::default::get_probe().probe(&hint, stream, options.0, options.1).map_err(|cause| match cause {
        Error::IoError(cause) if cause.kind() != io::ErrorKind::UnexpectedEof => DecodeError::Read(cause),
        _ if looks_like_sound(head) => DecodeError::CutShort,
        _ => DecodeError::NotSound { start: sniff::start(head) },
    })
}

/// Begins as sound does, so that only its end can be missing.
fn looks_like_sound(head: &[u8]) -> bool {
    [&b"RIFF"[..], b"fLaC", b"OggS", b"FORM", b"\x1A\x45\xDF\xA3"].iter().any(|magic| head.starts_with(magic))
}

fn sound_track(format: &dyn FormatReader) -> Result<&Track, DecodeError> {
    format
        .default_track(TrackType::Audio)
        .or_else(|| format.first_track(TrackType::Audio))
        .ok_or_else(|| DecodeError::Unsupported { codec: format.format_info().long_name.to_owned() })
}

fn make_codec(track: &Track) -> Result<Box<dyn AudioDecoder>, DecodeError> {
    let params = track.codec_params.as_ref().and_then(|params| params.audio()).ok_or(DecodeError::NoSound)?;
    symphonia::default::get_codecs()
        .make_audio_decoder(params, &codec_options(params.codec))
        .map_err(|cause| DecodeError::Unsupported { codec: codec_name(params.codec, &cause) })
}

/// The decoder of MPEG sound would leave out all that is beyond the stated length: [`Trim`] is more careful.
fn codec_options(codec: AudioCodecId) -> AudioDecoderOptions {
    AudioDecoderOptions::default().gapless(!is_mpeg(codec))
}

fn is_mpeg(codec: AudioCodecId) -> bool {
    [CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3].contains(&codec)
}

fn codec_name(codec: AudioCodecId, cause: &Error) -> String {
    use symphonia::core::codecs::audio::well_known::{
        CODEC_ID_AAC, CODEC_ID_AC3, CODEC_ID_EAC3, CODEC_ID_OPUS, CODEC_ID_SPEEX, CODEC_ID_WMA,
    };
    let known = [
        (CODEC_ID_AAC, "HE-AAC or surround AAC"),
        (CODEC_ID_OPUS, "Opus"),
        (CODEC_ID_SPEEX, "Speex"),
        (CODEC_ID_AC3, "Dolby AC-3"),
        (CODEC_ID_EAC3, "Dolby E-AC-3"),
        (CODEC_ID_WMA, "Windows Media Audio (WMA)"),
    ];
    known
        .iter()
        .find(|(id, _)| *id == codec)
        .map_or_else(|| cause.to_string(), |(_, name)| (*name).to_owned())
}

fn frames_of(track: &Track, rate: u32) -> Option<u64> {
    let seconds = || Some(track.time_base?.calc_duration(track.duration?)?.as_secs_f64());
    let frames = track.num_frames.or_else(|| Some((seconds()? * f64::from(rate)) as u64))?;
    // A program that writes to a pipe cannot know the length, and states the greatest.
    (frames > 0 && frames < UNKNOWN_LENGTH).then_some(frames)
}

/// A source without its first bytes.
struct After {
    source: Box<dyn MediaSource>,
    skip: u64,
}

impl io::Read for After {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read(buffer)
    }
}

impl io::Seek for After {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => self.source.seek(SeekFrom::Start(at.saturating_add(self.skip))),
            relative => self.source.seek(relative),
        }?;
        Ok(at.saturating_sub(self.skip))
    }
}

impl MediaSource for After {
    fn is_seekable(&self) -> bool {
        self.source.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.source.byte_len().map(|len| len.saturating_sub(self.skip))
    }
}
