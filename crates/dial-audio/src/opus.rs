//! Opus, which the decoder of all the others leaves out: RFC 6716, in the manner of its other codecs.
//!
//! It must not know containers. One stream of one or two channels, as every recorder writes it; what is
//! surround is left to others.

use ropus::{Channels, DecodeMode, Decoder};
use symphonia::core::audio::{
    AsGenericAudioBufferRef, AudioBuffer, AudioMut, AudioSpec, GenericAudioBufferRef, layouts,
};
use symphonia::core::codecs::CodecInfo;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, FinalizeResult};
use symphonia::core::errors::{Result, decode_error, unsupported_error};
use symphonia::core::packet::PacketRef;

/// Opus is always played at this rate, whatever was recorded (RFC 7845, 5.1).
const RATE: u32 = 48_000;
/// RFC 6716, 2.1.4: a packet lasts at most 120 ms.
const MAX_FRAMES: usize = 5_760;

static INFO: CodecInfo = CodecInfo { short_name: "opus", long_name: "Opus", profiles: &[] };

/// Frames at the beginning of a stream that are no sound yet.
pub(crate) fn delay(params: &AudioCodecParameters) -> u64 {
    match params.extra_data.as_deref().filter(|_| params.codec == CODEC_ID_OPUS) {
        Some([b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', version, _, low, high, ..]) if *version > 0 => {
            u64::from(u16::from_le_bytes([*low, *high]))
        }
        _ => 0,
    }
}

/// What the header of a stream says (RFC 7845, 5.1).
struct Head {
    channels: usize,
    /// Of the sound, as a factor.
    gain: f32,
}

/// One stream of Opus.
pub(crate) struct Opus {
    decoder: Decoder,
    head: Head,
    params: AudioCodecParameters,
    interleaved: Vec<f32>,
    buffer: AudioBuffer<f32>,
}

impl Opus {
    /// A decoder for a stream whose header stands in `params`.
    pub(crate) fn new(params: &AudioCodecParameters) -> Result<Self> {
        let channels = params.channels.as_ref().map_or(2, symphonia::core::audio::Channels::count);
        let head = Head::read(params.extra_data.as_deref(), channels)?;
        let (channels, layout) = match head.channels {
            1 => (Channels::Mono, layouts::CHANNEL_LAYOUT_MONO),
            _ => (Channels::Stereo, layouts::CHANNEL_LAYOUT_STEREO),
        };
        let Ok(decoder) = Decoder::new(RATE, channels) else {
            return unsupported_error("opus: this rate or number of channels");
        };
        let mut params = params.clone();
        params.with_sample_rate(RATE).with_channels(layout.clone());
        Ok(Self {
            decoder,
            interleaved: vec![0.0; MAX_FRAMES * head.channels],
            buffer: AudioBuffer::new(AudioSpec::new(RATE, layout), MAX_FRAMES),
            head,
            params,
        })
    }

    fn decode_packet(&mut self, packet: &[u8]) -> Result<()> {
        self.buffer.clear();
        if packet.is_empty() {
            return decode_error("opus: an empty packet");
        }
        let decoded = self.decoder.decode_float(packet, &mut self.interleaved, DecodeMode::Normal);
        let Ok(frames) = decoded else {
            return decode_error("opus: a damaged packet");
        };
        let frames = frames.min(MAX_FRAMES);
        self.buffer.render_uninit(Some(frames));
        let channels = self.head.channels;
        for number in 0..channels {
            let samples = self.interleaved.iter().skip(number).step_by(channels);
            let plane = self.buffer.plane_mut(number).into_iter().flatten();
            plane.zip(samples).for_each(|(to, from)| *to = from * self.head.gain);
        }
        Ok(())
    }
}

impl Head {
    /// Without a header (some containers have none) there is one stream of so many channels.
    fn read(head: Option<&[u8]>, channels: usize) -> Result<Self> {
        let told = head.filter(|head| head.starts_with(b"OpusHead") && head.len() >= 19);
        let (channels, gain, family) = match told {
            // Version 0 is that of MP4, whose numbers stand the other way round.
            Some(head) => {
                let gain = [head[16], head[17]];
                let gain = if head[8] == 0 { i16::from_be_bytes(gain) } else { i16::from_le_bytes(gain) };
                (usize::from(head[9]), gain, head[18])
            }
            None => (channels, 0, 0),
        };
        // RFC 7845, 5.1.1: other families, and more channels, are of several streams in one packet.
        if family != 0 || !(1..=2).contains(&channels) {
            return unsupported_error("opus: surround sound");
        }
        // A gain in steps of 1/256 dB.
        Ok(Self { channels, gain: 10_f32.powf(f32::from(gain) / (20.0 * 256.0)) })
    }
}

impl AudioDecoder for Opus {
    fn reset(&mut self) {
        if let Ok(fresh) = Self::new(&self.params) {
            *self = fresh;
        }
    }

    fn codec_info(&self) -> &CodecInfo {
        &INFO
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.params
    }

    fn decode_ref(&mut self, packet: &PacketRef<'_>) -> Result<GenericAudioBufferRef<'_>> {
        self.decode_packet(packet.data)?;
        Ok(self.last_decoded())
    }

    fn finalize(&mut self) -> FinalizeResult {
        FinalizeResult::default()
    }

    fn last_decoded(&self) -> GenericAudioBufferRef<'_> {
        self.buffer.as_generic_audio_buffer_ref()
    }
}
