//! Plays one turn, 20 ms at a time: the prompts, then the wait. It knows lengths, not sound.

use crate::key::Key;
use crate::phrase::Phrase;
use crate::session::{Event, Next, Prompt, Speed, Turn};
use crate::time::Millis;

/// One tick.
pub const TICK: Millis = Millis(20);

/// What sounds during a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// A prompt of the turn, by its place, from so far into its sound.
    Sound {
        /// Its place among the turn's prompts.
        prompt: usize,
        /// How far into its sound this tick begins.
        into: Millis,
    },
    /// The line listens.
    Silence,
    /// The turn is over: the wait went by, or the call ends.
    Over,
}

/// Plays one turn; reports keys with how much was heard.
#[derive(Debug, Clone)]
pub struct TurnPlayer {
    lengths: Vec<Millis>,
    speed: Speed,
    wait: Option<Millis>,
    prompt: usize,
    into: Millis,
}

impl TurnPlayer {
    /// A turn from its start; `spoken` tells how long a phrase takes to say.
    pub fn new(turn: &Turn, mut spoken: impl FnMut(&Phrase) -> Millis) -> Self {
        let lengths = turn.prompts.iter().map(|prompt| match prompt {
            Prompt::Say(phrase) => spoken(phrase),
            Prompt::Play(piece) => piece.sounding(),
        });
        let wait = match turn.next {
            Next::Gather { wait } => Some(wait),
            Next::Hangup => None,
        };
        let speed = turn.piece().map_or(Speed::default(), |piece| piece.speed);
        Self { lengths: lengths.collect(), speed, wait, prompt: 0, into: Millis::ZERO }
    }

    /// What sounds now; the next call is 20 ms later.
    pub fn tick(&mut self) -> Tick {
        while let Some(length) = self.lengths.get(self.prompt) {
            if self.into < *length {
                let tick = Tick::Sound { prompt: self.prompt, into: self.into };
                self.into = self.into + TICK;
                return tick;
            }
            self.prompt += 1;
            self.into = Millis::ZERO;
        }
        match self.wait {
            Some(wait) if self.into < wait => {
                self.into = self.into + TICK;
                Tick::Silence
            }
            _ => Tick::Over,
        }
    }

    /// How much of the turn's recording was heard, in the recording's time.
    pub fn heard(&self) -> Millis {
        let Some(last) = self.lengths.len().checked_sub(1) else {
            return Millis::ZERO;
        };
        let sounded = match self.prompt.cmp(&last) {
            std::cmp::Ordering::Less => Millis::ZERO,
            std::cmp::Ordering::Equal => self.into.min(self.lengths[last]),
            std::cmp::Ordering::Greater => self.lengths[last],
        };
        self.speed.heard(sounded)
    }

    /// A key was pressed now.
    pub fn press(&self, key: Key) -> Event {
        Event::Digit { key, heard: self.heard() }
    }

    /// What the end of the turn means to the session; none where the line hangs up.
    pub fn ended(&self) -> Option<Event> {
        self.wait.map(|_| Event::NoInput)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::RecordingId;
    use crate::session::{Piece, Volume};

    fn turn(prompts: Vec<Prompt>, wait: u32) -> Turn {
        Turn { prompts, next: Next::Gather { wait: Millis(wait) } }
    }

    fn piece(speed: u8) -> Prompt {
        let speed = Speed::step(speed).unwrap();
        let (from, to) = (Millis(60_000), Millis(61_000));
        Prompt::Play(Piece { recording: RecordingId(1), from, to, speed, volume: Volume::default() })
    }

    #[test]
    fn a_turn_is_its_words_then_its_piece_then_its_wait() {
        let turn = turn(vec![Prompt::Say(Phrase::Plain("welcome")), piece(2)], 40);
        let mut player = TurnPlayer::new(&turn, |_| Millis(50));
        let ticks: Vec<Tick> = std::iter::from_fn(|| Some(player.tick())).take(56).collect();
        assert_eq!(ticks[2], Tick::Sound { prompt: 0, into: Millis(40) });
        assert_eq!(ticks[3], Tick::Sound { prompt: 1, into: Millis(0) });
        assert_eq!(ticks[52], Tick::Sound { prompt: 1, into: Millis(980) });
        assert_eq!(ticks[53..], [Tick::Silence, Tick::Silence, Tick::Over]);
        assert_eq!(player.ended(), Some(Event::NoInput));
    }

    #[test]
    fn a_key_tells_how_much_of_the_recording_was_heard_at_its_speed() {
        let turn = turn(vec![Prompt::Say(Phrase::Plain("welcome")), piece(5)], 0);
        let mut player = TurnPlayer::new(&turn, |_| Millis(40));
        let mut heard = Vec::new();
        for _ in 0..5 {
            heard.push(player.heard());
            player.tick();
        }
        assert_eq!(heard, [0, 0, 0, 30, 60].map(Millis));
        while player.tick() != Tick::Over {}
        let key = Key::STAR;
        assert_eq!(player.press(key), Event::Digit { key, heard: Millis(999) });
    }
}
