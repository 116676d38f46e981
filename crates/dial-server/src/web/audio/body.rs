//! The bytes of an answer, made while they are sent: a WAV file that exists only as its parts.

use std::convert::Infallible;
use std::iter;
use std::ops::RangeInclusive;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use dial_audio::stretch::Stretching;
use dial_audio::{g711, stretch, wav};
use dial_core::session::{Speed, Volume};
use futures_util::stream;

/// Changed sound goes out in blocks of a second, so that no sender holds up the others.
const BLOCK: usize = 8000;
/// Parts the parts of one answer.
pub(super) const BOUNDARY: &str = "dial-part-7f3a9c";

/// What each byte of sound becomes at another volume.
type Gain = Arc<[u8; 256]>;

/// None at the usual volume: then every byte stays as it is.
fn gain(volume: Volume) -> Option<Gain> {
    (volume != Volume::default()).then(|| Arc::new(g711::gain_table(volume.decibels())))
}

/// A WAV file at the usual speed: its bytes are known by their place, so that any of them may be sent.
pub(super) struct File {
    header: Bytes,
    sound: Bytes,
    gain: Option<Gain>,
}

impl File {
    pub(super) fn new(sound: Bytes, volume: Volume) -> Self {
        Self { header: wav_header(sound.len()), sound, gain: gain(volume) }
    }

    pub(super) fn len(&self) -> u64 {
        (self.header.len() + self.sound.len()) as u64
    }

    pub(super) fn whole(&self) -> Sending {
        self.part(0..=self.len() - 1)
    }

    /// One part, which must lie in the file.
    pub(super) fn part(&self, range: RangeInclusive<u64>) -> Sending {
        let mut sending = Sending(Vec::new());
        self.add(range, &mut sending);
        sending
    }

    /// Several parts as `multipart/byteranges`, each under a heading of its own.
    pub(super) fn parts(&self, ranges: Vec<RangeInclusive<u64>>) -> Sending {
        let mut sending = Sending(Vec::new());
        for range in ranges {
            let (first, last, total) = (range.start(), range.end(), self.len());
            let heading = format!(
                "\r\n--{BOUNDARY}\r\nContent-Type: audio/wav\r\nContent-Range: bytes {first}-{last}/{total}\r\n\r\n"
            );
            sending.0.push(Chunk::Plain(heading.into()));
            self.add(range, &mut sending);
        }
        sending.0.push(Chunk::Plain(format!("\r\n--{BOUNDARY}--\r\n").into()));
        sending
    }

    fn add(&self, range: RangeInclusive<u64>, sending: &mut Sending) {
        let (from, to, edge) = (*range.start() as usize, *range.end() as usize + 1, self.header.len());
        if from < edge {
            sending.0.push(Chunk::Plain(self.header.slice(from..to.min(edge))));
        }
        if to <= edge {
            return;
        }
        let sound = self.sound.slice(from.max(edge) - edge..to - edge);
        let Some(gain) = &self.gain else {
            sending.0.push(Chunk::Plain(sound));
            return;
        };
        for at in (0..sound.len()).step_by(BLOCK) {
            let block = sound.slice(at..sound.len().min(at + BLOCK));
            sending.0.push(Chunk::Louder(block, Arc::clone(gain)));
        }
    }
}

/// Bytes on their way out.
pub(super) struct Sending(Vec<Chunk>);

enum Chunk {
    /// As they are.
    Plain(Bytes),
    /// Each mapped by a table while it is sent.
    Louder(Bytes, Gain),
}

impl Sending {
    pub(super) fn len(&self) -> usize {
        let len = |chunk: &Chunk| match chunk {
            Chunk::Plain(bytes) | Chunk::Louder(bytes, _) => bytes.len(),
        };
        self.0.iter().map(len).sum()
    }

    pub(super) fn body(self) -> Body {
        streamed(self.0.into_iter().map(|chunk| match chunk {
            Chunk::Plain(bytes) => bytes,
            Chunk::Louder(bytes, gain) => bytes.iter().map(|byte| gain[usize::from(*byte)]).collect(),
        }))
    }
}

/// A WAV file at another speed: its length is known, its bytes only once all before them are made.
pub(super) struct Stretched {
    header: Bytes,
    sound: Stretching<Bytes>,
    sound_len: usize,
    gain: Option<Gain>,
}

impl Stretched {
    pub(super) fn new(sound: Bytes, speed: Speed, volume: Volume) -> Self {
        let sound_len = stretch::stretched_len(sound.len(), speed.factor());
        Self {
            header: wav_header(sound_len),
            sound: Stretching::new(sound, speed.factor()),
            sound_len,
            gain: gain(volume),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.header.len() + self.sound_len
    }

    pub(super) fn body(self) -> Body {
        let Self { header, mut sound, gain, .. } = self;
        let blocks = iter::from_fn(move || {
            let mut block = Vec::with_capacity(BLOCK);
            while block.len() < BLOCK {
                let Some(step) = sound.next() else { break };
                match &gain {
                    None => block.extend(step),
                    Some(gain) => block.extend(step.iter().map(|byte| gain[usize::from(*byte)])),
                }
            }
            (!block.is_empty()).then(|| Bytes::from(block))
        });
        streamed(iter::once(header).chain(blocks))
    }
}

fn wav_header(sound_len: usize) -> Bytes {
    // A day of sound, the longest that is prepared, is far below 4 GB.
    Bytes::copy_from_slice(&wav::mulaw_header(sound_len as u32))
}

fn streamed(blocks: impl Iterator<Item = Bytes> + Send + 'static) -> Body {
    Body::from_stream(stream::iter(blocks.map(Ok::<_, Infallible>)))
}
