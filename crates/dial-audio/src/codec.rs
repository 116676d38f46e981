//! The decoder for a track, and the words for one that there is none for.
//!
//! It must not know containers.

use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_AC3, CODEC_ID_EAC3, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3, CODEC_ID_OPUS,
    CODEC_ID_SPEEX, CODEC_ID_WMA,
};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;

use symphonia::core::packet::Packet;

use crate::aac;
use crate::band::Band;
use crate::decode::DecodeError;
use crate::mix::Mixer;
use crate::mp3::{Mp3, Sampled};
use crate::opus::Opus;

/// A decoder for one kind of sound, which makes one channel of it.
pub(crate) enum Codec {
    /// Of all channels, for everybody.
    Known { decoder: Box<dyn AudioDecoder>, mixer: Mixer, channels: Vec<Vec<f32>> },
    /// Of one channel, for telephones.
    Mp3 { decoder: Box<Mp3>, params: AudioCodecParameters },
}

impl Codec {
    /// Makes a decoder for sound of this kind, of which so much is wanted, from the sample `origin` on.
    pub(crate) fn make(params: &AudioCodecParameters, band: Band, origin: u64) -> Result<Self, DecodeError> {
        let made = match params.codec {
            CODEC_ID_MP3 => {
                return Ok(Self::Mp3 { decoder: Box::new(Mp3::new(band, origin)), params: params.clone() });
            }
            CODEC_ID_OPUS => Opus::new(params).map(|opus| Box::new(opus) as Box<dyn AudioDecoder>),
            CODEC_ID_AAC => make_known(&as_core(params)),
            _ => make_known(params),
        };
        let decoder = made.map_err(|cause| DecodeError::Unsupported { codec: name(params.codec, &cause) })?;
        Ok(Self::Known { decoder, mixer: Mixer::default(), channels: Vec::new() })
    }

    /// What is known of the sound.
    pub(crate) fn params(&self) -> &AudioCodecParameters {
        match self {
            Self::Known { decoder, .. } => decoder.codec_params(),
            Self::Mp3 { params, .. } => params,
        }
    }

    /// Replaces `mono` by the sound of a packet, if it is sound.
    pub(crate) fn decode(&mut self, packet: &Packet, mono: &mut Vec<f32>) -> Option<Sampled> {
        mono.clear();
        match self {
            Self::Mp3 { decoder, .. } => {
                let first = decoder.decode(&packet.data, mono);
                first
                    .or_else(|_| {
                        decoder.forget();
                        decoder.decode(&packet.data, mono)
                    })
                    .ok()
            }
            Self::Known { decoder, mixer, channels } => {
                if decoder.decode(packet).is_err() {
                    // A joined file goes on with other channels or another rate, which one decoder does not take.
                    let params = decoder.codec_params().clone();
                    if !is_mpeg(params.codec) {
                        return None;
                    }
                    let mut fresh = make_known(&params).ok()?;
                    fresh.decode(packet).ok()?;
                    *decoder = fresh;
                }
                let decoded = decoder.last_decoded();
                decoded.copy_to_vecs_planar(channels);
                mixer.mix(channels, mono);
                Some(Sampled { rate: decoded.spec().rate(), step: 1 })
            }
        }
    }
}

/// Makes a decoder that begins anew where the sound changes its form.
fn make_known(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, Error> {
    // The decoder of MPEG sound would leave out all that is beyond the stated length: `Trim` is more careful.
    let options = AudioDecoderOptions::default().gapless(!is_mpeg(params.codec));
    symphonia::default::get_codecs().make_audio_decoder(params, &options)
}

fn as_core(params: &AudioCodecParameters) -> AudioCodecParameters {
    let mut params = params.clone();
    if let Some(core) = params.extra_data.as_deref().and_then(aac::core) {
        params.with_extra_data(core);
    }
    params
}

/// MPEG layers 1 to 3.
pub(crate) fn is_mpeg(codec: AudioCodecId) -> bool {
    [CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3].contains(&codec)
}

fn name(codec: AudioCodecId, cause: &Error) -> String {
    let known = [
        (CODEC_ID_AAC, "surround or unusual AAC"),
        (CODEC_ID_OPUS, "surround Opus"),
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
