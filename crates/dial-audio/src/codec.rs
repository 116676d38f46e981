//! The decoder for a track, and the words for one that there is none for.
//!
//! It must not know containers.

use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_AC3, CODEC_ID_EAC3, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3, CODEC_ID_OPUS,
    CODEC_ID_SPEEX, CODEC_ID_WMA,
};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;

use crate::aac;
use crate::decode::DecodeError;
use crate::opus::Opus;

/// Makes a decoder for sound of this kind.
pub(crate) fn make(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, DecodeError> {
    let made = match params.codec {
        CODEC_ID_OPUS => Opus::new(params).map(|opus| Box::new(opus) as Box<dyn AudioDecoder>),
        CODEC_ID_AAC => make_known(&as_core(params)),
        _ => make_known(params),
    };
    made.map_err(|cause| DecodeError::Unsupported { codec: name(params.codec, &cause) })
}

/// Makes a decoder that begins anew where the sound changes its form.
pub(crate) fn make_known(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, Error> {
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
