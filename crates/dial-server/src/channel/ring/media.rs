//! Media: how long a sound is, and its mu-law samples.
//!
//! It must not know where in a call it is played, nor decode anything.

use bytes::Bytes;

/// Samples, and bytes of mu-law, in a millisecond.
pub(super) const BYTES_PER_MS: u64 = 8;

/// A sound that has been fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Media {
    /// Its length; none if its format is not read here.
    pub(super) length_ms: Option<u64>,
    /// Its samples, if they are mu-law at 8,000 Hz.
    pub(super) mulaw: Option<Bytes>,
}

/// Is this a content type that providers play (Twilio docs, "Play")?
pub(super) fn is_played(content_type: &str) -> bool {
    let known = ["mpeg", "wav", "wave", "x-wav", "aiff", "x-aifc", "x-aiff", "x-gsm", "gsm", "ulaw", "basic"];
    content_type.strip_prefix("audio/").is_some_and(|kind| known.contains(&kind))
}

impl Media {
    /// Reads a sound of a played content type; the error says what is the matter.
    pub(super) fn read(content_type: &str, body: Vec<u8>) -> Result<Self, &'static str> {
        let body = Bytes::from(body);
        match content_type {
            "audio/wav" | "audio/wave" | "audio/x-wav" => Self::wav(&body),
            "audio/ulaw" | "audio/basic" => Ok(Self::mulaw(body)),
            _ => Ok(Self { length_ms: None, mulaw: None }),
        }
    }

    fn mulaw(samples: Bytes) -> Self {
        Self { length_ms: Some(samples.len() as u64 / BYTES_PER_MS), mulaw: Some(samples) }
    }

    /// Walks the chunks of a RIFF file (Microsoft, "Multimedia Programming Interface", 1991).
    pub(in crate::channel::ring) fn wav(body: &Bytes) -> Result<Self, &'static str> {
        if body.get(..4) != Some(b"RIFF") || body.get(8..12) != Some(b"WAVE") {
            return Err("it does not begin as a WAV file does");
        }
        let mut format = None;
        let mut at = 12;
        while let Some(header) = body.get(at..at + 8) {
            let (name, size) = (&header[..4], u32_at(header, 4).unwrap_or_default() as usize);
            let begin = at + 8;
            let end = begin.saturating_add(size).min(body.len());
            if name == b"fmt " {
                format = Some(Format::read(&body[begin..end]).ok_or("its `fmt ` chunk is too short")?);
            }
            if name == b"data" {
                return match format {
                    Some(Format { tag: 7, channels: 1, rate: 8000, .. }) => {
                        Ok(Self::mulaw(body.slice(begin..end)))
                    }
                    Some(format) if format.byte_rate > 0 => {
                        let length_ms = (end - begin) as u64 * 1000 / u64::from(format.byte_rate);
                        Ok(Self { length_ms: Some(length_ms), mulaw: None })
                    }
                    _ => Err("its format is missing before its samples"),
                };
            }
            at = end + size % 2;
        }
        Err("it has no samples")
    }
}

/// The beginning of a `fmt ` chunk.
struct Format {
    tag: u16,
    channels: u16,
    rate: u32,
    byte_rate: u32,
}

impl Format {
    fn read(chunk: &[u8]) -> Option<Self> {
        let (tag, channels) = (u16_at(chunk, 0)?, u16_at(chunk, 2)?);
        Some(Self { tag, channels, rate: u32_at(chunk, 4)?, byte_rate: u32_at(chunk, 8)? })
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
        let mut chunk = name.to_vec();
        chunk.extend((content.len() as u32).to_le_bytes());
        chunk.extend(content);
        chunk.resize(chunk.len() + content.len() % 2, 0);
        chunk
    }

    pub(in crate::channel::ring) fn wav(tag: u16, byte_rate: u32, samples: &[u8]) -> Vec<u8> {
        let mut format = [tag, 1].map(u16::to_le_bytes).concat();
        format.extend([8000, byte_rate].map(u32::to_le_bytes).concat());
        let inside = [chunk(*b"fmt ", &format), chunk(*b"LIST", b"odd"), chunk(*b"data", samples)].concat();
        chunk(*b"RIFF", &[b"WAVE".to_vec(), inside].concat())
    }

    #[test]
    fn a_wav_file_tells_its_length_and_mulaw_its_samples() {
        let samples = vec![0x55; 16_000];
        let media = Media::read("audio/wav", wav(7, 8000, &samples)).unwrap();
        assert_eq!(media, Media { length_ms: Some(2000), mulaw: Some(samples.clone().into()) });
        let media = Media::read("audio/x-wav", wav(1, 16_000, &samples)).unwrap();
        assert_eq!(media, Media { length_ms: Some(1000), mulaw: None });
        assert_eq!(Media::read("audio/ulaw", samples).unwrap().length_ms, Some(2000));
        assert_eq!(Media::read("audio/mpeg", vec![1]).unwrap().length_ms, None);
    }

    #[test]
    fn a_broken_wav_file_is_refused_wherever_it_ends() {
        let whole = wav(7, 8000, &[0x55; 100]);
        for end in 0..whole.len() {
            let _ = Media::read("audio/wav", whole[..end].to_vec());
        }
        assert!(Media::read("audio/wav", whole[..40].to_vec()).is_err());
        assert!(Media::read("audio/wav", b"ID3".to_vec()).is_err());
    }
}
