//! Media: how long a sound is, which sound it is, and its mu-law samples.
//!
//! It must not know where in a call it is played, nor decode anything.

use bytes::Bytes;
use reqwest::Url;

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

/// Which recording a URL plays, and which part of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) recording: String,
    pub(super) from_ms: u64,
    /// Where the part ends, if the URL says so.
    pub(super) to_ms: Option<u64>,
    pub(super) speed: f64,
}

impl Part {
    /// Reads our own `/audio/{recording}/{from}-{to}.wav?speed=` (milliseconds), and takes the last
    /// segment of any other path as the name of the whole recording.
    pub(super) fn of(url: &Url) -> Self {
        let path = url.path().trim_end_matches('/');
        let mut segments = path.rsplit('/');
        let last = segments.next().unwrap_or_default();
        let range = last.strip_suffix(".wav").and_then(|range| range.split_once('-'));
        let range = range.and_then(|(from, to)| Some((from.parse::<u64>().ok()?, to.parse::<u64>().ok()?)));
        let ours = range
            .filter(|(from, to)| from <= to)
            .zip(segments.next())
            .filter(|_| segments.next() == Some("audio"));
        let Some(((from_ms, to_ms), recording)) = ours else {
            return Self { recording: last.to_owned(), from_ms: 0, to_ms: None, speed: 1.0 };
        };
        let speed =
            url.query_pairs().find(|(name, _)| name == "speed").and_then(|(_, value)| value.parse().ok());
        let speed = speed.filter(|speed: &f64| speed.is_finite() && *speed > 0.0).unwrap_or(1.0);
        // Behind the dot stands the content, so that the address of other sound is another one.
        let recording = recording.split('.').next().unwrap_or(recording);
        Self { recording: recording.to_owned(), from_ms, to_ms: Some(to_ms), speed }
    }

    /// Where in the recording one is after hearing so much of the part.
    pub(super) fn position_ms(&self, heard_ms: u64) -> u64 {
        let position = self.from_ms + (heard_ms as f64 * self.speed).round() as u64;
        self.to_ms.map_or(position, |to_ms| position.min(to_ms))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut chunk = name.to_vec();
        chunk.extend((content.len() as u32).to_le_bytes());
        chunk.extend(content);
        chunk.resize(chunk.len() + content.len() % 2, 0);
        chunk
    }

    pub(in crate::channel::ring) fn wav(tag: u16, byte_rate: u32, samples: &[u8]) -> Vec<u8> {
        let mut format = [tag, 1].map(u16::to_le_bytes).concat();
        format.extend([8000, byte_rate].map(u32::to_le_bytes).concat());
        let inside = [chunk(b"fmt ", &format), chunk(b"LIST", b"odd"), chunk(b"data", samples)].concat();
        chunk(b"RIFF", &[b"WAVE".to_vec(), inside].concat())
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

    #[test]
    fn our_own_urls_tell_the_part_and_other_urls_the_file() {
        let part = |url: &str| Part::of(&Url::parse(url).unwrap());
        let ours = part("https://h/x/audio/2024-05-19/60000-90000.wav?speed=1.5&gain=3");
        assert_eq!(
            ours,
            Part { recording: "2024-05-19".to_owned(), from_ms: 60_000, to_ms: Some(90_000), speed: 1.5 }
        );
        assert_eq!((ours.position_ms(2000), ours.position_ms(99_000)), (63_000, 90_000));
        let foreign = part("https://h/files/sermon-1.wav?x=1");
        assert_eq!(
            foreign,
            Part { recording: "sermon-1.wav".to_owned(), from_ms: 0, to_ms: None, speed: 1.0 }
        );
        assert_eq!(part("https://h/files/1-2.wav").recording, "1-2.wav");
    }
}
