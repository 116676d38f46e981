//! The sound of one turn, 20 ms at a time: sentences, a piece of a recording, the wait.

use bytes::Bytes;
use dial_audio::g711;
use dial_audio::stretch::Stretching;
use dial_core::key::Key;
use dial_core::player::{TICK, Tick, TurnPlayer};
use dial_core::session::{Event, Piece, Prompt, Speed, Turn, Volume};
use dial_core::time::Millis;

use crate::prompts::{Clip, SILENCE};

/// Bytes of a tick: mu-law at 8,000 a second.
pub(crate) const FRAME: usize = TICK.0 as usize * BYTES_PER_MS;
const BYTES_PER_MS: usize = 8;

/// The sound of a tick.
pub(crate) type Frame = [u8; FRAME];

/// Plays one turn.
#[derive(Clone)]
pub(super) struct Deck {
    sources: Vec<Source>,
    player: TurnPlayer,
}

/// Where a prompt's sound comes from.
#[derive(Clone)]
enum Source {
    Words(Bytes),
    Piece(Tape),
}

/// A piece of a recording on its way to the ear.
#[derive(Clone)]
struct Tape {
    sound: Bytes,
    /// Another speed, and what came of it that was not heard yet.
    stretched: Option<(Stretching<Bytes>, Vec<u8>)>,
    gain: Option<Box<[u8; 256]>>,
}

impl Deck {
    /// A turn from its start, with the sound of each of its phrases; `part` finds that of a piece.
    pub(super) fn new(turn: &Turn, clips: &[Clip], part: impl Fn(&Piece) -> Bytes) -> Self {
        let mut lengths = clips.iter().map(Clip::length);
        let player = TurnPlayer::new(turn, |_| lengths.next().unwrap_or(Millis::ZERO));
        let mut clips = clips.iter();
        let sources = turn.prompts.iter().map(|prompt| match prompt {
            Prompt::Say(_) => Source::Words(clips.next().map(|clip| clip.sound.clone()).unwrap_or_default()),
            Prompt::Play(piece) => Source::Piece(Tape::new(piece, part(piece))),
        });
        Self { sources: sources.collect(), player }
    }

    /// Fills a frame with what sounds now.
    pub(super) fn tick(&mut self, frame: &mut Frame) -> Tick {
        let tick = self.player.tick();
        match tick {
            Tick::Sound { prompt, into } => match self.sources.get_mut(prompt) {
                Some(Source::Words(sound)) => fill(frame, sound, into),
                Some(Source::Piece(tape)) => tape.fill(frame, into),
                None => frame.fill(SILENCE),
            },
            Tick::Silence | Tick::Over => frame.fill(SILENCE),
        }
        tick
    }

    /// How much of the turn's recording was heard, in the recording's time.
    pub(super) fn heard(&self) -> Millis {
        self.player.heard()
    }

    /// What the end of the turn means to the session; none where the line hangs up.
    pub(super) fn ended(&self) -> Option<Event> {
        self.player.ended()
    }

    /// A key that was pressed when so much was heard.
    pub(super) fn press(key: Key, heard: Millis) -> Event {
        Event::Digit { key, heard }
    }
}

impl Tape {
    fn new(piece: &Piece, sound: Bytes) -> Self {
        let stretched = (piece.speed != Speed::default())
            .then(|| (Stretching::new(sound.clone(), piece.speed.factor()), Vec::new()));
        let gain =
            (piece.volume != Volume::default()).then(|| Box::new(g711::gain_table(piece.volume.decibels())));
        Self { sound, stretched, gain }
    }

    fn fill(&mut self, frame: &mut Frame, into: Millis) {
        match &mut self.stretched {
            None => fill(frame, &self.sound, into),
            Some((stretching, ready)) => {
                while ready.len() < FRAME {
                    let Some(more) = stretching.next() else { break };
                    ready.extend(more);
                }
                let rest = ready.split_off(FRAME.min(ready.len()));
                fill(frame, ready, Millis::ZERO);
                *ready = rest;
            }
        }
        if let Some(gain) = &self.gain {
            for byte in frame {
                *byte = gain[usize::from(*byte)];
            }
        }
    }
}

/// Fills a frame from a place on; where the sound is over, with silence.
fn fill(frame: &mut Frame, sound: &[u8], from: Millis) {
    let rest = sound.get(from.0 as usize * BYTES_PER_MS..).unwrap_or_default();
    let (sounding, silent) = frame.split_at_mut(rest.len().min(FRAME));
    sounding.copy_from_slice(&rest[..sounding.len()]);
    silent.fill(SILENCE);
}

#[cfg(test)]
mod tests {
    use super::*;
    use dial_core::catalogue::RecordingId;
    use dial_core::session::Next;

    fn play(speed: u8, volume: i8, sound: &[u8]) -> Vec<u8> {
        let length = Millis((sound.len() / BYTES_PER_MS) as u32);
        let (speed, volume) = (Speed::step(speed).unwrap(), Volume::step(volume).unwrap());
        let piece = Piece { recording: RecordingId(1), from: Millis::ZERO, to: length, speed, volume };
        let turn = Turn { prompts: vec![Prompt::Play(piece)], next: Next::Gather { wait: Millis::ZERO } };
        let mut deck = Deck::new(&turn, &[], |_| Bytes::copy_from_slice(sound));
        let (mut heard, mut frame) = (Vec::new(), [0; FRAME]);
        while deck.tick(&mut frame) != Tick::Over {
            heard.extend_from_slice(&frame);
        }
        heard
    }

    #[test]
    fn a_piece_sounds_byte_by_byte_and_ends_in_silence() {
        let sound: Vec<u8> = (0..FRAME * 3 + 8).map(|at| at as u8).collect();
        let heard = play(2, 0, &sound);
        assert_eq!(heard[..sound.len()], sound);
        assert_eq!(heard.len(), FRAME * 4);
        assert!(heard[sound.len()..].iter().all(|byte| *byte == SILENCE));
    }

    #[test]
    fn louder_is_by_a_table_and_faster_is_shorter() {
        let sound: Vec<u8> = (0..8_000).map(|at| g711::encode_f32((at as f32 / 8.0).sin() * 0.1)).collect();
        let louder = play(2, 1, &sound);
        let table = g711::gain_table(6);
        assert!(louder.iter().zip(&sound).all(|(heard, byte)| *heard == table[usize::from(*byte)]));
        let faster = play(4, 0, &sound);
        assert!((6_000..6_400).contains(&faster.len()), "{}", faster.len());
    }
}
